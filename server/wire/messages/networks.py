"""Networks in the builder: kinds of layers, presets, and shape reports."""

from typing import Literal

from server.frozen import Frozen
from server.recipe.recipe import Layer, Recipe
from server.wire.messages.errors import Problem


class Setting(Frozen):
    """A setting of a layer and its possible values.

    A value is one of `words`, a number, a `pair` of numbers (rows, columns), true or false (`switch`), or
    null (`optional`: the layer chooses). Numbers lie between `minimum` and `maximum`, where these are not
    null. With `layer`, the number counts layers backwards from this one.
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
    """A kind of layer: its title, a sentence about it (`words`), its settings, and a `layer` with default
    settings."""

    kind: str
    title: str
    words: str
    settings: tuple[Setting, ...]
    layer: Layer


class NetworkPreset(Frozen):
    """A network to start from. Its recipe has suitable data and settings."""

    key: str
    title: str
    words: str
    recipe: Recipe


class Networks(Frozen):
    """The kinds of layers and the presets."""

    kinds: tuple[LayerKind, ...]
    presets: tuple[NetworkPreset, ...]


class LayerPlan(Frozen):
    """A layer that fits: the shape of its output, its number of parameters, its multiply-adds for one
    example, its bytes in the trace, and its receptive field.

    `field` is the size of the receptive field in rows and columns of the input (in cells, for a row of
    numbers), at most the size of the input. The fields of neighbouring cells lie `field_stride` apart; null
    for cells in a row.
    """

    name: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    bytes: int
    field: tuple[int, ...]
    field_stride: tuple[int, ...] | None


class Fix(Frozen):
    """A similar recipe of which more layers fit, and what it changes (`words`)."""

    words: str
    recipe: Recipe


class Blueprint(Frozen):
    """The shape report of a recipe's network for inputs of `shape`. Nothing is trained.

    `names` are the names of all layers. `layers` describes the layers before the first that does not fit;
    `parameters`, `multiply_adds` and `bytes` are sums over them. `bytes` estimates the memory of one
    iteration. `problem` says why the recipe cannot run; it is null where it can. `fixes` starts with the
    smallest change.
    """

    shape: tuple[int, ...]
    names: tuple[str, ...]
    layers: tuple[LayerPlan, ...]
    parameters: int
    multiply_adds: int
    bytes: int
    problem: Problem | None
    fixes: tuple[Fix, ...]
