"""A micro-step reads and writes the right cells, and its partial sums are those of a masked backward pass."""

from itertools import pairwise

import numpy as np
import pytest

from server.explain.micro_step import MicroStep, micro_step
from server.explain.tensors import UnknownExample, tensor
from server.explain.timeline import Segment, UnknownMoment, segments
from server.nn.arrays import Array, Params
from server.nn.optimizers import SGD
from server.nn.records import Record
from tests.networks import BATCH, LOSS, small_network, small_step

STATE, TRACE = small_step()
SEGMENTS = segments(small_network())
BACKWARD = [segment for segment in SEGMENTS if segment.accumulates]
RECORDS = {record.layer: record for record in TRACE.records}

every_backward = pytest.mark.parametrize("segment", BACKWARD, ids=lambda segment: segment.layer)


def look(segment: Segment, cell: int, example: int = 1) -> MicroStep:
    return micro_step(LOSS, SGD(0.5), TRACE, segment, cell, example)


def gradients(record: Record, dx: Array, dparams: dict[str, Array], example: int) -> dict[str, Array]:
    named = {f"{record.layer}.d{name}": gradient for name, gradient in dparams.items()}
    return {**named, f"{record.previous}.dout": dx[..., example]}


@every_backward
def test_after_the_last_window_the_partial_sum_is_the_gradient(segment: Segment) -> None:
    for example in range(BATCH):
        partial = look(segment, segment.cells - 1, example).partial
        assert set(partial) == set(segment.writes)
        for name, part in partial.items():
            assert part.array.tobytes() == tensor(TRACE, name, example).tobytes()
            assert not part.array.flags.writeable
            assert not part.computed.flags.writeable


@every_backward
def test_after_k_windows_the_partial_sum_is_the_backward_pass_of_k_upstream_cells(segment: Segment) -> None:
    record = RECORDS[segment.layer]
    for done in {1, segment.cells // 2 + 1, segment.cells}:
        dout = record.dout.copy()
        for number, index in enumerate(np.ndindex(dout.shape[:-1])):
            if number >= done:
                dout[index] = 0
        expected = gradients(record, *record.op.backward(dout, record.x, record.params, record.saved), 1)
        for name, part in look(segment, done - 1).partial.items():
            np.testing.assert_array_equal(part.array, expected[name])


@every_backward
def test_a_cell_counts_as_computed_once_a_window_has_touched_it(segment: Segment) -> None:
    record = RECORDS[segment.layer]
    forward = next(s for s in SEGMENTS if (s.phase, s.layer) == ("forward", segment.layer))
    gradient = {f"{record.previous}.out": f"{record.previous}.dout"}
    gradient |= {f"{record.layer}.{name}": f"{record.layer}.d{name}" for name in record.params}
    touched: dict[str, set[int]] = {name: set() for name in segment.writes}
    for cell in range(segment.cells):
        seen = look(segment, cell)
        assert set(seen.writes) == set(segment.writes) == set(gradient.values())
        for name, cells in look(forward, cell).reads.items():
            touched[gradient[name]].update(cells.tolist())
            assert set(seen.writes[gradient[name]].tolist()) <= set(cells.tolist())
        for name, part in seen.partial.items():
            assert set(np.flatnonzero(part.computed).tolist()) == touched[name]
            assert part.computed.shape == tensor(TRACE, name, 0).shape


@pytest.mark.parametrize("layer", ["pool1", "pool2"])
def test_a_max_pool_writes_the_gradient_of_the_cell_that_won_and_of_no_other(layer: str) -> None:
    record, segment = RECORDS[layer], next(s for s in BACKWARD if s.layer == layer)
    forward = next(s for s in SEGMENTS if (s.phase, s.layer) == ("forward", layer))
    for cell in range(segment.cells):
        window = look(forward, cell).reads[f"{record.previous}.out"]
        (winner,) = look(segment, cell).writes[f"{record.previous}.dout"]
        assert winner in window
        assert record.x[..., 1].flat[winner] == record.x[..., 1].ravel()[window].max()


def test_a_shut_gate_writes_a_zero() -> None:
    record, segment = RECORDS["relu1"], next(s for s in BACKWARD if s.layer == "relu1")
    gates = record.x[..., 1].ravel() > 0
    assert {*gates.tolist()} == {True, False}
    for cell in (int(gates.argmax()), int(gates.argmin())):
        assert look(segment, cell).writes["conv1.dout"].tolist() == [cell]


@every_backward
def test_a_backward_micro_step_reads_only_the_operands_of_the_gradients(
    segment: Segment,
) -> None:
    record = RECORDS[segment.layer]

    def gradients(x: Array, params: Params) -> list[bytes]:
        dx, dparams = record.op.backward(record.dout, x, params, record.saved)
        return [dx.tobytes(), *(gradient.tobytes() for gradient in dparams.values())]

    asit = gradients(record.x, record.params)
    names = {f"{record.layer}.dout", *(f"{record.layer}.{name}" for name in record.saved)}
    if gradients(1 - record.x, record.params) != asit:
        names.add(f"{record.previous}.out")
    for name, array in record.params.items():
        if gradients(record.x, {**record.params, name: 1 - array}) != asit:
            names.add(f"{record.layer}.{name}")
    for cell in (0, segment.cells - 1):
        assert set(look(segment, cell).reads) == names


@every_backward
def test_a_micro_step_changes_only_the_cells_that_it_writes(segment: Segment) -> None:
    windows = [look(segment, cell) for cell in range(segment.cells)]
    for before, after in pairwise(windows):
        for name, part in after.partial.items():
            changed = np.flatnonzero(
                ~np.isclose(part.array, before.partial[name].array, rtol=1e-9, atol=1e-15)
            )
            assert set(changed) <= set(after.writes[name])


@every_backward
def test_touched_cells_are_the_same_in_small_chunks(
    segment: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = look(segment, segment.cells - 1).partial
    monkeypatch.setattr("server.explain.micro_step.READS_AT_ONCE", 7)
    for name, part in look(segment, segment.cells - 1).partial.items():
        np.testing.assert_array_equal(part.computed, whole[name].computed)


def changed_by(layer: str, operand: str, cell: int) -> set[int]:
    """The output cells of example 1 of a layer that move when this cell of an operand does: brute force."""
    record = RECORDS[layer]
    arrays = {"x": record.x.copy(), **{name: array.copy() for name, array in record.params.items()}}
    array = arrays[operand][..., 1] if operand == "x" else arrays[operand]
    array[np.unravel_index(cell, array.shape)] += 1000
    out, _ = record.op.forward(arrays["x"], arrays)
    return set(np.flatnonzero((out != record.out)[..., 1]).tolist())


@pytest.mark.parametrize("layer", ["conv1", "pool1", "conv2", "pool2", "flatten", "dense1"])
def test_a_forward_micro_step_reads_exactly_the_cells_that_its_output_depends_on(layer: str) -> None:
    record = RECORDS[layer]
    segment = next(s for s in SEGMENTS if (s.phase, s.layer) == ("forward", layer))
    reads = [look(segment, cell).reads for cell in range(segment.cells)]
    names = {"x": f"{record.previous}.out", "w": f"{layer}.w", "b": f"{layer}.b"}
    for operand in ("x", *record.params):
        array = record.x[..., 1] if operand == "x" else record.params[operand]
        for cell in range(array.size):
            readers = {out for out, read in enumerate(reads) if cell in read[names[operand]]}
            assert changed_by(layer, operand, cell) == readers - dead(record, operand, cell)
    for cell, read in enumerate(reads):
        assert set(read) == {names["x"], *(names[name] for name in record.params)}
        expected = {f"{layer}.out", *(f"{layer}.{name}" for name in record.saved)}
        writes = look(segment, cell).writes
        assert {name: cells.tolist() for name, cells in writes.items()} == {name: [cell] for name in expected}


def dead(record: Record, operand: str, cell: int) -> set[int]:
    """Output cells that read a weight only together with zeros, so that brute force cannot see it."""
    if operand != "w":
        return set()
    zero = set()
    for out in range(record.out[..., 1].size):
        dout = np.zeros_like(record.dout)
        dout[..., 1].flat[out] = 1
        _, dparams = record.op.backward(dout, record.x, record.params, record.saved)
        if dparams["w"].flat[cell] == 0:
            zero.add(out)
    return zero


def test_the_other_micro_steps_read_the_cells_that_they_depend_on() -> None:
    everything = list(range(4))
    label = int(TRACE.loss.targets[:, 1].argmax())
    expected = {
        ("forward", "input", "out"): ({}, {"input.out": list(range(112))}),
        ("loss", "loss", "probabilities"): ({"dense2.out": everything}, {"loss.probabilities": [0]}),
        ("loss", "loss", "loss"): ({"loss.probabilities": [label]}, {"loss.loss": [0]}),
        ("backward", "loss", "dout"): ({"loss.probabilities": [0]}, {"dense2.dout": [0]}),
        ("update", "conv1", "delta_w"): ({"conv1.dw": [0]}, {"conv1.delta_w": [0], "conv1.new_w": [0]}),
        ("update", "conv1", "delta_b"): ({"conv1.db": [0]}, {"conv1.delta_b": [0], "conv1.new_b": [0]}),
    }
    for coordinates, (reads, writes) in expected.items():
        segment = next(s for s in SEGMENTS if (s.phase, s.layer, s.tensor) == coordinates)
        seen = look(segment, 0)
        assert {name: cells.tolist() for name, cells in seen.reads.items()} == reads
        assert {name: cells.tolist() for name, cells in seen.writes.items()} == writes
        assert seen.partial == {}


def test_a_backward_micro_step_reads_its_upstream_cell_and_the_factors_of_its_products() -> None:
    seen = look(next(s for s in BACKWARD if s.layer == "dense2"), 2)
    assert {name: cells.tolist() for name, cells in seen.reads.items()} == {
        "dense2.dout": [2],
        "relu2.out": [0, 1, 2, 3, 4],
        "dense2.w": [10, 11, 12, 13, 14],
    }
    assert {name: cells.tolist() for name, cells in seen.writes.items()} == {
        "dense2.dw": [10, 11, 12, 13, 14],
        "dense2.db": [2],
        "relu2.dout": [0, 1, 2, 3, 4],
    }
    pool = look(next(s for s in BACKWARD if s.layer == "pool1"), 0)
    assert {name: cells.tolist() for name, cells in pool.reads.items()} == {
        "pool1.dout": [0],
        "pool1.winner": [0],
    }
    relu = look(next(s for s in BACKWARD if s.layer == "relu2"), 3)
    assert {name: cells.tolist() for name, cells in relu.reads.items()} == {
        "relu2.dout": [3],
        "dense1.out": [3],
    }
    flat = look(next(s for s in BACKWARD if s.layer == "flatten"), 3)
    assert {name: cells.tolist() for name, cells in flat.reads.items()} == {"flatten.dout": [3]}


def test_an_unknown_cell_or_example_is_refused() -> None:
    segment = BACKWARD[0]
    for cell in (-1, segment.cells):
        with pytest.raises(UnknownMoment, match=f"has no cell {cell}; the last one is {segment.cells - 1}"):
            look(segment, cell)
    for segment in SEGMENTS:
        with pytest.raises(UnknownExample, match="has no example 3"):
            look(segment, 0, example=3)
