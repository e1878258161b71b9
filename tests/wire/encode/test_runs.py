"""Arrays and engine values as messages: exact bits and strict JSON."""

import base64
import json
from collections.abc import Sequence

import numpy as np
import pytest

from server.explain.tensors import UnknownExample, UnknownTensor
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run.history import History
from server.run.look import ExampleChoice
from server.wire import encode
from server.wire.messages import runs as messages
from server.wire.messages.arrays import TypedArray
from tests.networks import recipe


def decoded(typed: TypedArray) -> np.ndarray:
    shape = [int(side) for side in typed.shape.split(", ")]
    return np.frombuffer(base64.b64decode(typed.bdata), f"<{typed.dtype}").reshape(shape)


def iteration_of(
    history: History, number: int, patterns: Sequence[str], choice: ExampleChoice
) -> messages.Iteration:
    return messages.Iteration.model_validate_json(encode.runs.iteration(history, number, patterns, choice))


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.array([[1.5, -0.0, 1e-45]], np.float32), "f4"),
        (np.array([[np.pi], [np.nextafter(0, 1)]], np.float64), "f8"),
        (np.array([-1, 2**31 - 1], np.int64), "i4"),
        (np.array([[3, 0]], np.int32), "i4"),
        (np.array([True, False, True]), "u1"),
        (np.array([[np.nan, -np.inf, np.inf]], np.float32), "f4"),
        (np.arange(6, dtype=">f4").reshape(2, 3), "f4"),
    ],
)
def test_an_array_keeps_its_numbers_and_shape(array: np.ndarray, dtype: str) -> None:
    typed = encode.arrays.typed_array(array)
    assert typed.dtype == dtype
    assert decoded(typed).tobytes() == array.astype(f"<{dtype}").tobytes()
    assert decoded(typed).shape == array.shape


def test_the_shape_has_the_form_that_plotly_reads() -> None:
    assert encode.arrays.typed_array(np.zeros((8, 26, 26), np.float32)).shape == "8, 26, 26"


def test_an_array_that_is_not_contiguous_is_written_in_row_major_order() -> None:
    array = np.arange(24, dtype=np.float64).reshape(2, 3, 4)[::-1, :, 1::2].transpose(2, 0, 1)
    assert decoded(encode.arrays.typed_array(array)).tolist() == array.tolist()


def test_an_array_of_an_unsupported_dtype_is_an_error() -> None:
    with pytest.raises(KeyError):
        encode.arrays.typed_array(np.array(["text"]))


def test_minimum_and_maximum_ignore_cells_that_are_not_finite() -> None:
    tensor = encode.runs.tensor("conv1.out", np.array([np.nan, 2.0, -3.0, np.inf]))
    assert (tensor.minimum, tensor.maximum, tensor.nonfinite) == (-3.0, 2.0, 2)
    assert np.isnan(decoded(tensor.data)[0])
    assert json.loads(tensor.model_dump_json(), parse_constant=pytest.fail)["nonfinite"] == 2


def test_a_tensor_without_finite_cells_has_no_minimum_and_maximum() -> None:
    tensor = encode.runs.tensor("conv1.out", np.array([np.nan]))
    assert (tensor.minimum, tensor.maximum, tensor.nonfinite) == (None, None, 1)


def test_minimum_and_maximum_of_a_partial_tensor_are_over_its_computed_cells() -> None:
    tensor = encode.runs.tensor(
        "conv1.dw", np.array([0.0, 5.0, np.nan, 7.0]), np.array([False, True, True, False])
    )
    assert (tensor.minimum, tensor.maximum, tensor.nonfinite) == (5.0, 5.0, 1)
    assert tensor.computed is not None
    assert decoded(tensor.computed).tolist() == [0, 1, 1, 0]


@pytest.fixture(scope="module")
def history() -> History:
    history = History(plan(Recipe(batch_size=2)))
    history.advance(40)
    return history


def test_a_run_has_a_column_for_the_input_each_layer_and_the_loss(history: History) -> None:
    run = encode.runs.run(history.plan)
    assert [layer.kind for layer in run.layers[:4]] == ["input", "conv2d", "relu", "maxpool2d"]
    assert run.layers[-1].kind == "softmax_cross_entropy"
    assert sum(layer.parameters for layer in run.layers) == history.plan.network.parameters
    assert [layer.shape for layer in run.layers[1:-1]] == [
        layer.out_shape for layer in history.plan.network.layers
    ]
    known = {info.name for layer in run.layers for info in layer.tensors}
    assert {name for segment in run.segments for name in segment.writes} <= known


def test_every_tensor_of_the_catalogue_can_be_read_and_has_its_shape_and_sign(history: History) -> None:
    announced = {info.name: info for layer in encode.runs.run(history.plan).layers for info in layer.tensors}
    iteration = iteration_of(history, 3, list(announced), ExampleChoice(1))
    for tensor in iteration.tensors:
        assert decoded(tensor.data).shape == announced[tensor.name].shape
        if not announced[tensor.name].signed:
            assert tensor.minimum is not None
            assert tensor.minimum >= 0


def test_patterns_ask_for_tensors_and_one_star_for_the_whole_catalogue(history: History) -> None:
    known = [info.name for layer in encode.runs.run(history.plan).layers for info in layer.tensors]

    def found(*patterns: str) -> list[str]:
        return [tensor.name for tensor in iteration_of(history, 3, patterns, ExampleChoice()).tensors]

    assert sorted(found("*")) == sorted(known)
    assert found("dense.b", "dense.?", "pool1.*", "dense.x") == [
        "dense.b",
        "dense.w",
        *(name for name in known if name.startswith("pool1.")),
        "dense.x",
    ]
    with pytest.raises(UnknownTensor, match=r'no tensor "conv9\.\*"'):
        found("conv9.*")
    with pytest.raises(UnknownTensor, match=r"did you mean dense\.w"):
        found("dense.ww")


@pytest.mark.parametrize("since", [0, 17, 40, 1000])
def test_progress_has_the_losses_that_the_client_does_not_know(history: History, since: int) -> None:
    progress = encode.runs.progress(history, "paused", since, "here", 5)
    assert (progress.since, progress.computed) == (min(since, 40), 40)
    losses = base64.b64decode(progress.losses.bdata)
    assert losses == history.losses[since:].tobytes()
    assert [e.iteration for e in progress.evaluations] == [
        e.iteration for e in history.evaluations if e.iteration >= min(since, 40)
    ]


def test_a_missing_example_is_refused_even_without_tensors(history: History) -> None:
    with pytest.raises(UnknownExample, match="no example 2"):
        encode.runs.iteration(history, 0, [], ExampleChoice(2))


def test_tensors_that_are_too_large_for_a_reply_are_refused(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encode.runs, "MAX_EXAMPLE_BYTES", 100)
    with pytest.raises(encode.runs.TooMuch, match="2,560 bytes; ask for at most 100 at a time"):
        encode.runs.iteration(history, 0, ["dense.w"], ExampleChoice())
    assert len(iteration_of(history, 0, ["dense.out", "dense.b"], ExampleChoice()).tensors) == 2


def test_a_run_has_learning_rates_only_where_they_change() -> None:
    assert encode.runs.run(plan(recipe())).rates is None
    changing = plan(recipe(0.4, schedule={"kind": "cosine", "over": 100}))
    rates = encode.runs.run(changing).rates
    assert rates is not None
    at = np.frombuffer(base64.b64decode(rates.iterations.bdata), "<i4").tolist()
    values = np.frombuffer(base64.b64decode(rates.values.bdata), "<f8").tolist()
    assert (at[0], at[-1]) == (0, changing.iterations - 1)
    assert values == [changing.recipe.learning_rate(number) for number in at]
