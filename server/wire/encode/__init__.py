"""Functions that turn the engine's values into messages: one module for each family of messages."""

from server.wire.encode import (
    arrays,
    data,
    digits,
    evaluations,
    explanations,
    frames,
    learning,
    networks,
    runs,
    saliency,
    sweeps,
)

__all__ = [
    "arrays",
    "data",
    "digits",
    "evaluations",
    "explanations",
    "frames",
    "learning",
    "networks",
    "runs",
    "saliency",
    "sweeps",
]
