"""The lens lights the line that made a number, and its plain loops compute the same number."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import server
from server.explain.lens.lens import Lens, lens
from server.explain.lens.tracer import CodeLine, Listing
from server.explain.micro_step import partial
from server.explain.tensors import UnknownCell, UnknownExample, UnknownTensor, tensor
from server.explain.timeline import Segment, UnknownMoment, find, segments
from server.nn.arrays import Shape
from server.nn.losses import Loss, SoftmaxCrossEntropy
from server.nn.network import Network, build
from server.nn.ops import Conv2d, Dense, Flatten, MaxPool2d, ReLU, Sigmoid
from server.nn.optimizers import Optimizer
from server.nn.records import Trace
from tests.cases import Case, convolutions, every_case, every_loss, every_optimizer, poolings
from tests.networks import OPTIMIZER, network_of, small_network, small_step, traced

PACKAGE = Path(server.__file__).parents[1]
NAMED = "no line is lit that made it: give the result a variable of its own, see the docstring of Op"


def look(
    network: Network,
    trace: Trace,
    segment: Segment,
    cell: int | None = None,
    example: int = 0,
    name: str | None = None,
    at: int | None = None,
    optimizer: Optimizer = OPTIMIZER,
) -> Lens:
    """The lens at the end of a segment, or at one of its cells."""
    done = segment.cells - 1 if cell is None else cell
    return lens(network, optimizer, trace, segment, done, example, name, at)


def lit(found: Listing) -> list[CodeLine]:
    return [line for line in found.lines if line.mark == "lit"]


def lit_text(found: Lens) -> str:
    return "\n".join(line.text.strip() for line in lit(found.source[-1]))


def arrays_of(network: Network, trace: Trace, segment: Segment) -> dict[str, Shape]:
    """The shapes, the batch last, of the arrays that go into a segment's code and come out of it."""
    if segment.layer == "input":
        return {"x": trace.x.shape}
    if segment.layer == "loss":
        return {"out": trace.loss.out.shape, "targets": trace.loss.targets.shape}
    record = next(record for record in trace.records if record.layer == segment.layer)
    shapes = {name: array.shape for name, array in record.params.items()} | {"x": record.x.shape}
    if segment.phase == "forward":
        return shapes | {"out": record.out.shape}
    if segment.phase == "update":
        return {"gradient": record.dparams[segment.tensor.removeprefix("delta_")].shape}
    gradients = {f"d{name}": array.shape for name, array in record.dparams.items()}
    return shapes | gradients | {"dout": record.dout.shape, "dx": record.dx.shape}


def check(network: Network, trace: Trace, segment: Segment, name: str) -> Lens:
    """All that holds at the end of any segment, for the first and last cell of one of its tensors."""
    example = trace.examples.size - 1
    array = tensor(trace, name, example)
    if segment.accumulates:
        # Of what several send back to, the sum so far.
        record = next(record for record in trace.records if record.layer == segment.layer)
        array = partial(record, segment.cells, example)[name].array
    for at in {0, array.size // 2, array.size - 1}:
        found = look(network, trace, segment, None, example, name, at)
        assert found.computed
        assert found.value == array.ravel()[at] + 0.0
        assert len(found.letters) in (0, len(found.index))
        for listing in (*found.source, *([found.loops] if found.loops else [])):
            lines = (PACKAGE / listing.file).read_text(encoding="utf-8").splitlines()
            for line in listing.lines:
                assert lines[line.number - 1].strip() == line.text.strip()
            assert listing.lines[0].text.startswith(f"def {listing.name}(")
        lights = [bool(lit(listing)) for listing in found.source]
        assert lights == [False] * (len(found.source) - 1) + [True], f"{name}: {NAMED}"
        assert all(any(line.mark for line in listing.lines) for listing in found.source)
        noted = {(note.name, note.shape) for line in found.source[0].lines for note in line.notes}
        assert noted >= arrays_of(network, trace, segment).items()
        if segment.layer != "input":
            assert found.loops is not None
            assert found.agree, found.words
            assert found.loops_value == pytest.approx(found.value, rel=1e-3, abs=1e-5)
            assert lit(found.loops), f"{name}: {NAMED}"
    return found


@every_case
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_at_every_moment_a_line_is_lit_and_the_loops_give_the_number(case: Case, dtype: str) -> None:
    network = network_of(case.op, case.shape)
    trace = traced(network, case.batch, dtype)
    for segment in segments(network):
        for name in segment.writes:
            if not name.rpartition(".")[2].startswith("new_"):
                check(network, trace, segment, name)


@every_loss
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_loops_give_every_number_of_a_whole_network(loss: Loss, dtype: str) -> None:
    ops = [Conv2d(2, stride=(2, 1)), Sigmoid(), MaxPool2d((2, 1)), Flatten(), Dense(4), ReLU(), Dense(3)]
    network = build(ops, (2, 6, 4), True, loss, 3)
    trace = traced(network, 2, dtype)
    for segment in segments(network):
        for name in segment.writes:
            for at, value in enumerate(tensor(trace, name, 1).ravel().tolist()):
                if segment.layer == "input" or ".new_" in name:
                    continue
                found = look(network, trace, segment, None, 1, name, at)
                assert found.agree, found.words
                assert found.value == value + 0.0


@given(convolutions() | poolings(), st.data())
def test_in_the_middle_of_a_backward_pass_the_loops_give_the_partial_sums(
    case: Case, data: st.DataObject
) -> None:
    network = network_of(case.op, case.shape)
    trace = traced(network, case.batch)
    record = trace.records[0]
    segment = find(segments(network), "backward", record.layer, "dout")
    cell = data.draw(st.integers(0, segment.cells - 1))
    so_far = partial(record, cell + 1, 0)
    for name in segment.writes:
        at = data.draw(st.integers(0, so_far[name].array.size - 1))
        found = look(network, trace, segment, cell, 0, name, at)
        assert found.computed == (cell + 1 == segment.cells or bool(so_far[name].computed.ravel()[at]))
        if found.computed:
            assert found.value == so_far[name].array.ravel()[at] + 0.0
            assert found.agree, found.words
        else:
            assert (found.value, found.loops_value, found.agree) == (None, None, None)
            assert "not computed yet" in found.words


@settings(max_examples=50)
@given(convolutions() | poolings(), st.data())
def test_a_number_that_is_not_reached_says_which_step_reaches_it(case: Case, data: st.DataObject) -> None:
    network = network_of(case.op, case.shape)
    trace = traced(network, case.batch)
    segment = find(segments(network), "backward", trace.records[0].layer, "dout")
    name = data.draw(st.sampled_from(segment.writes))
    at = data.draw(st.integers(0, tensor(trace, name, 0).size - 1))
    reached = [look(network, trace, segment, cell, 0, name, at).computed for cell in range(segment.cells)]
    first = reached.index(True)
    assert all(reached[first:])
    if first:
        words = look(network, trace, segment, first - 1, 0, name, at).words
        assert f"step {first + 1:,} of {segment.cells:,}" in words


@pytest.mark.parametrize(
    ("phase", "layer", "of", "name", "line"),
    [
        ("forward", "conv1", "out", "conv1.out", "out += b.reshape(groups, -1, 1)"),
        ("forward", "relu1", "out", "relu1.out", "return np.maximum(x, np.zeros(x.shape, x.dtype))"),
        ("forward", "pool1", "out", "pool1.out", "out = np.maximum(before, last)"),
        (
            "forward",
            "pool1",
            "out",
            "pool1.winner",
            "winner = np.add.reduce(smaller, axis=0, dtype=np.int8 if len(cells) < 128 else np.int16)",
        ),
        ("loss", "loss", "probabilities", "loss.probabilities", "probabilities = powers / total"),
        ("loss", "loss", "loss", "loss.loss", "losses = np.log(total) - (targets * shifted).sum(axis=0)"),
        ("backward", "loss", "dout", "dense2.dout", "dout = (probabilities - targets) / losses.size"),
        ("backward", "pool1", "dout", "relu1.dout", "dx[offset] += part"),
        (
            "backward",
            "conv1",
            "dout",
            "input.dout",
            "out: Array = kernels.reshape(groups, -1, cells) @ windows.reshape(groups, cells, -1)",
        ),
        (
            "backward",
            "conv1",
            "dout",
            "conv1.dw",
            "dw: Array = dout.reshape(groups, -1, columns.shape[2]) @ columns.swapaxes(1, 2)",
        ),
    ],
)
def test_the_lit_line_makes_the_tensor(phase: str, layer: str, of: str, name: str, line: str) -> None:
    network, trace = small_network(), small_step()[1]
    found = look(network, trace, find(segments(network), phase, layer, of), name=name)
    assert lit_text(found) == line


def test_the_loops_light_the_line_that_adds_up_and_unpack_the_index() -> None:
    network, trace = small_network(), small_step()[1]
    segment = find(segments(network), "forward", "conv1", "out")
    found = look(network, trace, segment, at=100)
    assert found.loops is not None
    (line,) = lit(found.loops)
    assert line.text.strip() == "total += x[first + c, i, j] * w[f, c, u, v]"
    assert {note.name: note.value for note in line.notes} == {"total": found.loops_value}
    (unpacking,) = (line for line in found.loops.lines if line.text.strip() == "f, p, q = index")
    assert {note.name: note.value for note in unpacking.notes} == dict(zip("fpq", found.index, strict=True))
    assert found.letters == ("f", "p", "q")


def test_a_number_of_a_later_step_is_not_shown() -> None:
    network, trace = small_network(), small_step()[1]
    segment = find(segments(network), "forward", "conv1", "out")
    found = look(network, trace, segment, 30, 0, "conv1.out", 100)
    assert (found.computed, found.value, found.loops_value, found.agree) == (False, None, None, None)
    assert f"step 101 of {segment.cells:,} of forward conv1 makes it" in found.words
    assert found.loops is not None
    told = {note.name for line in found.loops.lines for note in line.notes if note.shape is None}
    assert told == {"index", "f", "p", "q"}
    assert lit(found.loops)
    winner = look(network, trace, find(segments(network), "forward", "pool1", "out"), 3, 0, "pool1.winner", 3)
    assert not winner.computed or winner.value is not None


def test_the_input_is_given_and_nothing_is_computed() -> None:
    network, trace = small_network(), small_step()[1]
    found = look(network, trace, segments(network)[0], at=9)
    assert found.loops is None
    assert found.value == trace.x.ravel()[9 * trace.x.shape[-1]]
    assert (found.agree, found.loops_value) == (None, None)
    assert "Nothing is computed here" in found.words
    assert lit_text(found).startswith("def forward(network")


def test_a_parameter_that_is_held_fixed_does_not_move() -> None:
    network = build([Flatten(), Dense(4)], (2, 3, 3), True, SoftmaxCrossEntropy(), 4, frozen={"dense.w"})
    trace = traced(network)
    update = find(segments(network), "update", "dense", "delta_w")
    found = look(network, trace, update)
    assert (found.value, found.loops, found.agree) == (0, None, None)
    assert "held fixed" in found.words
    assert found.source[0].file == "server/nn/step.py"
    assert lit_text(found) == "delta = np.zeros_like(dw)"


@every_optimizer
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("before", [0, 3])
def test_the_loops_give_every_number_of_an_update_and_the_line_that_makes_it_is_lit(
    optimizer: Optimizer, dtype: str, before: int
) -> None:
    network = build([Dense(3), Dense(4)], (2,), True, SoftmaxCrossEntropy(), 4)
    trace = traced(network, 2, dtype, optimizer=optimizer, before=before)
    for segment in segments(network, optimizer):
        if segment.phase != "update":
            continue
        for name in segment.writes[:-1]:
            for at, value in enumerate(tensor(trace, name, 0).ravel().tolist()):
                found = look(network, trace, segment, None, 0, name, at, optimizer)
                assert found.agree, found.words
                assert found.value == value + 0.0
            of = name.rpartition(".")[2].removesuffix(f"_{segment.tensor.removeprefix('delta_')}")
            assert f"{of}:" in lit_text(found) or f"{of} =" in lit_text(found) or of == "g"
            assert lit_text(found)


def test_after_the_update_the_change_is_shown() -> None:
    network, trace = small_network(), small_step()[1]
    segment = find(segments(network), "update", "conv2", "delta_w")
    found = look(network, trace, segment, name="conv2.new_w", at=5)
    assert (found.name, found.cell, found.letters) == ("conv2.delta_w", 5, ("f", "c", "u", "v"))
    assert found.value == trace.records[3].deltas["w"].ravel()[5]


@pytest.mark.parametrize("phase", ["forward", "backward"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_number_that_is_slightly_wrong_does_not_agree(phase: str, dtype: str) -> None:
    network = network_of(Conv2d(2), (2, 4, 4))
    trace = traced(network, 2, dtype)
    array = trace.records[0].out if phase == "forward" else trace.records[0].dx
    array.setflags(write=True)
    array[1, 2, 3, 1] *= 1.01
    segment = find(segments(network), phase, "conv", "out" if phase == "forward" else "dout")
    found = look(network, trace, segment, None, 1, at=27)
    assert found.index == (1, 2, 3)
    assert found.agree is False
    assert "should agree" in found.words
    assert look(network, trace, segment, None, 0, at=27).agree


@every_loss
def test_a_loss_that_is_slightly_wrong_does_not_agree(loss: Loss) -> None:
    network = build([Dense(3)], (4,), True, loss, 3)
    trace = traced(network, 2, "float32")
    record = trace.loss
    for array in (record.losses, record.dout, *record.saved.values()):
        array.setflags(write=True)
        array *= 1.01
    for segment in segments(network):
        if segment.layer == "loss":
            assert look(network, trace, segment).agree is False


def test_numbers_that_are_not_finite_are_not_compared() -> None:
    network = network_of(Conv2d(2), (2, 4, 4))
    trace = traced(network, 1)
    array = trace.records[0].out
    array.setflags(write=True)
    array[...] = np.inf
    found = look(network, trace, find(segments(network), "forward", "conv", "out"))
    assert (found.agree, found.value) == (None, None)
    assert "not finite" in found.words


def test_a_step_is_looked_at_through_a_cell_that_it_makes() -> None:
    network, trace = small_network(), small_step()[1]
    for segment in segments(network):
        for cell in range(0, segment.cells, 7):
            found = look(network, trace, segment, cell)
            assert found.name in segment.writes
            # Only windows that lie on padding add to no cell.
            assert found.computed or (segment.accumulates and "conv" in segment.layer), segment


def test_unknown_names_and_cells_are_refused() -> None:
    network, trace = small_network(), small_step()[1]
    segment = find(segments(network), "forward", "conv1", "out")
    with pytest.raises(UnknownTensor, match=r"At forward conv1, conv1.out is made, not conv2.out"):
        look(network, trace, segment, name="conv2.out")
    with pytest.raises(UnknownTensor, match=r'no tensor "conv1.oat"'):
        look(network, trace, segment, name="conv1.oat")
    with pytest.raises(UnknownCell, match="has no cell 1000000"):
        look(network, trace, segment, at=10**6)
    with pytest.raises(UnknownMoment, match="has no cell 999999"):
        look(network, trace, segment, 999_999)
    with pytest.raises(UnknownExample):
        look(network, trace, segment, example=3)
