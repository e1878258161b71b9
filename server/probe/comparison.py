"""Two moments side by side: their predictions for a picture, their evaluations, and the changes of the
weights."""

from collections.abc import Iterator
from math import isfinite

import numpy as np

from server.errors import Refusal
from server.frozen import Frozen
from server.nn.arrays import Array, Shape, finite, number_text, unravel
from server.nn.evaluation import answer, evaluate
from server.nn.step import State
from server.probe.prediction import Verdict, predict
from server.recipe.batches import gather, picture_input
from server.recipe.checks import check_label
from server.recipe.edits import PictureEdit
from server.recipe.errors import RecipeError
from server.recipe.picture import encoded
from server.recipe.plan import Plan, plan
from server.recipe.recipe import Recipe
from server.run.history import step
from server.run.past import Evaluation

MAX_ITERATIONS = 32
"""The largest number of consecutive iterations in which a picture can be trained on to see the effect."""


Moment = tuple[Plan, State]
Change = tuple[str, int, Shape, float, float]
"""A cell of a parameter: its name, its number, its index, and its values before and after."""


class Incomparable(Refusal):
    """Two networks that do not have the same parameters."""

    field = "run"


class Side(Frozen):
    """A network before `iteration` of a run: its prediction for a picture, its loss, and its evaluation.

    `loss` is null where the picture has no label. `test` is the evaluation on the run's evaluated examples,
    null where there are none. Numbers that are not finite are null.
    """

    run: str
    iteration: int
    answers: tuple[float | None, ...]
    winner: int | None
    verdict: Verdict | None
    words: str
    loss: float | None
    test: Evaluation | None


class Moved(Frozen):
    """A cell of the parameter `name`, such as conv1.w, before and after. Null: not finite."""

    name: str
    cell: int
    index: tuple[int, ...]
    before: float | None
    after: float | None
    change: float | None


class Comparison(Frozen):
    """Two networks compared: their predictions for a picture, their evaluations, and their parameters.

    `moved` are the parameters that differ most, the largest change first. `changed` of all `parameters`
    differ; `distance` is the Euclidean norm of all changes.
    """

    picture: str
    before: Side
    after: Side
    moved: tuple[Moved, ...]
    changed: int
    parameters: int
    distance: float | None
    words: str


def compare(before: Moment, after: Moment, picture: Array, label: int | None, count: int) -> Comparison:
    """Compare two moments, of one run or of two runs with the same parameters, for a `checked` picture.

    `count` is the number of parameters to list. Raises Incomparable, RecipeError.
    """
    if before[0].recipe.dataset != after[0].recipe.dataset:
        raise Incomparable("The two runs have different data: a picture for the one is none for the other.")
    pairs = list(_pairs(before[1], after[1]))
    sides = _side(*before, picture, label), _side(*after, picture, label)
    with np.errstate(all="ignore"):
        changes = np.concatenate([np.zeros(0), *((b.astype(np.float64) - a).ravel() for _, a, b in pairs)])
        order = np.argsort(-np.abs(changes), kind="stable")[:count]
        distance = float(np.sqrt((changes**2).sum()))
    starts = np.cumsum([0, *(before.size for _, before, _ in pairs)])
    found = [_change(pairs, starts, at) for at in order.tolist() if changes[at]]
    counts = int((changes != 0).sum()), changes.size
    return Comparison(
        picture=encoded(picture),
        before=sides[0],
        after=sides[1],
        moved=tuple(
            Moved(
                name=name,
                cell=cell,
                index=index,
                before=finite(old),
                after=finite(new),
                change=finite(new - old),
            )
            for name, cell, index, old, new in found
        ),
        changed=counts[0],
        parameters=counts[1],
        distance=finite(distance),
        words=" ".join([*_accuracy_words(before[0], after[0], *sides), _change_words(found, *counts)]),
    )


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
            test = (
                Evaluation(iteration=state.iteration, accuracy=accuracy, loss=mean)
                if isfinite(mean)
                else None
            )
    found = predict(of, state, x, () if test is None else (test,))
    return Side(
        run=of.recipe.id,
        iteration=state.iteration,
        answers=tuple(map(finite, found.answers.tolist())),
        winner=found.winner,
        verdict=found.verdict,
        words=found.words,
        loss=None if loss is None else finite(loss),
        test=test,
    )


def _change(pairs: list[tuple[str, Array, Array]], starts: Array, at: int) -> Change:
    number = int(np.searchsorted(starts, at, "right")) - 1
    name, before, after = pairs[number]
    cell = at - int(starts[number])
    index = unravel(cell, before.shape)
    return name, cell, index, float(before[index]), float(after[index])


def _accuracy_words(before: Plan, after: Plan, old: Side, new: Side) -> Iterator[str]:
    if old.loss is not None and new.loss is not None:
        yield f"The loss of this picture goes from {number_text(old.loss)} to {number_text(new.loss)}."
    if old.test and new.test and before.monitored == after.monitored:
        was, now = (number_text(100 * test.accuracy) for test in (old.test, new.test))
        yield f"On {after.monitored} examples the accuracy goes from {was} % to {now} %."


def _change_words(found: list[Change], changed: int, parameters: int) -> str:
    if not found:
        return "No parameter differs."
    name, _, index, before, after = found[0]
    return (
        f"{changed:,} of {parameters:,} parameters moved, most of all "
        f"{name}[{', '.join(map(str, index))}]: by {number_text(after - before)}, from "
        f"{number_text(before)} to {number_text(after)}."
    )
