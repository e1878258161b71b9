"""Where a parameter comes from that no update made: its start, or a person."""

from server.nn.records import Record
from server.recipe.edits import ParameterEdit
from server.recipe.recipe import Recipe

NOUNS = {"w": "weight", "b": "bias"}
"""What one cell of a parameter is called."""


def start_words(recipe: Recipe | None, record: Record, parameter: str) -> str:
    """A sentence about a parameter in iteration 0. Without a recipe, where it comes from is left open."""
    noun = NOUNS[parameter]
    if recipe is None:
        return f"This {noun} still has its start value."
    if any(given.name == f"{record.layer}.{parameter}" for given in recipe.given):
        return f"This {noun} still has the start value that the recipe gives it."
    if parameter in record.op.starts or parameter != "w":
        return f"This {noun} still has its start value, {record.op.starts.get(parameter, 0):g}."
    if recipe.initialisation.is_random:
        return f"This {noun} still has its random start value."
    return f"This {noun} still has its start value."


def latest_setting(recipe: Recipe | None, name: str, cell: int, iteration: int) -> ParameterEdit | None:
    """The latest edit that set this cell of the parameter `name`, at or before `iteration`."""
    edits = [
        edit
        for edit in (recipe.edits if recipe else ())
        if isinstance(edit, ParameterEdit)
        and (edit.name, edit.cell) == (name, cell)
        and edit.iteration <= iteration
    ]
    return max(enumerate(edits), key=lambda of: (of[1].iteration, of[0]))[1] if edits else None
