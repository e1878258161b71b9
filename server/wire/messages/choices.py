"""What a recipe can choose between, and the worked examples."""

from server.frozen import Frozen
from server.recipe.recipe import EarlyStopping, Initialisation, Loss, Optimizer, Recipe, Schedule
from server.wire.messages.data import Trial


class Stop(Frozen):
    """A number worth looking at: cell `cell` of the tensor `name`, at the moment `at`, as addresses write it.

    `published` is that number as the example's source prints it, or as it comes out by hand.
    """

    words: str
    at: str
    name: str
    cell: int
    published: str
    trial: Trial | None


class Option(Frozen):
    """Something that a recipe can choose: `value` has its default numbers."""

    title: str
    about: str
    value: Optimizer | Loss | Schedule | Initialisation | EarlyStopping


class Options(Frozen):
    """What a recipe can choose between, by the recipe's fields."""

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
