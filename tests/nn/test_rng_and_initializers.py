"""Random numbers, and the initial parameters drawn from them."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from server.nn.initializers import (
    INITIALISATIONS,
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


def test_a_generator_depends_on_its_three_arguments_alone() -> None:
    first = generator(7, "shuffle", 3).random(4).tolist()
    generator(7, "other").random(100)
    assert generator(7, "shuffle", 3).random(4).tolist() == first
    others = [generator(8, "shuffle", 3), generator(7, "init", 3), generator(7, "shuffle", 4)]
    assert all(other.random(4).tolist() != first for other in others)


def test_a_generator_gives_the_same_numbers_on_every_machine() -> None:
    assert generator(7, "shuffle").permutation(10).tolist() == [6, 1, 9, 0, 3, 5, 8, 7, 2, 4]


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


def test_float32_starts_from_the_float64_numbers_cast() -> None:
    single, double = (initial_params(small_network(), 1, dtype) for dtype in ("float32", "float64"))
    assert (single["conv1"]["w"] == double["conv1"]["w"].astype(np.float32)).all()


def test_weights_depend_on_the_seed_and_not_on_other_layers() -> None:
    loss = SoftmaxCrossEntropy()
    short = build([Flatten(), Dense(3)], (1, 2, 2), False, loss, 3)
    long = build([Conv2d(1), Flatten(), Dense(3)], (1, 2, 2), False, loss, 3)
    one = initial_params(short, 1, "float64")["dense"]["w"]
    assert (initial_params(long, 1, "float64")["dense"]["w"] == one).all()
    assert (initial_params(short, 2, "float64")["dense"]["w"] != one).all()


def test_layers_of_the_same_shape_start_from_different_weights() -> None:
    params = initial_params(build([Dense(3), Dense(3)], (3,), True, SoftmaxCrossEntropy(), 3), 1, "float64")
    assert (params["dense1"]["w"] != params["dense2"]["w"]).all()


VARIANCES: list[tuple[Initialisation, float]] = [
    (He(), 2 / 50),
    (Xavier(), 2 / (50 + 20)),
    (Normal(deviation=0.3), 0.09),
    (Uniform(limit=0.6), 0.12),
    (Zeros(), 0.0),
    (Fixed(value=-0.25), 0.0),
    (AllEqual(), 2 / 50),
]
"""Each initialisation, and the variance of the weights of 20 units with a fan-in of 50."""


def test_every_initialisation_has_a_case() -> None:
    assert [type(initialisation) for initialisation, _ in VARIANCES] == [*INITIALISATIONS]


@pytest.mark.parametrize(("initialisation", "variance"), VARIANCES, ids=lambda of: getattr(of, "kind", ""))
def test_an_initialisation_has_the_spread_of_its_definition(
    initialisation: Initialisation, variance: float
) -> None:
    numbers = initialisation.weights((20, 5000), 50, np.random.default_rng(1))
    assert numbers.shape == (20, 5000)
    assert numbers.dtype == np.float64
    # All units of AllEqual have the same 5,000 numbers.
    tolerance = 0.08 if isinstance(initialisation, AllEqual) else 0.02
    assert numbers.var() == pytest.approx(variance, rel=tolerance)
    mean = -0.25 if isinstance(initialisation, Fixed) else 0
    assert numbers.mean() == pytest.approx(mean, abs=0.005)
    assert initialisation.about.endswith(".")


def test_uniform_initialisations_stay_within_their_limits() -> None:
    random = np.random.default_rng(1)
    for initialisation, limit in ((Uniform(limit=0.6), 0.6), (Xavier(), math.sqrt(6 / (50 + 200)))):
        size = np.abs(initialisation.weights((200, 500), 50, random)).max()
        assert 0.99 * limit < size <= limit


def test_the_fan_out_of_a_convolution_counts_the_cells_of_the_kernel() -> None:
    numbers = Xavier().weights((64, 32, 3, 5), 32 * 15, np.random.default_rng(1))
    assert np.abs(numbers).max() <= np.sqrt(6 / (32 * 15 + 64 * 15))
    assert numbers.var() == pytest.approx(2 / (32 * 15 + 64 * 15), rel=0.03)


def test_all_equal_filters_are_equal_and_not_zero() -> None:
    params = initial_params(small_network(), 1, "float64", initialisation=AllEqual())
    for of in params.values():
        if "w" in of:
            assert (of["w"] == of["w"][:1]).all()
            assert of["w"].any()


def test_numbers_of_a_recipe_replace_those_of_the_initialisation() -> None:
    params = initial_params(small_network(), 1, "float64", {"dense2.b": [1, 2, 3, 4]}, Zeros())
    assert params["dense2"]["b"].tolist() == [1, 2, 3, 4]
    assert not params["dense2"]["w"].any()


@pytest.mark.parametrize(
    "make", [lambda: Normal(deviation=0), lambda: Uniform(limit=-1), lambda: Fixed(value=float("nan"))]
)
def test_impossible_hyper_parameters_are_refused(make: Callable[[], Initialisation]) -> None:
    with pytest.raises(ValueError, match="must be"):
        make()
