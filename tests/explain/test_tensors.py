"""The catalogue, the tensors of an iteration, and the places of their cells."""

from collections.abc import Callable

import numpy as np
import pytest

from server.explain.catalogue import catalogue, matching
from server.explain.place import place
from server.explain.tensors import UnknownCell, UnknownExample, UnknownTensor, tensor
from server.nn.arrays import size
from server.nn.network import Network
from server.nn.optimizers import SGD, Adam, Optimizer
from tests.networks import (
    BATCH,
    normalised_binary_network,
    normalised_residual_network,
    residual_network,
    small_network,
    small_step,
)

STATE, TRACE = small_step()
INFOS = {info.name: info for info in catalogue(small_network())}


@pytest.mark.parametrize(
    "network",
    [small_network, residual_network, normalised_residual_network, normalised_binary_network],
)
@pytest.mark.parametrize("optimizer", [SGD(0.1), Adam(0.1), Adam(0.1, clip_norm=1)], ids=str)
def test_the_tensors_of_the_catalogue_take_the_predicted_memory(
    network: Callable[[], Network], optimizer: Optimizer
) -> None:
    built = network()
    cells = sum(size(info.shape) for info in catalogue(built, optimizer))
    assert built.example_bytes(4, optimizer.arrays_per_parameter) == 4 * cells


def test_patterns_match_names_once_each_in_their_own_order() -> None:
    names = ["a.out", "a.w", "b.out"]
    assert matching(["*"], names) == ("a.out", "a.w", "b.out")
    assert matching(["b.*", "a.w", "*.out"], names) == ("b.out", "a.w", "a.out")
    assert matching(["[ab].w", "?.w"], names) == ("a.w",)
    assert matching(["c.x"], names) == ("c.x",), "a name need not be known"
    assert matching([], names) == ()
    with pytest.raises(UnknownTensor, match=r'no tensor "c\.\*"; did you mean'):
        matching(["a.w", "c.*"], names)


def test_the_catalogue_goes_through_the_columns_in_order() -> None:
    columns = list(dict.fromkeys(info.layer for info in INFOS.values()))
    assert columns == ["input", *(record.layer for record in TRACE.records), "loss"]
    assert [info.tensor for info in INFOS.values() if info.layer == "conv1"] == [
        *["out", "w", "dw", "delta_w", "new_w", "b", "db", "delta_b", "new_b", "dout"]
    ]
    assert [info.tensor for info in INFOS.values() if info.layer == "pool1"] == ["out", "winner", "dout"]


@pytest.mark.parametrize("name", INFOS)
def test_a_tensor_has_the_shape_the_sign_and_the_scope_that_the_catalogue_tells(name: str) -> None:
    info = INFOS[name]
    arrays = [tensor(TRACE, name, example) for example in range(BATCH)]
    for array in arrays:
        assert array.shape == info.shape
        assert not array.flags.writeable
        assert info.signed or (array >= 0).all()
    if info.scope != "example":
        assert all(array is arrays[0] for array in arrays)
    elif name != "input.dout":
        assert any((array != arrays[0]).any() for array in arrays)
    assert info.name == f"{info.layer}.{info.tensor}"
    assert info.title


@pytest.mark.parametrize("example", range(BATCH))
def test_tensors_are_the_slices_of_the_records(example: int) -> None:
    conv, pool = TRACE.records[0], TRACE.records[2]
    expected = {
        "input.out": TRACE.x[..., example],
        "input.dout": conv.dx[..., example],
        "conv1.out": conv.out[..., example],
        "conv1.dout": conv.dout[..., example],
        "pool1.winner": pool.saved["winner"][..., example],
        "conv1.w": conv.params["w"],
        "conv1.db": conv.dparams["b"],
        "conv1.delta_w": conv.deltas["w"],
        "conv1.new_w": STATE.params["conv1"]["w"],
        "loss.probabilities": TRACE.loss.saved["probabilities"][:, example],
        "loss.loss": TRACE.loss.losses[example : example + 1],
        "pool1.x": TRACE.records[1].out[..., example],
        "pool1.dx": TRACE.records[1].dout[..., example],
        "conv1.x": TRACE.x[..., example],
    }
    for name, array in expected.items():
        np.testing.assert_array_equal(tensor(TRACE, name, example), array)
        assert np.shares_memory(tensor(TRACE, name, example), array)


@pytest.mark.parametrize(
    ("name", "close"), [("conv1.outt", "conv1.out"), ("dense.w", "dense1.w"), ("loss.los", "loss.loss")]
)
def test_an_unknown_tensor_is_answered_with_close_names(name: str, close: str) -> None:
    with pytest.raises(UnknownTensor, match=f'no tensor "{name}"; did you mean .*{close}'):
        tensor(TRACE, name, 0)


def test_an_unknown_tensor_unlike_any_is_answered_with_all_names() -> None:
    with pytest.raises(UnknownTensor, match=r"input.out or .* or loss.loss"):
        tensor(TRACE, "§", 0)


@pytest.mark.parametrize("example", [-1, BATCH])
def test_an_example_outside_the_batch_is_refused(example: int) -> None:
    with pytest.raises(
        UnknownExample, match=f"Iteration 0's batch has no example {example}; the last one is 2"
    ):
        tensor(TRACE, "conv1.w", example)


@pytest.mark.parametrize(
    ("asked", "name", "role"),
    [
        ("conv1.x", "input.out", "out"),
        ("conv1.dx", "input.dout", "dout"),
        ("pool1.x", "relu1.out", "out"),
        ("pool1.dx", "relu1.dout", "dout"),
        ("pool1.winner", "pool1.winner", "saved"),
        ("conv1.w", "conv1.w", "parameter"),
        ("conv1.db", "conv1.db", "gradient"),
        ("conv1.delta_w", "conv1.delta_w", "delta"),
        ("conv1.new_b", "conv1.new_b", "updated"),
        ("loss.loss", "loss.loss", "loss"),
    ],
)
def test_a_place_knows_what_its_tensor_is_and_its_proper_name(asked: str, name: str, role: str) -> None:
    found = place(TRACE, asked, 0, 1)
    assert (found.name, found.role) == (name, role)
    np.testing.assert_array_equal(found.array, tensor(TRACE, asked, 1))


@pytest.mark.parametrize("cell", [-1, 112])
def test_a_cell_outside_its_tensor_is_refused(cell: int) -> None:
    assert place(TRACE, "input.out", 111, 0).index == (1, 7, 6)
    with pytest.raises(UnknownCell, match=f"input.out has no cell {cell}; the last one is 111."):
        place(TRACE, "input.out", cell, 0)
