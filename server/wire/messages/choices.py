"""The choices for a recipe, and the worked examples."""

from server.frozen import Frozen
from server.recipe.recipe import EarlyStopping, Initialisation, Loss, Optimizer, Recipe, Schedule
from server.wire.messages.data import Trial


class Stop(Frozen):
    """A number to look at: cell `cell` of the tensor `name` at the moment `at`.

    `at` has the form that moments have in the page's address. `published` is the number as the source of the
    example prints it, or as computed by hand.
    """

    words: str
    at: str
    name: str
    cell: int
    published: str
    trial: Trial | None


class Option(Frozen):
    """One choice for a field of a recipe. `value` has the default numbers."""

    title: str
    about: str
    value: Optimizer | Loss | Schedule | Initialisation | EarlyStopping


class Options(Frozen):
    """The choices for each field of a recipe."""

    optimizer: tuple[Option, ...]
    loss: tuple[Option, ...]
    schedule: tuple[Option, ...]
    initialisation: tuple[Option, ...]
    early_stopping: tuple[Option, ...]


class Preset(Frozen):
    """A worked example: a recipe, and stops in its run. The page opens it at the first stop."""

    key: str
    title: str
    words: str
    recipe: Recipe
    stops: tuple[Stop, ...]
