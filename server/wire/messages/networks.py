"""Networks as they are put together."""

from typing import Literal

from server.frozen import Frozen
from server.recipe.recipe import Layer, Recipe
from server.wire.messages.errors import Problem


class Setting(Frozen):
    """A setting of a layer, and all that it can be: any of these `words`, a number, a pair of numbers (rows,
    columns), on or off (`switch`), or null (`optional`: the layer then chooses). Numbers are within the
    bounds, where there are any. A number may stand for the layer (`layer`) so many before this one."""

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
    """A kind of layer: what it does in a sentence, its settings, and one to begin with."""

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
    """What networks are made of: every kind of layer, and some networks to begin with."""

    kinds: tuple[LayerKind, ...]
    presets: tuple[NetworkPreset, ...]


class LayerPlan(Frozen):
    """A layer that fits: its output's shape, what it learns, the multiply-adds of one example, the bytes that
    an iteration's trace keeps of it, and what one of its cells sees of the input.

    `field` are rows and columns (of a row of numbers: cells), no more than the input has; its neighbour's
    field lies `field_stride` further, null where cells stand in a row.
    """

    name: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    bytes: int
    field: tuple[int, ...]
    field_stride: tuple[int, ...] | None


class Fix(Frozen):
    """A recipe close by of which more fits, and in words what it changes."""

    words: str
    recipe: Recipe


class Blueprint(Frozen):
    """A recipe's network on paper, from inputs of `shape` on: nothing of it is trained.

    `names` are those of all layers, `layers` describes those before the first that does not fit; the sums
    are over these. `bytes` is what one iteration takes. `problem` says why the recipe cannot be run, null
    where it can; the nearest of the `fixes` comes first.
    """

    shape: tuple[int, ...]
    names: tuple[str, ...]
    layers: tuple[LayerPlan, ...]
    parameters: int
    multiply_adds: int
    bytes: int
    problem: Problem | None
    fixes: tuple[Fix, ...]
