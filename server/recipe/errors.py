"""The error of a recipe that cannot be run."""

from server.errors import Refusal


class RecipeError(Refusal):
    """A recipe that cannot be run. `field` is the path of the setting at fault ("network.3")."""

    field: str
