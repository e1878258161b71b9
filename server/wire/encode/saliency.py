"""Predictions, saliency maps, nearest examples and comparisons as messages."""

import numpy as np

from server.explain.catalogue import matching
from server.explain.tensors import check_example, unknown_tensor
from server.nn.arrays import Array, finite
from server.nn.step import State
from server.probe.comparison import Comparison, compare, train_on
from server.probe.nearest_neighbours import Features, feature_rows, nearest_neighbours
from server.probe.prediction import predict
from server.probe.saliency import convolutions, saliency_map
from server.probe.saliency_methods import METHODS
from server.probe.unit import SaliencyError
from server.recipe.batches import picture_input
from server.recipe.picture import UnfitPicture, checked, encoded
from server.recipe.plan import Plan
from server.run.history import History
from server.run.look import ExampleChoice
from server.wire import decode
from server.wire.encode.data import images
from server.wire.encode.runs import check_bytes, labels, tensor
from server.wire.messages import saliency as messages
from server.wire.messages.arrays import TypedArray


def prediction(history: History, iteration: int, question: messages.PictureQuestion) -> messages.Prediction:
    """The prediction for a picture. Raises NotComputed, UnfitPicture, UnknownTensor, TooMuch."""
    plan = history.plan
    picture = _picture(plan, question.picture)
    found = predict(plan, history.state(iteration), picture_input(plan, picture), history.evaluations)
    names = matching(question.names, [*found.tensors])
    for name in names:
        if name not in found.tensors:
            raise unknown_tensor(name, [*found.tensors])
    arrays = [found.tensors[name] for name in names]
    check_bytes(arrays)
    return messages.Prediction(
        run=plan.recipe.id,
        iteration=iteration,
        picture=encoded(picture),
        answers=tuple(map(finite, found.answers.tolist())),
        winner=found.winner,
        runner_up=found.runner_up,
        margin=found.margin,
        verdict=found.verdict,
        words=found.words,
        tensors=tuple(tensor(name, array) for name, array in zip(names, arrays, strict=True)),
    )


def saliency(history: History, iteration: int, question: messages.SaliencyQuestion) -> messages.Saliency:
    """The saliency map of a unit.

    Raises NotComputed, UnfitPicture, SaliencyError, UnknownExample, UnknownLayer, UnknownCell.
    """
    plan = history.plan
    x = _input(history, iteration, question)
    found = saliency_map(
        plan.network,
        history.state(iteration),
        x[..., 0],
        question.layer,
        question.cell,
        question.method,
        convolution=question.convolution,
        patch=question.patch,
        stride=question.stride,
        blank=_blank(plan, question.fill) if question.method == "occlusion" else None,
        classes=plan.dataset.classes,
    )
    return messages.Saliency(
        run=plan.recipe.id,
        iteration=iteration,
        about=METHODS[found.method],
        layer=found.layer,
        cell=found.cell,
        index=found.index,
        value=finite(found.value),
        map=tensor("map", found.map),
        signed=found.signed,
        coarse=None if found.coarse is None else tensor("coarse", found.coarse),
        convolution=found.convolution,
        convolutions=convolutions(plan.network, found.layer),
        maps=found.maps,
        patch=found.patch,
        stride=found.stride,
        words=found.words,
    )


def nearest(
    history: History, iteration: int, among: Features, question: messages.NearestQuestion
) -> messages.Nearest:
    """The examples in `among` that are nearest to an input.

    Raises NotComputed, UnfitPicture, UnknownExample.
    """
    plan, dataset = history.plan, history.plan.dataset
    x = _input(history, iteration, question)
    (row,) = feature_rows(plan.network, history.state(iteration), x)
    found = nearest_neighbours(among, row, question.count, question.metric)
    chosen = np.array([neighbour.example for neighbour in found], np.intp)
    targets = dataset.test_targets if among.part == "test" else dataset.train_targets
    return messages.Nearest(
        part=among.part,
        metric=question.metric,
        features=among.name,
        compared=len(among.examples),
        total=among.total,
        neighbours=tuple(
            messages.Neighbour(example=of.example, label=label, distance=finite(of.distance))
            for of, label in zip(found, labels(dataset, targets[:, chosen]), strict=True)
        ),
        images=images(dataset, among.part, chosen),
        signed=dataset.signed,
        words=among.words,
    )


def effect(history: History, iteration: int, question: messages.EffectQuestion) -> Comparison:
    """The effect of training on a picture. Raises NotComputed, UnfitPicture, RecipeError."""
    plan, state = history.plan, history.state(iteration)
    picture = _picture(plan, question.picture)
    after = train_on(plan, state, encoded(picture), question.label, question.slot, question.iterations)
    return compare((plan, state), after, picture, question.label, question.count)


def comparison(
    history: History, iteration: int, after: tuple[Plan, State], question: messages.ComparisonQuestion
) -> Comparison:
    """This moment compared with another one: the plan of its run, and the state.

    Raises NotComputed, UnfitPicture, RecipeError, Incomparable.
    """
    before = history.plan, history.state(iteration)
    picture = _picture(history.plan, question.picture)
    return compare(before, after, picture, question.label, question.count)


def _picture(plan: Plan, typed: TypedArray) -> Array:
    return checked(plan.dataset, decode.picture(typed))


def _blank(plan: Plan, fill: float) -> Array:
    """The input for a picture whose pixels all are `fill`. Raises SaliencyError."""
    try:
        picture = checked(plan.dataset, np.full(plan.dataset.shape, fill))
    except UnfitPicture as error:
        raise SaliencyError(str(error), "fill") from None
    return picture_input(plan, picture)[..., 0]


def _input(history: History, iteration: int, question: messages.InputQuestion) -> Array:
    """The input (*shape, 1): a picture, or an example as the iteration receives it."""
    if question.picture is not None:
        return picture_input(history.plan, _picture(history.plan, question.picture))
    trace, slot = history.trace_with(iteration, ExampleChoice(question.example, question.look))
    check_example(trace, slot)
    return trace.x[..., slot : slot + 1]
