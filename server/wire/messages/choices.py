"""The choices for a recipe, and the worked examples."""

from server.frozen import Frozen
from server.recipe.recipe import EarlyStopping, Initialisation, Loss, Optimizer, Schedule
from server.recipe.worked_examples import Preset

__all__ = ["Option", "Options", "Preset"]


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
