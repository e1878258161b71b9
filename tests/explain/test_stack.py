"""The stack of records and its size in bytes."""

import pytest

from server.explain.stack import stack
from server.explain.timeline import UnknownMoment, find, positions, segments
from tests.networks import small_network, small_step

NETWORK = small_network()
SEGMENTS = segments(NETWORK)
_, TRACE = small_step()
LAYERS = [record.layer for record in TRACE.records]


def at(position: int) -> tuple[list[str], list[str]]:
    """The layers pushed and popped."""
    records = stack(TRACE, SEGMENTS, position).records
    assert [record.layer for record in records] == LAYERS
    return [r.layer for r in records if r.pushed], [r.layer for r in records if r.popped]


def test_a_record_is_pushed_with_a_layers_last_output_and_popped_with_its_first_backward_step() -> None:
    assert at(0) == ([], [])
    for number, layer in enumerate(LAYERS):
        segment = find(SEGMENTS, "forward", layer, "out")
        assert at(segment.start + segment.cells - 1) == (LAYERS[:number], [])
        assert at(segment.start + segment.cells) == (LAYERS[: number + 1], [])
        backward = find(SEGMENTS, "backward", layer, "dout")
        assert at(backward.start) == (LAYERS, LAYERS[number + 1 :])
        assert at(backward.start + 1) == (LAYERS, LAYERS[number:])
    assert at(positions(SEGMENTS)) == (LAYERS, LAYERS)


def test_bytes_are_those_of_the_arrays_and_shared_ones_count_once() -> None:
    records = stack(TRACE, SEGMENTS, 0).records
    arrays = {id(a): a for r in TRACE.records for a in (r.x, r.out, *r.params.values(), *r.saved.values())}
    # A flatten's output is its input, looked at differently.
    flat = next(record.out.nbytes for record in TRACE.records if record.layer == "flatten")
    assert sum(record.bytes for record in records) == sum(a.nbytes for a in arrays.values()) - flat
    for record in records:
        assert record.bytes == sum(count for _, count in record.tensors)
    assert dict(records[0].tensors) == {
        "input.out": TRACE.x.nbytes,
        "conv1.w": TRACE.records[0].params["w"].nbytes,
        "conv1.b": TRACE.records[0].params["b"].nbytes,
        "conv1.out": TRACE.records[0].out.nbytes,
    }
    assert dict(records[1].tensors)["conv1.out"] == 0
    assert "pool1.winner" in dict(records[2].tensors)


@pytest.mark.parametrize("position", [-1, positions(SEGMENTS) + 1])
def test_a_position_outside_the_iteration_is_refused(position: int) -> None:
    with pytest.raises(UnknownMoment, match=f"is not between 0 and {positions(SEGMENTS)}"):
        stack(TRACE, SEGMENTS, position)
