import numpy as np
import pytest

from server.nn.initializers import he_normal, initial_params
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
    numbers = he_normal((200, 500), 50, np.random.default_rng(1))
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
