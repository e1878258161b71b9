"""Examples that are looked at: a pass of their own, from which nothing is learned."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from server.explain.catalogue import catalogue
from server.explain.convolution.view import window_view
from server.explain.dependencies import dependencies
from server.explain.explanation import explain
from server.explain.gradient_path import gradient_path
from server.explain.lens.lens import lens
from server.explain.micro_step import micro_step
from server.explain.tensors import is_learned, tensor
from server.explain.timeline import find, segments
from server.nn.records import Trace
from server.probe.nudge import nudge
from server.recipe.batches import batch_examples
from server.recipe.edits import ExampleEdit
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run import history as module
from server.run.history import History
from server.run.look import ExampleChoice, UnknownTrainingExample, look_at

BATCH = 5
ITERATION = 3
EXAMPLE = 1000
HEAD: tuple[dict[str, Any], ...] = ({"kind": "flatten"}, {"kind": "dense", "units": 10})
CONV: tuple[dict[str, Any], ...] = (
    {"kind": "conv2d", "filters": 3},
    {"kind": "relu"},
    {"kind": "maxpool2d"},
    {"kind": "conv2d", "filters": 2},
    *HEAD,
)
SKIP: tuple[dict[str, Any], ...] = (
    {"kind": "conv2d", "filters": 2, "padding": 1},
    {"kind": "relu"},
    {"kind": "conv2d", "filters": 2, "padding": 1},
    {"kind": "add", "back": 2},
    *HEAD,
)
MIXING: tuple[dict[str, Any], ...] = (
    {"kind": "conv2d", "filters": 2},
    {"kind": "batchnorm"},
    {"kind": "relu"},
    {"kind": "dropout", "rate": 0.4},
    *HEAD,
)
NETWORKS = {"convolutions": CONV, "a skip connection": SKIP, "batch norm and dropout": MIXING}
LOSSES = ("softmax_cross_entropy", "squared_error")


def recipe(network: tuple[dict[str, Any], ...] = CONV, **fields: Any) -> Recipe:
    return Recipe.model_validate({"network": network, "batch_size": BATCH, "dtype": "float64", **fields})


def trained(recipe: Recipe) -> History:
    history = History(plan(recipe))
    history.advance(ITERATION + 1)
    return history


@cache
def convolutions() -> History:
    return trained(recipe())


def looked_at(history: History) -> Trace:
    trace, slot = history.trace_with(ITERATION, ExampleChoice(look=EXAMPLE))
    assert trace.learned is history.trace(ITERATION)
    assert slot == 0
    return trace


def names(history: History) -> list[str]:
    return [info.name for info in catalogue(history.plan.network, history.plan.recipe.optimizer)]


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())
@pytest.mark.parametrize(
    "changes", [{}, {"augmentation": {"shift": 1, "noise": 0.1}}], ids=["as is", "augmented"]
)
def test_its_numbers_are_those_of_training_on_it_in_the_first_place_of_the_batch(
    network: tuple[dict[str, Any], ...], changes: dict[str, Any]
) -> None:
    plain = recipe(network, optimizer={"kind": "adam", "learning_rate": 0.01}, **changes)
    history = trained(plain)
    edit = ExampleEdit(iteration=ITERATION, slot=0, example=EXAMPLE)
    taught = trained(plain.model_copy(update={"edits": (edit,)})).trace(ITERATION)
    trace = looked_at(history)
    compared = 0
    for name in names(history):
        whole = history.trace(ITERATION) if is_learned(trace, name) else taught
        assert (tensor(trace, name, 0) == tensor(whole, name, 0)).all(), name
        compared += not np.array_equal(tensor(taught, name, 0), tensor(history.trace(ITERATION), name, 0))
    assert compared > 10, "training on it changes most tensors"


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("network", [CONV, SKIP], ids=["convolutions", "a skip connection"])
def test_where_no_layer_mixes_examples_its_own_pass_agrees_with_its_slot(
    network: tuple[dict[str, Any], ...], loss: str
) -> None:
    history = trained(recipe(network, loss={"kind": loss}))
    trace = history.trace(ITERATION)
    for slot in range(BATCH):
        own = look_at(history.plan, trace, int(trace.examples[slot]))
        for name in names(history):
            expected = tensor(trace, name, 0 if is_learned(trace, name) else slot)
            np.testing.assert_allclose(tensor(own, name, 0), expected, rtol=1e-6, atol=1e-15, err_msg=name)


def test_an_example_of_the_batch_is_its_slot() -> None:
    history = convolutions()
    trace = history.trace(ITERATION)
    for slot, example in enumerate(trace.examples.tolist()):
        assert history.trace_with(ITERATION, ExampleChoice(0, example)) == (trace, slot)
    assert history.trace_with(ITERATION, ExampleChoice(slot=4)) == (trace, 4)


def test_looking_changes_nothing() -> None:
    seen, unseen = trained(recipe(MIXING)), trained(recipe(MIXING))
    for iteration in range(ITERATION + 1):
        seen.trace_with(iteration, ExampleChoice(look=EXAMPLE))
    assert seen.advance(2) == unseen.advance(2) == 2
    assert (seen.losses == unseen.losses).all()
    for layer, params in seen.state(ITERATION + 3).params.items():
        for name, array in params.items():
            assert (array == unseen.state(ITERATION + 3).params[layer][name]).all()


def test_every_training_example_can_be_looked_at_held_out_or_not() -> None:
    history = trained(recipe(validation={"kind": "hold_out"}))
    held_out = int(history.plan.validation[0])
    assert held_out not in batch_examples(history.plan, ITERATION)
    trace, slot = history.trace_with(ITERATION, ExampleChoice(look=held_out))
    assert trace.examples[slot] == held_out
    for missing in (-1, 1437):
        with pytest.raises(UnknownTrainingExample, match=r"go from 0 to 1436\.") as refused:
            history.trace_with(ITERATION, ExampleChoice(look=missing))
        assert refused.value.field == "look"


def test_what_was_learned_is_explained_by_the_batch() -> None:
    history = convolutions()
    loss, optimizer = history.plan.recipe.loss, history.plan.recipe.optimizer
    trace, batch = looked_at(history), history.trace(ITERATION)
    for name in ("conv1.dw", "conv1.db", "conv1.delta_w", "conv1.new_w", "conv1.w"):
        assert explain(loss, optimizer, trace, name, 1, 0) == explain(loss, optimizer, batch, name, 1, 0)
    so_far = explain(loss, optimizer, trace, "conv1.dw", 1, 0, done=7)
    assert so_far == explain(loss, optimizer, batch, "conv1.dw", 1, 0, done=7)
    assert len(explain(loss, optimizer, trace, "conv1.dw", 1, 0).shares) == BATCH
    assert (window_view(trace, "conv1.dw", 1, 0).map == window_view(batch, "conv1.dw", 1, 0).map).all()


@pytest.mark.parametrize(
    "name", ["conv1.out", "conv1.dout", "conv2.dx", "dense.dout", "input.dout", "loss.loss"]
)
def test_its_own_numbers_are_explained_by_its_own_pass(name: str) -> None:
    history = convolutions()
    trace = looked_at(history)
    array = tensor(trace, name, 0)
    cell = int(np.abs(array).argmax())
    found = explain(history.plan.recipe.loss, history.plan.recipe.optimizer, trace, name, cell, 0)
    assert found.value == array.ravel()[cell] != tensor(history.trace(ITERATION), name, 0).ravel()[cell]
    assert found.rounding == pytest.approx(0, abs=1e-12)


def test_a_half_done_backward_pass_has_its_own_gradient_of_the_input_and_the_batch_s_of_the_parameters() -> (
    None
):
    history = convolutions()
    loss, optimizer = history.plan.recipe.loss, history.plan.recipe.optimizer
    trace, batch = looked_at(history), history.trace(ITERATION)
    segment = find(segments(history.plan.network, optimizer), "backward", "conv2", "dout")
    now, then = (micro_step(loss, optimizer, of, segment, 6, 0) for of in (trace, batch))
    assert now.partial.keys() == then.partial.keys() == {"pool.dout", "conv2.dw", "conv2.db"}
    for name in ("conv2.dw", "conv2.db"):
        assert (now.partial[name].array == then.partial[name].array).all()
    assert (now.partial["pool.dout"].array != then.partial["pool.dout"].array).any()


def test_the_lens_computes_both_kinds_of_gradients_again() -> None:
    history = convolutions()
    network, optimizer = history.plan.network, history.plan.recipe.optimizer
    segment = find(segments(network, optimizer), "backward", "conv2", "dout")
    last = segment.cells - 1
    for name, of in (("conv2.dw", history.trace(ITERATION)), ("pool.dout", looked_at(history))):
        found = lens(network, optimizer, looked_at(history), segment, last, 0, name, 2)
        assert found.agree
        assert found.value == tensor(of, name, 0).ravel()[2]
    assert lens(network, optimizer, looked_at(history), segment, last, 0).name == "pool.dout"


def test_none_of_its_pixels_leads_to_what_was_learned() -> None:
    history = convolutions()
    loss, optimizer, trace = history.plan.recipe.loss, history.plan.recipe.optimizer, looked_at(history)
    bright = int(tensor(trace, "input.out", 0).argmax())
    of_pixel = dependencies(loss, optimizer, trace, "input.out", bright, 0).influences
    assert {"conv1.out", "loss.loss"} <= of_pixel.keys()
    of_dout = dependencies(loss, optimizer, trace, "conv2.dout", 0, 0).influences
    assert "input.dout" in of_dout
    assert not any(is_learned(trace, name) for name in (*of_pixel, *of_dout))
    of_change = dependencies(loss, optimizer, trace, "conv1.delta_w", 0, 0)
    assert "conv1.dw" in of_change.inputs
    assert all(is_learned(trace, name) for name in of_change.inputs)
    assert "conv1.new_w" in of_change.influences
    of_weight = dependencies(loss, optimizer, trace, "conv1.w", 0, 0).influences
    assert {"conv1.out", "loss.loss"} <= of_weight.keys()


def test_its_strongest_path_would_add_to_the_gradient_and_has_not() -> None:
    history = convolutions()
    trace = looked_at(history)
    taught = trained(recipe(edits=[{"kind": "example", "iteration": ITERATION, "example": EXAMPLE}]))
    path = gradient_path(history.plan.recipe.optimizer, trace, "conv1", "w", 4, 0)
    as_taught = gradient_path(history.plan.recipe.optimizer, taught.trace(ITERATION), "conv1", "w", 4, 0)
    assert path.contribution == as_taught.contribution != 0
    assert path.gradient == tensor(history.trace(ITERATION), "conv1.dw", 0).ravel()[4] != as_taught.gradient
    assert "of this example, were it in the batch, would add" in path.words


def test_a_nudged_weight_moves_the_loss_of_the_batch_and_the_watched_number_of_the_example() -> None:
    history = convolutions()
    network, loss = history.plan.network, history.plan.recipe.loss
    trace, batch = looked_at(history), history.trace(ITERATION)
    found = nudge(network, loss, trace, "conv1.w", 3, 1e-4, 0, watch="dense.out", watch_cell=2)
    assert found.loss == nudge(network, loss, batch, "conv1.w", 3, 1e-4, 0).loss
    assert found.watched is not None
    assert found.watched.before == pytest.approx(tensor(trace, "dense.out", 0)[2], rel=1e-12)
    assert found.watched.actual == pytest.approx(found.watched.predicted, rel=1e-2)


def test_a_nudged_pixel_moves_the_loss_of_the_batch_with_the_example_in_it() -> None:
    history = convolutions()
    trace = looked_at(history)
    found = nudge(history.plan.network, history.plan.recipe.loss, trace, "input.out", 28, 1e-4, 0)
    assert found.loss.gradient == tensor(trace, "input.dout", 0).ravel()[28] != 0
    assert found.loss.before == pytest.approx(trace.loss.loss, rel=1e-12)
    assert found.loss.actual == pytest.approx(found.loss.predicted, rel=1e-2)
    assert "The mean loss of the batch, were this example in it, should change" in found.words


def test_separate_passes_are_kept_within_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    history = trained(recipe())
    one = looked_at(history)
    assert looked_at(history) is one
    before = history.nbytes
    monkeypatch.setattr(history._looks, "_most", one.nbytes)
    history.trace_with(ITERATION, ExampleChoice(look=EXAMPLE + 1))
    assert history.nbytes == before
    assert looked_at(history) is not one
    assert history.forget() >= one.nbytes
    assert module.MAX_LOOK_BYTES < module.MAX_TRACE_BYTES
