"""Frames hold the run's own numbers, in three forms, within a bound."""

import base64
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from server.explain.catalogue import catalogue
from server.explain.tensors import UnknownTensor, tensor
from server.nn.ops import Conv2d, Dense, Flatten
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run.history import History
from server.run.look import ExampleChoice
from server.wire.encode import frames, runs
from server.wire.encode.runs import TooMuch
from server.wire.messages.arrays import TypedArray
from server.wire.messages.frames import ArrayForm, Frame, FrameTensor, ListedArray, ShadedArray

DIVERGING = Recipe(
    network=(Conv2d(filters=2, kernel=(3, 3)), Flatten(), Dense(units=10)), optimizer={"learning_rate": 1000}
)


def computed(recipe: Recipe, count: int) -> History:
    history = History(plan(recipe))
    history.advance(count)
    return history


@pytest.fixture(scope="module")
def history() -> History:
    return computed(Recipe(batch_size=3), 4)


def frame_of(
    history: History, iteration: int, names: Sequence[str], choice: ExampleChoice, form: ArrayForm
) -> Frame:
    return Frame.model_validate_json(frames.frame(history, iteration, names, choice, form))


def bytes_of(found: FrameTensor) -> Any:
    assert isinstance(found.data, ShadedArray)
    return np.frombuffer(base64.b64decode(found.data.bdata), np.uint8).reshape(found.data.shape)


def test_patterns_choose_tensors_in_the_order_of_the_catalogue(history: History) -> None:
    found = frames.names_of(history.plan, ["loss.loss", "conv1.d*", "conv1.w", "conv1.dw"], "typed")
    known = [info.name for info in catalogue(history.plan.network, history.plan.recipe.optimizer)]
    assert set(found) == {
        "conv1.w",
        "conv1.dw",
        "conv1.db",
        "conv1.delta_w",
        "conv1.delta_b",
        "conv1.dout",
        "loss.loss",
    }
    assert list(found) == sorted(found, key=known.index)


def test_a_pattern_that_matches_nothing_is_refused_with_the_closest_names(history: History) -> None:
    with pytest.raises(UnknownTensor, match=r'no tensor "conv1\.dww"; did you mean .*conv1\.dw'):
        frames.names_of(history.plan, ["conv1.dww"], "typed")
    with pytest.raises(UnknownTensor, match=r'no tensor "conv9\.\*"'):
        frames.names_of(history.plan, ["conv1.w", "conv9.*"], "typed")


def test_a_typed_frame_has_the_bits_of_the_trace(history: History) -> None:
    names = frames.names_of(history.plan, ["*"], "typed")
    found = frame_of(history, 2, names, ExampleChoice(1), "typed")
    assert (found.iteration, found.epoch, found.example, found.run) == (2, 0, 1, history.plan.recipe.id)
    assert found.loss == history.losses[2]
    assert [tensor.name for tensor in found.tensors] == list(names)
    for sent in found.tensors:
        array = tensor(history.trace(2), sent.name, 1)
        assert isinstance(sent.data, TypedArray)
        data = np.frombuffer(base64.b64decode(sent.data.bdata), f"<{sent.data.dtype}")
        assert data.tolist() == array.ravel().tolist()
        assert (sent.minimum, sent.maximum, sent.nonfinite) == (array.min(), array.max(), 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_listed_numbers_are_those_of_the_trace_to_the_last_bit(dtype: Any) -> None:
    history = computed(Recipe(dtype=dtype), 1)
    found = frame_of(history, 0, ["conv1.dw", "pool1.winner"], ExampleChoice(0), "list")
    for sent in found.tensors:
        array = tensor(history.trace(0), sent.name, 0)
        assert isinstance(sent.data, ListedArray)
        assert sent.data.shape == array.shape
        assert (np.array(sent.data.values, array.dtype) == array.ravel()).all()
    if dtype == "float32":
        longest = max(len(f"{value:e}") for value in [0.123456789])
        assert max(len(str(value)) for value in found.tensors[0].data.values) <= longest + 8


def test_shades_are_the_nearest_of_255_between_the_exact_limits(history: History) -> None:
    sent = frame_of(history, 3, ["conv1.dw"], ExampleChoice(0), "shades").tensors[0]
    array = tensor(history.trace(3), "conv1.dw", 0).astype(np.float64)
    shades = bytes_of(sent)
    assert (shades[array == array.min()], shades[array == array.max()]) == ([0], [254])
    assert (sent.minimum, sent.maximum) == (array.min(), array.max())
    read = sent.minimum + shades * (sent.maximum - sent.minimum) / 254
    assert np.abs(read - array).max() <= (array.max() - array.min()) / 254 / 2 * 1.001


def test_equal_numbers_have_one_shade_and_huge_ones_do_not_overflow() -> None:
    equal, huge = np.full((65,), 3.0), np.repeat([-1.7e308, 0.0, 1.7e308], 22)
    assert set(bytes_of(frames.frame_tensor("x", equal, "shades")).tolist()) == {0}
    assert bytes_of(frames.frame_tensor("x", huge, "shades")).tolist() == [0] * 22 + [127] * 22 + [254] * 22


@pytest.mark.parametrize(("cells", "exact"), [(1, True), (64, True), (65, False)])
def test_among_shades_a_tensor_of_at_most_64_cells_is_exact(cells: int, exact: bool) -> None:
    array = np.linspace(-1, 2, cells, dtype=np.float32)
    data = frames.frame_tensor("x", array, "shades").data
    assert isinstance(data, TypedArray) == exact
    if isinstance(data, TypedArray):
        assert base64.b64decode(data.bdata) == array.tobytes()


def test_a_frame_says_of_its_iteration_what_a_read_of_the_iteration_says(history: History) -> None:
    sent = frame_of(history, 3, ["conv1.w"], ExampleChoice(2), "shades")
    read = json.loads(runs.iteration(history, 3, ["conv1.w"], ExampleChoice(2)))
    assert json.loads(sent.model_dump_json(exclude={"tensors"})) == {
        name: value for name, value in read.items() if name != "tensors"
    }


@pytest.mark.parametrize("form", ["typed", "list", "shades"])
def test_numbers_that_are_not_finite_are_counted_and_never_in_the_json(form: Any) -> None:
    history = computed(DIVERGING, 100)
    assert history.diverged is not None
    names = frames.names_of(history.plan, ["*"], form)
    found = frame_of(history, history.diverged.iteration, names, ExampleChoice(0), form)

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    json.loads(
        frames.frame(history, history.diverged.iteration, names, ExampleChoice(0), form),
        parse_constant=refuse,
    )
    broken = [sent for sent in found.tensors if sent.nonfinite]
    assert broken
    for sent in broken:
        if isinstance(sent.data, ListedArray):
            assert sent.data.values.count(None) == sent.nonfinite
        if isinstance(sent.data, ShadedArray):
            assert (bytes_of(sent) == 255).sum() == sent.nonfinite


def test_without_a_finite_number_there_are_no_limits() -> None:
    sent = frames.frame_tensor("x", np.array([np.nan, np.inf] * 40, np.float32), "shades")
    assert (sent.minimum, sent.maximum, sent.nonfinite) == (None, None, 80)
    assert bytes_of(sent).tolist() == [255] * 80


def test_the_smaller_batch_at_the_end_of_an_epoch_gives_its_last_example() -> None:
    recipe = Recipe(batch_size=256)
    history = computed(recipe, plan(recipe).iterations_per_epoch)
    last = frame_of(history, history.computed - 1, ["input.out"], ExampleChoice(255), "typed")
    assert last.example == history.trace(history.computed - 1).examples.size - 1 < 255


@pytest.mark.parametrize("form", ["typed", "list", "shades"])
def test_a_frame_that_is_allowed_stays_within_its_bound(form: Any) -> None:
    network = (Conv2d(filters=32, kernel=(3, 3), padding="same"), Flatten(), Dense(units=10))
    recipe = Recipe(network=network, dtype="float64")
    history = computed(recipe, 1)
    names = frames.names_of(history.plan, ["*"], form) if form == "shades" else ("dense.w", "conv.out")
    names = frames.names_of(history.plan, names, form)
    assert len(frames.frame(history, 0, names, ExampleChoice(0), form)) <= frames.MAX_FRAME_BYTES


def test_a_frame_above_the_bound_is_refused_with_what_would_fit() -> None:
    network = (Conv2d(filters=64, kernel=(3, 3), padding="same"), Flatten(), Dense(units=10))
    large = plan(Recipe(network=network))
    with pytest.raises(TooMuch, match=r"at most 117,647 cells in total, or for arrays=shades"):
        frames.names_of(large, ["*"], "list")
    assert frames.names_of(large, ["*"], "shades")
