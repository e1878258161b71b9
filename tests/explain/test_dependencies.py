"""The dependencies of a cell, against brute force: move a cell and compare what changes."""

from collections.abc import Iterator, Mapping

import numpy as np
import pytest

from server.explain.catalogue import catalogue
from server.explain.dependencies import Dependencies, dependencies
from server.explain.tensors import UnknownCell, UnknownExample, UnknownTensor, tensor
from server.nn.arrays import Array, Cells
from server.nn.losses import Loss, SquaredError
from server.nn.network import Network, build
from server.nn.ops import Conv2d, Dense, Flatten, MaxPool2d, ReLU, Sigmoid
from server.nn.optimizers import SGD
from server.nn.records import Trace
from tests.cases import every_loss
from tests.networks import LOSS, small_network, traced

EXAMPLE = 1
OPS = [Conv2d(2, kernel=(2, 3)), MaxPool2d((2, 2)), ReLU(), Conv2d(2, stride=(2, 1)), Flatten(), Dense(3)]
SIGNS = [
    Conv2d(2, kernel=(2, 3), binary="weights"),
    ReLU(),
    Conv2d(2, binary="both"),
    Flatten(),
    Dense(3, "both"),
]
LINEAR = [Conv2d(2, kernel=(2, 3), padding=1), Conv2d(2, stride=(2, 1)), Flatten(), Dense(4), Dense(3)]


def network(ops: list[object]) -> Network:
    return build(ops, (1, 6, 5), True, LOSS, 3)


def look(trace: Trace, name: str, cell: int) -> Dependencies:
    return dependencies(LOSS, SGD(0.5), trace, name, cell, EXAMPLE)


def sets(cells: Mapping[str, Cells]) -> dict[str, set[int]]:
    return {name: set(numbers.tolist()) for name, numbers in cells.items()}


def differing(first: Mapping[str, Array], second: Mapping[str, Array]) -> dict[str, set[int]]:
    changed = {name: set(np.flatnonzero(array != second[name]).tolist()) for name, array in first.items()}
    return {name: cells for name, cells in changed.items() if cells}


def values(trace: Trace, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The forward pass of one example once more, with these arrays in the place of the trace's own.

    Every array is laid out afresh: how BLAS rounds depends on the strides on some processors.
    """
    x, found = arrays.get("input.out", tensor(trace, "input.out", EXAMPLE))[..., None], {}
    for record in trace.records:
        params = {name: arrays.get(f"{record.layer}.{name}", w).copy() for name, w in record.params.items()}
        x = record.op.forward(x.copy(), params)[0]
        out = f"{record.layer}.out"
        x = arrays[out][..., None] if out in arrays else x
        found[out] = x[..., 0]
    return found


def gradients(trace: Trace, name: str, dout: Array) -> dict[str, Array]:
    """The backward pass below the gradient `name`, from `dout` instead of the trace's own."""
    found, passing = {}, False
    for record in reversed(trace.records):
        if f"{record.layer}.dout" == name:
            passing = True
        if passing:
            saved = record.op.saved_of(record.saved, slice(EXAMPLE, EXAMPLE + 1))
            x = record.x[..., EXAMPLE : EXAMPLE + 1]
            dx, dparams = record.op.backward(dout[..., None].copy(), x, record.params, saved)
            dout = dx[..., 0]
            found[f"{record.previous}.dout"] = dout
            found |= {f"{record.layer}.d{key}": array for key, array in dparams.items()}
    return found


def moved(trace: Trace, name: str, cell: int, by: float) -> Array:
    array = tensor(trace, name, EXAMPLE).copy()
    array.flat[cell] += by
    return array


def cells_of(trace: Trace, *kinds: str) -> Iterator[tuple[str, int]]:
    names = [
        info.name for info in catalogue(network_of(trace)) if info.tensor in kinds and info.layer != "loss"
    ]
    for name in names:
        for cell in range(tensor(trace, name, EXAMPLE).size):
            yield name, cell


def network_of(trace: Trace) -> Network:
    return build([record.op for record in trace.records], trace.x.shape[:-1], True, LOSS, 3)


@pytest.mark.parametrize("ops", [OPS, SIGNS, LINEAR], ids=["every op", "signs", "linear"])
def test_all_cells_that_change_with_a_value_are_among_its_influences(ops: list[object]) -> None:
    trace = traced(network(ops), 2)
    for name, cell in cells_of(trace, "out", "w", "b"):
        said = sets(look(trace, name, cell).influences)
        before = values(trace, {name: moved(trace, name, cell, 0)})
        seen: dict[str, set[int]] = {}
        for by in (-50.0, 50.0):
            for tensor_name, cells in differing(
                before, values(trace, {name: moved(trace, name, cell, by)})
            ).items():
                seen.setdefault(tensor_name, set()).update(cells)
        seen.pop(name, None)
        for tensor_name, cells in seen.items():
            assert cells <= said[tensor_name]
        if ops is LINEAR:
            assert {key: cells for key, cells in said.items() if not key.startswith("loss")} == seen
        if any(key.endswith(".out") for key in said):
            assert said["loss.probabilities"] == {0, 1, 2}
            assert said["loss.loss"] == {0}


@every_loss
def test_the_influences_of_a_value_on_a_loss_are_what_changes_with_it(loss: Loss) -> None:
    trace = traced(build([Dense(4), Sigmoid(), Dense(3)], (4,), True, loss, 3), 2)
    last = f"{trace.records[-1].layer}.out"

    def losses_with(arrays: Mapping[str, Array]) -> dict[str, Array]:
        out = values(trace, arrays)[last][:, None]
        record = loss.forward(out, trace.loss.targets[:, EXAMPLE : EXAMPLE + 1])
        return {"loss.loss": record.losses} | {f"loss.{name}": array for name, array in record.saved.items()}

    before = losses_with({})
    for name, cell in cells_of(trace, "out", "w", "b"):
        found = dependencies(loss, SGD(0.5), trace, name, cell, EXAMPLE).influences
        said = {key: cells for key, cells in sets(found).items() if key.startswith("loss.")}
        assert said == differing(before, losses_with({name: moved(trace, name, cell, 0.5)})), (name, cell)


@pytest.mark.parametrize("ops", [OPS, SIGNS, LINEAR], ids=["every op", "signs", "linear"])
def test_all_cells_that_change_with_a_gradient_are_among_its_influences(ops: list[object]) -> None:
    trace = traced(network(ops), 2)
    for name, cell in cells_of(trace, "dout"):
        said = sets(look(trace, name, cell).influences)
        before = gradients(trace, name, tensor(trace, name, EXAMPLE))
        seen = differing(before, gradients(trace, name, moved(trace, name, cell, 50.0)))
        said_gradients = {
            key: cells for key, cells in said.items() if "delta_" not in key and "new_" not in key
        }
        for tensor_name, cells in seen.items():
            assert cells <= said_gradients[tensor_name]
        if ops is LINEAR:
            assert said_gradients == seen
        for key, cells in said.items():
            if ".dw" in key or ".db" in key:
                assert said[key.replace(".d", ".delta_")] == said[key.replace(".d", ".new_")] == cells


@pytest.mark.parametrize("ops", [OPS, SIGNS], ids=["every op", "signs"])
def test_inputs_and_influences_are_inverse_relations(ops: list[object]) -> None:
    trace = traced(network(ops), 2)
    for kinds in (("out", "w", "b", "sign_w", "sign_x"), ("dout", "dw", "db")):
        cones = {(name, cell): look(trace, name, cell) for name, cell in cells_of(trace, *kinds)}
        down = {
            (place, (name, cell))
            for place, found in cones.items()
            for name, cells in found.influences.items()
            for cell in cells.tolist()
            if (name, cell) in cones
        }
        up = {
            ((name, cell), place)
            for place, found in cones.items()
            for name, cells in found.inputs.items()
            for cell in cells.tolist()
            # A value that is a gradient's slope is no gradient.
            if (name, cell) in cones
        }
        assert up == down
        assert up


def test_the_loss_depends_on_all_values_and_the_gradient_on_the_probabilities() -> None:
    trace = traced(small_network(), 3)
    last, label = trace.records[-1].layer, int(trace.loss.targets[:, EXAMPLE].argmax())
    made = sets(look(trace, "loss.loss", 0).inputs)
    assert made["loss.probabilities"] == {label}
    assert made[f"{last}.out"] == {0, 1, 2, 3}
    assert "conv1.w" in made
    assert "input.out" in made
    assert sets(look(trace, "loss.probabilities", label).influences)["loss.loss"] == {0}
    other = sets(look(trace, "loss.probabilities", (label + 1) % 4).influences)
    assert "loss.loss" not in other
    assert other[f"{last}.dout"] == {(label + 1) % 4}
    assert sets(look(trace, f"{last}.dout", 2).inputs) == {"loss.probabilities": {2}}
    assert look(trace, "loss.loss", 0).influences == {}


def test_a_change_depends_on_its_gradient_and_influences_the_new_parameter() -> None:
    trace = traced(small_network(), 3)
    delta, new = look(trace, "dense2.delta_w", 3), look(trace, "dense2.new_w", 3)
    assert sets(delta.inputs)["dense2.dw"] == {3}
    assert sets(delta.inputs)["relu2.out"] == {3}
    assert sets(delta.influences) == {"dense2.new_w": {3}}
    assert sets(new.inputs).items() >= {"dense2.w": {3}, "dense2.delta_w": {3}, "dense2.dw": {3}}.items()
    assert new.influences == {}
    assert sets(look(trace, "dense2.db", 1).influences) == {"dense2.delta_b": {1}, "dense2.new_b": {1}}
    assert look(trace, "dense2.w", 3).inputs == {}


def test_a_winner_depends_on_its_window_and_influences_the_gradients() -> None:
    trace = traced(small_network(), 3)
    winner, out = look(trace, "pool1.winner", 4), look(trace, "pool1.out", 4)
    assert sets(winner.inputs) == sets(out.inputs)
    assert len(sets(winner.influences)["relu1.dout"]) == 1
    assert sets(winner.influences)["relu1.dout"] <= sets(out.inputs)["relu1.out"]


def test_each_error_depends_on_its_output_and_influences_the_loss_and_its_gradient() -> None:
    network = build([Dense(3), Sigmoid()], (4,), True, SquaredError(), 3)
    trace = traced(network, 2)

    def of(name: str, cell: int) -> Dependencies:
        return dependencies(network.loss, SGD(0.5), trace, name, cell, EXAMPLE)

    error = of("loss.errors", 1)
    assert sets(error.inputs)["sigmoid.out"] == sets(error.inputs)["dense.out"] == {1}
    assert sets(error.influences)["loss.loss"] == {0}
    assert sets(error.influences)["sigmoid.dout"] == sets(error.influences)["dense.dout"] == {1}
    assert sets(of("loss.loss", 0).inputs)["loss.errors"] == {0, 1, 2}
    assert sets(of("dense.out", 2).influences) == {"sigmoid.out": {2}, "loss.errors": {2}, "loss.loss": {0}}


def test_unknown_cells_are_refused() -> None:
    trace = traced(small_network(), 3)
    for name, cell, example, error in (
        ("conv9.out", 0, 0, UnknownTensor),
        ("conv1.out", 10**9, 0, UnknownCell),
        ("conv1.out", 0, 3, UnknownExample),
    ):
        with pytest.raises(error):
            dependencies(LOSS, SGD(0.5), trace, name, cell, example)
