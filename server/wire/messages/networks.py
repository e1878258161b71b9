"""Networks in the builder: kinds of layers, presets, and shape reports."""

from server.frozen import Frozen
from server.recipe.fixes import Fix
from server.recipe.layer_schema import LayerKind
from server.recipe.network_presets import NetworkPreset
from server.recipe.shape_report import LayerPlan
from server.wire.messages.errors import Problem


class Networks(Frozen):
    """The kinds of layers and the presets."""

    kinds: tuple[LayerKind, ...]
    presets: tuple[NetworkPreset, ...]


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
