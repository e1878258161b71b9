"""Saliency maps, each against an independent implementation of its published rule."""

import re
from collections.abc import Callable
from typing import get_args

import numpy as np
import pytest

from server.explain.tensors import UnknownCell, UnknownLayer
from server.nn.arrays import Array
from server.nn.initializers import initial_params
from server.nn.network import Network, build
from server.nn.ops import Conv2d, Dense, Dropout, Flatten, LeakyReLU, MaxPool2d, Op, ReLU, Softmax, Tanh
from server.nn.step import State, forward
from server.probe import occlusion, saliency_methods
from server.probe.saliency import convolutions, saliency_map
from server.probe.saliency_methods import Method
from server.probe.unit import SaliencyError
from tests.networks import CLASSES, LOSS, small_network

METHODS = get_args(Method)
UNITS = [("dense2", 3), ("dense1", 2), ("relu1", 24), ("pool1", 10), ("conv2", 3), ("conv1", 17)]


def network_of(*ops: Op, shape: tuple[int, ...] = (2, 8, 7)) -> Network:
    return build(ops, shape, True, LOSS, CLASSES)


def state_of(network: Network, dtype: str = "float64") -> State:
    random = np.random.default_rng(4)
    return State(
        5,
        {
            layer: {name: (w + 0.1 * random.standard_normal(w.shape)).astype(dtype) for name, w in of.items()}
            for layer, of in initial_params(network, 3, dtype).items()
        },
    )


NETWORK = small_network()
STATE = state_of(NETWORK)
X = np.random.default_rng(8).standard_normal(NETWORK.input_shape)


def value(network: Network, state: State, x: Array, layer: str, cell: int) -> float:
    """A unit, by a forward pass."""
    (out,) = (passed.out for passed in forward(network, state, x[..., None]) if passed.layer.name == layer)
    return float(out.ravel()[cell])


def slopes(function: Callable[[Array], Array], at: Array, step: float = 1e-5) -> Array:
    """Central differences of an array by each cell of another: (cells, *out)."""
    rows = []
    for cell in range(at.size):
        below, above = at.copy(), at.copy()
        below.reshape(-1)[cell] -= step
        above.reshape(-1)[cell] += step
        rows.append((function(above) - function(below)) / (2 * step))
    return np.array(rows)


@pytest.mark.parametrize(("layer", "cell"), UNITS)
def test_the_input_gradient_predicts_the_effect_of_each_pixel(layer: str, cell: int) -> None:
    found = saliency_map(NETWORK, STATE, X, layer, cell, "gradient")
    numeric = slopes(lambda x: np.array(value(NETWORK, STATE, x, layer, cell)), X).reshape(X.shape)
    np.testing.assert_allclose(found.map, numeric, rtol=1e-6, atol=1e-9)
    assert found.map.any()
    assert found.value == value(NETWORK, STATE, X, layer, cell)
    assert (found.layer, found.cell, found.signed) == (layer, cell, True)
    sizes = saliency_map(NETWORK, STATE, X, layer, cell, "magnitude")
    assert (sizes.map == abs(found.map)).all()
    assert not sizes.signed


def test_a_smooth_network_has_the_gradient_of_its_differences_too() -> None:
    network = network_of(Conv2d(3), Tanh(), Flatten(), Dense(5), Tanh(), Dense(CLASSES), Softmax())
    state = state_of(network)
    found = saliency_map(network, state, X, "softmax", 1, "gradient")
    numeric = slopes(lambda x: np.array(value(network, state, x, "softmax", 1)), X).reshape(X.shape)
    np.testing.assert_allclose(found.map, numeric, rtol=1e-6, atol=1e-9)
    assert "It is a probability" in found.words


def by_the_papers_rule(network: Network, state: State, layer: str, cell: int) -> Array:
    """Springenberg et al. 2015, equation in section 3.4: through a rectifier only where its input and what
    comes back are positive; through all else by its slopes, here from differences."""
    stack = forward(network, state, X[..., None])
    names = [passed.layer.name for passed in stack]
    back = np.zeros(stack[names.index(layer)].out.size)
    back[cell] = 1
    for passed in reversed(stack[: names.index(layer) + 1]):
        if isinstance(passed.layer.op, ReLU):
            back = np.where((passed.x.ravel() > 0) & (back > 0), back, 0)
        else:
            op, params = passed.layer.op, passed.params
            jacobian = slopes(
                lambda x, op=op, params=params: op.forward(x, params)[0].ravel(), np.array(passed.x)
            )
            back = jacobian @ back
    return back.reshape(X.shape)


@pytest.mark.parametrize(("layer", "cell"), UNITS)
def test_guided_backpropagation_follows_the_papers_rule(layer: str, cell: int) -> None:
    found = saliency_map(NETWORK, STATE, X, layer, cell, "guided")
    np.testing.assert_allclose(found.map, by_the_papers_rule(NETWORK, STATE, layer, cell), atol=1e-8)
    plain = saliency_map(NETWORK, STATE, X, layer, cell, "gradient").map
    if layer == "dense2":
        assert not np.allclose(found.map, plain)


def test_without_a_rectifier_guided_backpropagation_is_the_gradient_and_says_so() -> None:
    network = network_of(Conv2d(3), Tanh(), Flatten(), Dense(CLASSES))
    state = state_of(network)
    found = saliency_map(network, state, X, "dense", 1, "guided")
    assert (found.map == saliency_map(network, state, X, "dense", 1, "gradient").map).all()
    assert "this is the gradient itself" in found.words


def test_a_guided_leaky_rectifier_passes_only_positive_gradients() -> None:
    network = network_of(Flatten(), Dense(6), LeakyReLU(0.1), Dense(CLASSES))
    state = state_of(network)
    found = saliency_map(network, state, X, "dense2", 1, "guided")
    before, back = forward(network, state, X[..., None])[1].out[:, 0], state.params["dense2"]["w"][1]
    assert (back < 0).any()
    through = np.maximum(back, 0) * np.where(before > 0, 1, 0.1)
    np.testing.assert_allclose(found.map.ravel(), through @ state.params["dense1"]["w"], rtol=1e-12)


# Behind a rectifier a window of zeros would be a tie, and the loss has a kink there.
CAM = network_of(
    *(Conv2d(3), Tanh(), MaxPool2d(), Conv2d(4, padding="same"), ReLU(), Flatten(), Dense(CLASSES)),
    shape=(2, 9, 12),
)
CAM_STATE = state_of(CAM)
CAM_X = np.random.default_rng(2).standard_normal(CAM.input_shape)


def by_selvaraju(layer: str, cell: int, maps: str) -> Array:
    """α = the mean of d(unit)/d(map), from differences; the positive part of the maps' sum times α."""
    stack = forward(CAM, CAM_STATE, CAM_X[..., None])
    names = [passed.layer.name for passed in stack]
    at, until = names.index(maps), names.index(layer)

    def onward(out: Array) -> Array:
        for passed in stack[at + 1 : until + 1]:
            out, _ = passed.layer.op.forward(out, passed.params)
        return np.array(out.ravel()[cell])

    activations = np.array(stack[at].out)
    gradient = slopes(onward, activations).reshape(activations.shape)[..., 0]
    cam = np.zeros(activations.shape[1:3])
    for k, one in enumerate(activations[..., 0]):
        alpha = sum(float(number) for number in gradient[k].ravel()) / gradient[k].size
        cam += alpha * one
    return np.maximum(cam, 0)


def bilinear(coarse: Array, rows: int, columns: int) -> Array:
    """Between the middles of cells in proportion, beyond the outermost as these are."""
    large = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            y = min(max((i + 0.5) * coarse.shape[0] / rows - 0.5, 0), coarse.shape[0] - 1)
            x = min(max((j + 0.5) * coarse.shape[1] / columns - 0.5, 0), coarse.shape[1] - 1)
            top, left = int(y), int(x)
            bottom, right = min(top + 1, coarse.shape[0] - 1), min(left + 1, coarse.shape[1] - 1)
            above = coarse[top, left] * (1 - x + left) + coarse[top, right] * (x - left)
            below = coarse[bottom, left] * (1 - x + left) + coarse[bottom, right] * (x - left)
            large[i, j] = above * (1 - y + top) + below * (y - top)
    return large


@pytest.mark.parametrize(
    ("layer", "cell", "convolution", "maps"),
    [("dense", 1, None, "relu"), ("dense", 2, "conv1", "tanh"), ("conv2", 9, "conv2", "conv2")],
)
def test_grad_cam_is_the_published_formula(layer: str, cell: int, convolution: str | None, maps: str) -> None:
    found = saliency_map(CAM, CAM_STATE, CAM_X, layer, cell, "grad_cam", convolution=convolution)
    coarse = by_selvaraju(layer, cell, maps)
    assert found.coarse is not None
    np.testing.assert_allclose(found.coarse, coarse, atol=1e-8)
    assert coarse.any()
    assert found.map.shape == (1, 9, 12)
    np.testing.assert_allclose(found.map[0], bilinear(found.coarse, 9, 12), atol=1e-12)
    assert (found.convolution, found.maps) == (convolution or "conv2", f"{maps}.out")
    assert not found.signed


@pytest.mark.parametrize(("patch", "stride"), [(3, 1), (3, 2), (2, 2), (8, 5), (1, 1)])
@pytest.mark.parametrize("chunked", [False, True])
def test_occlusion_is_the_mean_drop_of_all_patches_that_cover_a_pixel(
    patch: int, stride: int, chunked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if chunked:
        monkeypatch.setattr("server.nn.evaluation.EVALUATION_PRODUCTS", 5 * NETWORK.products)
    blank = np.random.default_rng(9).standard_normal(X.shape)
    found = saliency_map(NETWORK, STATE, X, "dense2", 3, "occlusion", patch=patch, stride=stride, blank=blank)
    before = value(NETWORK, STATE, X, "dense2", 3)
    (_, height, width) = X.shape
    tall, wide = min(patch, height), min(patch, width)
    rows = sorted({*range(0, height - tall + 1, stride), height - tall})
    columns = sorted({*range(0, width - wide + 1, stride), width - wide})
    total, count, drops = np.zeros((height, width)), np.zeros((height, width)), []
    for row in rows:
        for column in columns:
            covered = X.copy()
            for channel in range(2):
                for i in range(row, row + tall):
                    for j in range(column, column + wide):
                        covered[channel, i, j] = blank[channel, i, j]
            drop = before - value(NETWORK, STATE, covered, "dense2", 3)
            drops.append(drop)
            total[row : row + tall, column : column + wide] += drop
            count[row : row + tall, column : column + wide] += 1
    assert count.all()
    assert found.coarse is not None
    np.testing.assert_allclose(found.coarse, np.reshape(drops, (len(rows), len(columns))), atol=1e-12)
    np.testing.assert_allclose(found.map, (total / count)[None], atol=1e-12)


@pytest.mark.parametrize(
    ("shape", "patch", "stride"), [((1, 28, 28), 7, 2), ((2, 8, 7), 3, 1), ((1, 1, 40), 10, 3), ((2,), 2, 1)]
)
def test_the_default_patch_suits_the_input(shape: tuple[int, ...], patch: int, stride: int) -> None:
    network = (
        network_of(Dense(CLASSES), shape=shape)
        if len(shape) == 1
        else network_of(Flatten(), Dense(CLASSES), shape=shape)
    )
    found = saliency_map(network, state_of(network), np.ones(shape), "dense", 0, "occlusion")
    assert (found.patch, found.stride) == (patch, stride)


def test_a_row_of_numbers_is_covered_in_patches_of_zeros() -> None:
    network = build([Dense(6), ReLU(), Dense(CLASSES)], (10,), True, LOSS, CLASSES)
    state, x = state_of(network), np.random.default_rng(1).standard_normal(10)
    found = saliency_map(network, state, x, "dense2", 0, "occlusion", patch=1)
    for cell in range(10):
        drop = value(network, state, x, "dense2", 0) - value(
            network, state, np.where(np.arange(10) == cell, 0, x), "dense2", 0
        )
        assert found.map[cell] == pytest.approx(drop)
    assert found.map.shape == (10,)
    assert "numbers" in found.words


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_maps_have_the_shape_of_the_input_and_the_dtype_of_the_network_and_change_nothing(
    method: Method, dtype: str
) -> None:
    state, x = state_of(NETWORK, dtype), X.astype(dtype)
    before = x.copy()
    arrays = [array for params in state.params.values() for array in params.values()]
    for array in (x, *arrays):
        array.setflags(write=False)
    found = saliency_map(NETWORK, state, x, "dense2", 1, method)
    again = saliency_map(NETWORK, state, x, "dense2", 1, method)
    assert (found.map == again.map).all()
    assert found.map.dtype == np.dtype(dtype)
    assert found.map.shape in (X.shape, (1, 8, 7))
    assert (x == before).all()
    assert "dense2.out[1]" in found.words
    assert saliency_methods.METHODS[method].meaning[-1] == saliency_methods.METHODS[method].limit[-1] == "."


def test_the_network_runs_in_evaluation_mode() -> None:
    with_dropout = network_of(Flatten(), Dense(6), ReLU(), Dropout(0.5), Dense(CLASSES))
    without = network_of(Flatten(), Dense(6), ReLU(), Dense(CLASSES))
    state = state_of(without)
    found = saliency_map(with_dropout, State(5, {**state.params, "dropout": {}}), X, "dense2", 1, "gradient")
    assert (found.map == saliency_map(without, state, X, "dense2", 1, "gradient").map).all()


def test_the_words_say_when_no_input_moves_a_unit() -> None:
    network = network_of(Conv2d(1), ReLU(), Flatten(), Dense(CLASSES))
    params = {**state_of(network).params, "conv": {"w": np.zeros((1, 2, 3, 3)), "b": np.full(1, -1.0)}}
    told = {method: saliency_map(network, State(0, params), X, "relu", 4, method).words for method in METHODS}
    assert "every way to it is shut" in told["gradient"]
    assert "No number of the input moves it" in told["magnitude"]
    assert "Nothing positive came back through relu" in told["guided"]
    assert "nowhere positive" in told["grad_cam"]
    assert "as it is: 0" in told["occlusion"]


def test_grad_cam_can_use_the_convolutions_up_to_the_unit() -> None:
    assert convolutions(NETWORK, "dense2") == ("conv1", "conv2")
    assert convolutions(NETWORK, "pool1") == ("conv1",)
    assert convolutions(NETWORK, "conv2") == ("conv1", "conv2")


@pytest.mark.parametrize(
    ("options", "field", "sentence"),
    [
        ({"method": "grad_cam", "convolution": "conv3"}, "convolution", 'There is no convolution "conv3"'),
        ({"method": "occlusion", "patch": 9}, "patch", "A patch has from 1 to 8 pixels a side here, not 9."),
        ({"method": "occlusion", "patch": 0}, "patch", "A patch has from 1 to 8 pixels a side here, not 0."),
        ({"method": "occlusion", "stride": 4}, "stride", "The patch is 3 wide: it moves by 1 to 3 pixels"),
        ({"method": "gradient", "x": X[:1]}, "picture", "The input is 1x8x7; the network takes 2x8x7."),
    ],
)
def test_an_impossible_map_is_refused(options: dict[str, object], field: str, sentence: str) -> None:
    given = {"x": X, "layer": "dense2", "cell": 0, **options}
    with pytest.raises(SaliencyError) as refusal:
        saliency_map(NETWORK, STATE, **given)  # type: ignore[arg-type]
    assert str(refusal.value).startswith(sentence)
    assert refusal.value.field == field


def test_grad_cam_needs_a_convolution_before_the_unit() -> None:
    network = network_of(Flatten(), Dense(CLASSES))
    with pytest.raises(SaliencyError, match="Grad-CAM needs a convolution") as refusal:
        saliency_map(network, state_of(network), X, "dense", 0, "grad_cam")
    assert refusal.value.field == "method"


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(UnknownLayer, match='no layer "conv9"; the layers are: conv1, relu1'):
        saliency_map(NETWORK, STATE, X, "conv9", 0, "gradient")
    for cell in (-1, CLASSES):
        with pytest.raises(UnknownCell, match="the last one is 3"):
            saliency_map(NETWORK, STATE, X, "dense2", cell, "gradient")


def test_an_occlusion_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(occlusion, "MAX_PRODUCTS", 10 * NETWORK.products)
    with pytest.raises(SaliencyError, match=r"A patch at 30 places takes .* use a larger stride") as refusal:
        saliency_map(NETWORK, STATE, X, "dense2", 0, "occlusion")
    assert refusal.value.field == "stride"


def test_the_words_of_an_occlusion_name_the_place_the_class_and_both_scores() -> None:
    classes = ("zero", "one", "two", "three")
    found = saliency_map(NETWORK, STATE, X, "dense2", 1, "occlusion", classes=classes)
    named = re.fullmatch(
        r"Covering the (top|middle|bottom)?( ?(left|right))? (raises|lowers) the score of one most: "
        r"from (\S+) to (\S+)\.",
        found.words,
    )
    assert named, found.words
    before, after = (float(named[at].replace("−", "-")) for at in (5, 6))
    assert found.coarse is not None
    most = found.coarse.ravel()[np.abs(found.coarse).argmax()]
    assert before - after == pytest.approx(most, rel=1e-2)
    assert (named[4] == "lowers") == (most > 0)
