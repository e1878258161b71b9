"""Functions that turn the engine's values into messages: one module for each family of messages."""

from server.wire.encode import (
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
