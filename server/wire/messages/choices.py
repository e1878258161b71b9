"""The choices of a recipe, and the worked examples."""

from server.frozen import Frozen
from server.recipe.recipe import EarlyStopping, Initialisation, Loss, Optimizer, Recipe, Schedule
from server.wire.messages.data import Trial


class Stop(Frozen):
    """A number to look at: cell `cell` of the tensor `name`, at the moment `at`, in the notation of
    addresses.

    `published` is the number as the source of the example prints it, or as computed by hand.
    """

    words: str
    at: str
    name: str
    cell: int
    published: str
    trial: Trial | None


class Option(Frozen):
    """A choice of a recipe. `value` has its default numbers."""

    title: str
    about: str
    value: Optimizer | Loss | Schedule | Initialisation | EarlyStopping


class Options(Frozen):
    """The choices of a recipe, by the recipe's fields."""

    optimizer: tuple[Option, ...]
    loss: tuple[Option, ...]
    schedule: tuple[Option, ...]
    initialisation: tuple[Option, ...]
    early_stopping: tuple[Option, ...]


class Preset(Frozen):
    """A worked example: a recipe, and the stops at which to look at its run; it opens at the first."""

    key: str
    title: str
    words: str
    recipe: Recipe
    stops: tuple[Stop, ...]
