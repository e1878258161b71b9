"""What a page shows first, sent with the page itself."""

from server.frozen import Frozen
from server.recipe.recipe import Recipe
from server.recipe.worked_examples import Preset
from server.wire.messages.runs import Reached, Run


class FirstSight(Frozen):
    """The answers to the first questions of a page whose address names no run.

    `recipe` is the recipe of the first run, `presets` are the worked examples, `run` is the first run, and
    `reached` is its iteration 0 with all tensors of the first example.
    """

    recipe: Recipe
    presets: tuple[Preset, ...]
    run: Run
    reached: Reached
