"""Two moments side by side: their predictions for a picture, their evaluations, and the changes of the
weights."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

import numpy as np

from server.errors import Refusal
from server.nn.arrays import Array, Shape, number_text, unravel
from server.nn.evaluation import answer, evaluate
from server.nn.step import State
from server.probe.prediction import PicturePrediction, predict
from server.recipe.batches import gather, picture_input
from server.recipe.checks import check_label
from server.recipe.edits import PictureEdit
from server.recipe.errors import RecipeError
from server.recipe.plan import Plan, plan
from server.recipe.recipe import Recipe
from server.recipe.splits import Split
from server.run.history import Evaluation, step

MAX_ITERATIONS = 32
"""The largest number of consecutive iterations in which a picture can be trained on to see the effect."""


Moment = tuple[Plan, State]


class Incomparable(Refusal):
    """Two networks that do not have the same parameters."""

    field = "run"


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """The network of a run before `iteration`: its answer to the picture, the `loss` of that where the
    picture has a label, and how it does on the examples of `part` that its run is evaluated on; None where
    not finite."""

    run: str
    iteration: int
    answer: PicturePrediction
    loss: float | None
    part: Split
    test: Evaluation | None


@dataclass(frozen=True, slots=True)
class Moved:
    """A cell of the parameter `name`, before and after."""

    name: str
    cell: int
    index: Shape
    before: float
    after: float

    @property
    def change(self) -> float:
        return self.after - self.before


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Both sides, and the parameters that differ most, the largest change first.

    `changed` of all `parameters` differ; `distance` is the Euclidean norm of all changes.
    """

    before: Side
    after: Side
    moved: tuple[Moved, ...]
    changed: int
    parameters: int
    distance: float
    words: str


def compare(before: Moment, after: Moment, picture: Array, label: int | None, count: int) -> Comparison:
    """Compare two moments, of one run or of two runs with the same parameters, for a `checked` picture.

    `count` is the number of parameters to list. Raises Incomparable, RecipeError.
    """
    if before[0].recipe.dataset != after[0].recipe.dataset:
        raise Incomparable("The two runs have different data: a picture for the one is none for the other.")
    pairs = list(_pairs(before[1], after[1]))
    old, new = (_side(*of, picture, label) for of in (before, after))
    with np.errstate(all="ignore"):
        changes = np.concatenate([np.zeros(0), *((b.astype(np.float64) - a).ravel() for _, a, b in pairs)])
        order = np.argsort(-np.abs(changes), kind="stable")[:count]
        distance = float(np.sqrt((changes**2).sum()))
    starts = np.cumsum([0, *(before.size for _, before, _ in pairs)])
    moved = tuple(_moved(pairs, starts, at) for at in order.tolist() if changes[at])
    changed = int((changes != 0).sum())
    words = " ".join(_words(old, new, moved, changed, changes.size))
    return Comparison(old, new, moved, changed, changes.size, distance, words)


def train_on(
    of: Plan, state: State, picture: str, label: int, slot: int, iterations: int
) -> tuple[Plan, State]:
    """Train on a picture, in one slot of consecutive batches.

    Returns the plan of the recipe with these edits, and the state after them. Raises RecipeError.
    """
    if not 1 <= iterations <= MAX_ITERATIONS:
        raise RecipeError(
            f"A picture is trained on for 1 to {MAX_ITERATIONS} iterations here, not {iterations}.",
            "iterations",
        )
    try:
        edited = plan(with_picture(of.recipe, state.iteration, picture, label, slot, iterations))
    except RecipeError as error:
        # The old edits are valid, so the error is about the new ones.
        raise RecipeError(str(error), error.field.rpartition(".")[2]) from None
    for _ in range(iterations):
        state, _ = step(edited, state)
    return edited, state


def with_picture(
    recipe: Recipe, iteration: int, picture: str, label: int, slot: int, iterations: int
) -> Recipe:
    """The recipe with the picture in a slot of `iterations` consecutive batches."""
    edits = tuple(
        PictureEdit(iteration=at, slot=slot, picture=picture, label=label)
        for at in range(iteration, iteration + iterations)
    )
    return recipe.model_copy(update={"edits": (*recipe.edits, *edits)})


def _pairs(before: State, after: State) -> Iterator[tuple[str, Array, Array]]:
    """The parameters with their values on both sides."""
    shapes = [
        {f"{layer}.{name}": w.shape for layer, params in state.params.items() for name, w in params.items()}
        for state in (before, after)
    ]
    if shapes[0] != shapes[1]:
        raise Incomparable(
            "The two runs have different networks: only parameters of the same names and shapes can be "
            "compared."
        )
    for layer, params in before.params.items():
        for name, w in params.items():
            yield f"{layer}.{name}", w, after.params[layer][name]


def _side(of: Plan, state: State, picture: Array, label: int | None) -> Side:
    # Each recipe has its own preprocessing.
    x, loss, test = picture_input(of, picture), None, None
    if label is not None:
        check_label(of.dataset, label, "label")
    with np.errstate(all="ignore"):
        if label is not None:
            targets = np.zeros((of.dataset.targets, 1), x.dtype)
            targets[label] = 1
            loss = answer(of.network, of.recipe.loss, state, x, targets).loss
        if of.evaluated.size:
            x_all, targets_all = gather(of, of.monitored, of.evaluated)
            accuracy, mean = evaluate(of.network, of.recipe.loss, state, x_all, targets_all)
            test = Evaluation(state.iteration, accuracy, mean) if isfinite(mean) else None
    found = predict(of, state, x, () if test is None else (test,))
    finite_loss = loss if loss is not None and isfinite(loss) else None
    return Side(of.recipe.id, state.iteration, found, finite_loss, of.monitored, test)


def _moved(pairs: list[tuple[str, Array, Array]], starts: Array, at: int) -> Moved:
    number = int(np.searchsorted(starts, at, "right")) - 1
    name, before, after = pairs[number]
    cell = at - int(starts[number])
    index = unravel(cell, before.shape)
    return Moved(name, cell, index, float(before[index]), float(after[index]))


def _words(
    before: Side, after: Side, moved: tuple[Moved, ...], changed: int, parameters: int
) -> Iterator[str]:
    if before.loss is not None and after.loss is not None:
        yield f"The loss of this picture goes from {number_text(before.loss)} to {number_text(after.loss)}."
    if before.test and after.test and before.part == after.part:
        old, new = (100 * side.accuracy for side in (before.test, after.test))
        yield f"On {after.part} examples the accuracy goes from {number_text(old)} % to {number_text(new)} %."
    if not moved:
        yield "No parameter differs."
        return
    first = moved[0]
    yield (
        f"{changed:,} of {parameters:,} parameters moved, most of all "
        f"{first.name}[{', '.join(map(str, first.index))}]: by {number_text(first.change)}, from "
        f"{number_text(first.before)} to {number_text(first.after)}."
    )
