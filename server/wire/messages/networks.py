"""Networks in the builder: kinds of layers, presets, shape reports."""

from typing import Literal

from server.frozen import Frozen
from server.recipe.recipe import Layer, Recipe
from server.wire.messages.errors import Problem


class Setting(Frozen):
    """A setting of a layer and its possible values.

    A value is one of `words`, a number, a `pair` of numbers (rows, columns), on or off (`switch`), or null
    (`optional`: the layer chooses). Numbers lie within the bounds, where there are any. A number may count
    layers backwards from this one (`layer`).
    """

    name: str
    number: Literal["integer", "number"] | None
    pair: bool
    switch: bool
    layer: bool
    words: tuple[str, ...]
    optional: bool
    minimum: float | None
    maximum: float | None


class LayerKind(Frozen):
    """A kind of layer: its title, a sentence about it, its settings, and a layer with default settings."""

    kind: str
    title: str
    words: str
    settings: tuple[Setting, ...]
    layer: Layer


class NetworkPreset(Frozen):
    """A network to begin with, with the data and all other settings that go with it."""

    key: str
    title: str
    words: str
    recipe: Recipe


class Networks(Frozen):
    """The parts of a network: all kinds of layers, and some presets."""

    kinds: tuple[LayerKind, ...]
    presets: tuple[NetworkPreset, ...]


class LayerPlan(Frozen):
    """A layer that fits: output shape, number of parameters, multiply-adds for one example, bytes in the
    trace, and receptive field.

    `field` are the rows and columns of the input that an output cell sees (cells for a row of numbers), at
    most those of the input. The fields of neighbouring cells lie `field_stride` apart; null for cells in a
    row.
    """

    name: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    bytes: int
    field: tuple[int, ...]
    field_stride: tuple[int, ...] | None


class Fix(Frozen):
    """A similar recipe that fits better, and the difference in words."""

    words: str
    recipe: Recipe


class Blueprint(Frozen):
    """The shape report of a recipe's network for inputs of `shape`. Nothing is trained.

    `names` are the names of all layers; `layers` describes those before the first that does not fit, and the
    sums are over these. `bytes` is the estimated memory of one iteration. `problem` says why the recipe
    cannot run, null where it can. The closest of the `fixes` comes first.
    """

    shape: tuple[int, ...]
    names: tuple[str, ...]
    layers: tuple[LayerPlan, ...]
    parameters: int
    multiply_adds: int
    bytes: int
    problem: Problem | None
    fixes: tuple[Fix, ...]
