"""The operations that layers are made of, and their registry."""

from dataclasses import fields

from server.nn.ops.activation import Activation
from server.nn.ops.add import Add
from server.nn.ops.average_pool import AvgPool2d, GlobalAvgPool
from server.nn.ops.batchnorm import BatchNorm
from server.nn.ops.conv import Conv2d
from server.nn.ops.dense import Dense
from server.nn.ops.dropout import Dropout
from server.nn.ops.flatten import Flatten
from server.nn.ops.gelu import GELU
from server.nn.ops.leaky_relu import LeakyReLU
from server.nn.ops.max_pool import MaxPool2d
from server.nn.ops.op import Op, ShapeError, Window
from server.nn.ops.reads import Reads
from server.nn.ops.relu import ReLU
from server.nn.ops.sigmoid import Sigmoid
from server.nn.ops.softmax import Softmax
from server.nn.ops.tanh import Tanh

LAYERS: tuple[type[Op], ...] = (
    Conv2d,
    MaxPool2d,
    AvgPool2d,
    GlobalAvgPool,
    ReLU,
    LeakyReLU,
    Sigmoid,
    Tanh,
    GELU,
    Softmax,
    BatchNorm,
    Dropout,
    Add,
    Flatten,
    Dense,
)
"""Every op that a recipe can name, in the order in which the network builder offers them."""


def kind_of(op: type[Op]) -> str:
    """The word that names this op in a recipe."""
    # Every op is a dataclass. The base class, which the type names, is none.
    return str(next(field.default for field in fields(op) if field.name == "kind"))  # type: ignore[arg-type]


__all__ = [
    "GELU",
    "LAYERS",
    "Activation",
    "Add",
    "AvgPool2d",
    "BatchNorm",
    "Conv2d",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAvgPool",
    "LeakyReLU",
    "MaxPool2d",
    "Op",
    "ReLU",
    "Reads",
    "ShapeError",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "Window",
    "kind_of",
]
