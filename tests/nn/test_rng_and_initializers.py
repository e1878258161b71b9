from collections.abc import Callable

import numpy as np
import pytest

from server.nn.initializers import (
    AllEqual,
    Fixed,
    He,
    Initialisation,
    Normal,
    Uniform,
    Xavier,
    Zeros,
    initial_params,
)
from server.nn.losses import SoftmaxCrossEntropy
from server.nn.network import build
from server.nn.ops import Conv2d, Dense, Flatten
from server.nn.rng import generator
from tests.networks import small_network


def test_a_generator_depends_on_its_three_arguments_and_on_nothing_else() -> None:
    first = generator(7, "shuffle", 3).random(4).tolist()
    generator(7, "other").random(100)
    assert generator(7, "shuffle", 3).random(4).tolist() == first
    others = [generator(8, "shuffle", 3), generator(7, "init", 3), generator(7, "shuffle", 4)]
    assert all(other.random(4).tolist() != first for other in others)


def test_a_generator_gives_the_same_numbers_on_every_machine() -> None:
    assert generator(7, "shuffle").permutation(10).tolist() == [6, 1, 9, 0, 3, 5, 8, 7, 2, 4]


def test_he_normal_numbers_have_the_variance_two_over_fan_in() -> None:
    numbers = He().weights((200, 500), 50, np.random.default_rng(1))
    assert numbers.var() == pytest.approx(2 / 50, rel=0.02)
    assert numbers.mean() == pytest.approx(0, abs=0.002)


def test_parameters_have_their_shapes_and_biases_start_at_zero() -> None:
    network = small_network()
    params = initial_params(network, 1, "float32")
    assert list(params) == [layer.name for layer in network.layers]
    for layer in network.layers:
        assert {name: array.shape for name, array in params[layer.name].items()} == layer.param_shapes
        for name, array in params[layer.name].items():
            assert array.dtype == np.float32
            assert not array.flags.writeable
            assert (array == 0).all() == (name == "b")


def test_float32_starts_from_the_numbers_of_float64_cast() -> None:
    single, double = (initial_params(small_network(), 1, dtype) for dtype in ("float32", "float64"))
    assert (single["conv1"]["w"] == double["conv1"]["w"].astype(np.float32)).all()


def test_the_seed_decides_and_other_layers_do_not() -> None:
    loss = SoftmaxCrossEntropy()
    short = build([Flatten(), Dense(3)], (1, 2, 2), False, loss, 3)
    long = build([Conv2d(1), Flatten(), Dense(3)], (1, 2, 2), False, loss, 3)
    one = initial_params(short, 1, "float64")["dense"]["w"]
    assert (initial_params(long, 1, "float64")["dense"]["w"] == one).all()
    assert (initial_params(short, 2, "float64")["dense"]["w"] != one).all()


@pytest.mark.parametrize(
    ("of", "variance"),
    [
        (Xavier(), 2 / (50 + 200)),
        (Normal(deviation=0.3), 0.09),
        (Uniform(limit=0.6), 0.12),
        (Zeros(), 0.0),
        (Fixed(value=-0.25), 0.0),
    ],
)
def test_an_initialisation_has_the_spread_of_its_definition(of: Initialisation, variance: float) -> None:
    numbers = of.weights((200, 500), 50, np.random.default_rng(1))
    assert numbers.shape == (200, 500)
    assert numbers.var() == pytest.approx(variance, rel=0.02)
    assert numbers.mean() == pytest.approx(-0.25 if isinstance(of, Fixed) else 0, abs=0.005)
    assert of.about.endswith(".")


def test_of_a_convolution_the_fan_out_counts_the_cells_of_the_kernel() -> None:
    numbers = Xavier().weights((64, 32, 3, 5), 32 * 15, np.random.default_rng(1))
    assert np.abs(numbers).max() <= np.sqrt(6 / (32 * 15 + 64 * 15))
    assert numbers.var() == pytest.approx(2 / (32 * 15 + 64 * 15), rel=0.03)


def test_all_equal_filters_are_equal_and_not_zero() -> None:
    params = initial_params(small_network(), 1, "float64", initialisation=AllEqual())
    for of in params.values():
        if "w" in of:
            assert (of["w"] == of["w"][:1]).all()
            assert of["w"].any()


def test_given_numbers_win_over_the_initialisation() -> None:
    params = initial_params(small_network(), 1, "float64", {"dense2.b": [1, 2, 3, 4]}, Zeros())
    assert params["dense2"]["b"].tolist() == [1, 2, 3, 4]
    assert not params["dense2"]["w"].any()


@pytest.mark.parametrize(
    "make", [lambda: Normal(deviation=0), lambda: Uniform(limit=-1), lambda: Fixed(value=float("nan"))]
)
def test_impossible_spreads_are_refused(make: Callable[[], Initialisation]) -> None:
    with pytest.raises(ValueError, match="must be"):
        make()
