"""What the microscope says of batch normalisation: terms, dependencies, micro-steps, code and checks."""

from itertools import pairwise

import numpy as np
import pytest

from server.explain.catalogue import catalogue
from server.explain.dependencies import dependencies
from server.explain.explanation import explain
from server.explain.gradient_path import gradient_path
from server.explain.lens.lens import lens
from server.explain.micro_step import micro_step, partial
from server.explain.stack import stack
from server.explain.tensors import tensor
from server.explain.timeline import find, segments
from server.nn.arrays import Array
from server.nn.network import build
from server.nn.ops import BatchNorm, Conv2d, Dense, Dropout, Flatten
from server.nn.records import Trace
from server.probe.gradient_check import check_gradients
from server.probe.nudge import nudge
from tests.explain.test_explanation import check_everything, follows
from tests.networks import LOSS, OPTIMIZER, normalised_network, traced

BATCH = 3
TRACE = traced(normalised_network(), BATCH, before=2)
RECORDS = {record.layer: record for record in TRACE.records}
SEGMENTS = segments(normalised_network(), OPTIMIZER)


@pytest.mark.parametrize("batch", [2, 3])
def test_every_cell_of_a_network_equals_the_sum_of_its_terms(batch: int) -> None:
    check_everything(normalised_network(), batch)


def test_an_explanation_leads_to_the_normalised_input_and_from_there_to_the_batch() -> None:
    def ask(name: str, cell: int) -> dict[str, list[tuple[str, str | None]]]:
        found = explain(LOSS, OPTIMIZER, TRACE, name, cell, 1, count=1000, sort="order")
        return {
            "count": found.count,
            "first": [(factor.symbol, factor.name) for factor in found.terms[0].factors],
        }

    assert ask("bn1.out", 5) == {"count": 2, "first": [("xhat", "bn1.xhat"), ("w", "bn1.w")]}
    assert ask("bn1.xhat", 5) == {"count": 2, "first": [("x", "conv.out"), ("1/√(var + ε)", "bn1.var")]}
    cells = 4 * 3 * BATCH
    assert ask("bn1.mean", 1) == {"count": cells, "first": [("x", "conv.out"), (f"1/{cells}", None)]}
    assert ask("bn1.var", 1)["count"] == cells
    assert ask("conv.dout", 5) == {
        "count": cells,
        "first": [("dout", "bn1.dout"), ("w", "bn1.w"), ("∂xhat/∂x", None)],
    }
    assert ask("bn1.dw", 0) == {"count": cells, "first": [("dout", "bn1.dout"), ("xhat", "bn1.xhat")]}
    assert ask("bn1.new_running_var", 0)["first"] == [
        ("(1−momentum)", None),
        ("running_var", "bn1.running_var"),
    ]
    assert "iteration 1 left it here" in explain(LOSS, OPTIMIZER, TRACE, "bn1.running_mean", 0, 0).words
    start = explain(LOSS, OPTIMIZER, traced(normalised_network(), BATCH), "bn1.running_var", 0, 0)
    assert "it starts at 1" in start.words


@pytest.mark.parametrize("layer", ["bn1", "bn2"])
def test_an_incomplete_gradient_is_explained_so_far(layer: str) -> None:
    record = RECORDS[layer]
    windows = record.dout[..., 0].size
    for done in sorted({1, max(1, windows // 3), windows}):
        for name, picture in partial(record, done, 1).items():
            for cell in (0, picture.array.size - 1):
                so_far = explain(LOSS, OPTIMIZER, TRACE, name, cell, 1, done=done, count=1000)
                assert follows(so_far) == pytest.approx(picture.array.flat[cell], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gradient_check_and_a_nudge_go_through_the_statistics_of_the_changed_batch(dtype: str) -> None:
    net = build(
        [Conv2d(2), BatchNorm(), Dropout(0.3), Flatten(), Dense(4), BatchNorm(), Dense(3)],
        (1, 4, 4),
        True,
        LOSS,
        3,
    )
    trace = traced(net, BATCH, dtype)
    for layer in net.layers:
        found = check_gradients(net, LOSS, trace, layer.name, seed=7)
        assert found.passed, found.words
        assert found.checked
    for name, cell in (("input.out", 5), ("bn1.w", 1), ("dense1.w", 3)):
        moved = nudge(net, LOSS, trace, name, cell, 1e-5, 1, watch="bn2.out", watch_cell=2)
        assert moved.loss.before == pytest.approx(trace.loss.loss, rel=1e-5)
        assert moved.loss.actual == pytest.approx(moved.loss.predicted, rel=1e-2, abs=1e-10)
        assert moved.watched is not None
        assert moved.watched.actual == pytest.approx(moved.watched.predicted, rel=1e-3, abs=1e-9)


def changed(first: dict[str, Array], second: dict[str, Array], example: int) -> dict[str, set[int]]:
    """The cells of an example, or of the batch, that differ."""
    found = {}
    for name, array in first.items():
        pair = (array, second[name])
        before, after = (part[..., example] if part.ndim > 1 else part for part in pair)
        if cells := set(np.flatnonzero(before != after).tolist()):
            found[name] = cells
    return found


def forward_again(trace: Trace, x: Array) -> dict[str, Array]:
    """The tensors of a forward pass of `x` with the parameters of the trace."""
    found: dict[str, Array] = {}
    for record in trace.records:
        x, saved = record.op.forward(x, record.params)
        found |= {f"{record.layer}.{name}": array for name, array in {"out": x, **saved}.items()}
        if record.renewed:
            renewed = record.op.renew(record.running, saved)
            found |= {f"{record.layer}.new_{name}": array for name, array in renewed.items()}
    return found


def test_all_cells_that_change_with_a_pixel_are_among_its_influences() -> None:
    net = build([BatchNorm(), Flatten(), Dense(3)], (2, 2, 3), True, LOSS, 3)
    trace = traced(net, BATCH)
    before = forward_again(trace, trace.x)
    for cell in range(12):
        x = trace.x.copy()
        x[(*np.unravel_index(cell, (2, 2, 3)), 1)] += 0.5
        seen = {
            name: cells
            for name, cells in changed(before, forward_again(trace, x), 1).items()
            if name.endswith(".out")
        }
        said = dependencies(LOSS, OPTIMIZER, trace, "input.out", cell, 1).influences
        assert {name: set(said[name].tolist()) for name in seen} == seen
        for name, cells in seen.items():
            for made in cells:
                assert cell in dependencies(LOSS, OPTIMIZER, trace, name, made, 1).inputs["input.out"]


@pytest.mark.parametrize(("name", "cell"), [("mean", 1), ("var", 1), ("xhat", 4)])
def test_a_statistic_of_the_batch_has_inputs_and_influences(name: str, cell: int) -> None:
    found = dependencies(LOSS, OPTIMIZER, TRACE, f"bn1.{name}", cell, 1)
    channel = set(range(12, 24)) if name != "xhat" else {4}
    own = set(range(12, 24)) if name != "xhat" else set(range(12))
    assert set(found.influences["bn1.out"].tolist()) == channel
    assert set(found.influences["conv.dout"].tolist()) == own
    assert found.influences["bn1.new_w"].tolist() == [1 if name != "xhat" else 0]
    assert "loss.loss" in found.influences
    assert ("bn1.new_running_mean" in found.influences) == (name == "mean")
    assert ("bn1.new_running_var" in found.influences) == (name == "var")
    assert set(found.inputs["conv.out"].tolist()) == own
    assert "input.out" in found.inputs
    assert ("bn1.var" in found.inputs) == (name == "xhat")
    running = dependencies(LOSS, OPTIMIZER, TRACE, "bn1.running_var", 1, 1)
    assert {key: cells.tolist() for key, cells in running.influences.items()} == {"bn1.new_running_var": [1]}
    assert running.inputs == {}
    after = dependencies(LOSS, OPTIMIZER, TRACE, "bn1.new_running_var", 1, 1).inputs
    assert after["bn1.running_var"].tolist() == after["bn1.var"].tolist() == [1]
    assert set(after["conv.out"].tolist()) == set(range(12, 24))


def test_statistics_are_micro_steps_before_the_output_and_running_ones_after_the_update() -> None:
    own = [(s.phase, s.tensor, s.cells, s.writes) for s in SEGMENTS if s.layer == "bn1"]
    assert own[:3] == [
        ("forward", "mean", 2, ("bn1.mean",)),
        ("forward", "var", 2, ("bn1.var",)),
        ("forward", "out", 24, ("bn1.out", "bn1.xhat")),
    ]
    assert own[-2:] == [
        ("update", "new_running_mean", 2, ("bn1.new_running_mean",)),
        ("update", "new_running_var", 2, ("bn1.new_running_var",)),
    ]

    def reads(phase: str, name: str, cell: int) -> dict[str, set[int]]:
        found = micro_step(LOSS, OPTIMIZER, TRACE, find(SEGMENTS, phase, "bn1", name), cell, 1)
        return {key: set(cells.tolist()) for key, cells in found.reads.items()}

    assert reads("forward", "mean", 1) == {"conv.out": set(range(12, 24))}
    statistics = {"bn1.mean": {1}, "bn1.var": {1}, "bn1.w": {1}, "bn1.b": {1}}
    assert reads("forward", "out", 13) == {"conv.out": {13}, **statistics}
    assert reads("backward", "dout", 13) == {
        "bn1.dout": {13},
        "bn1.w": {1},
        "bn1.var": {1},
        "bn1.xhat": set(range(12, 24)),
    }
    assert reads("update", "new_running_mean", 1) == {"bn1.running_mean": {1}, "bn1.mean": {1}}


@pytest.mark.parametrize("layer", ["bn1", "bn2"])
def test_a_backward_micro_step_changes_only_the_cells_that_it_writes(layer: str) -> None:
    segment = find(SEGMENTS, "backward", layer, "dout")
    windows = [micro_step(LOSS, OPTIMIZER, TRACE, segment, cell, 1) for cell in range(segment.cells)]
    for before, after in pairwise(windows):
        for name, part in after.partial.items():
            moved = np.flatnonzero(~np.isclose(part.array, before.partial[name].array, rtol=1e-9, atol=1e-15))
            assert set(moved) <= set(after.writes[name])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_lens_shows_the_code_of_every_tensor_and_the_loops_agree(dtype: str) -> None:
    net = normalised_network()
    trace = traced(net, BATCH, dtype, before=1)
    for segment in segments(net, OPTIMIZER):
        if not segment.layer.startswith("bn"):
            continue
        for cell in (0, segment.cells - 1):
            for name in segment.writes:
                found = lens(net, OPTIMIZER, trace, segment, cell, 1, name)
                if found.computed:
                    assert found.agree, (name, found.words)
                assert any(line.mark == "lit" for listing in found.source for line in listing.lines)


def test_a_slightly_wrong_number_does_not_agree_with_the_loops() -> None:
    trace = traced(normalised_network(), BATCH)
    array = trace.records[1].saved["xhat"]
    array.setflags(write=True)
    array[0, 0, 0, 1] *= 1.0001
    segment = find(SEGMENTS, "forward", "bn1", "out")
    assert lens(normalised_network(), OPTIMIZER, trace, segment, 0, 1, "bn1.xhat").agree is False


def test_a_path_multiplies_to_its_contribution() -> None:
    found = gradient_path(OPTIMIZER, TRACE, "conv", "w", 0, 1)
    product = found.links[0].value
    for link in found.links[1:]:
        product *= link.factor
    assert product == pytest.approx(found.contribution, rel=1e-12)
    assert {link.name for link in found.links} >= {"bn1.dout", "bn2.dout"}
    # The weight of a normalisation multiplies the normalised input.
    (*_, last) = gradient_path(OPTIMIZER, TRACE, "bn2", "w", 1, 1).links
    assert last.factor == RECORDS["bn2"].saved["xhat"][1, 1]


def test_the_stack_counts_statistics_of_the_batch_once() -> None:
    record = RECORDS["bn1"]
    held = dict(next(r for r in stack(TRACE, SEGMENTS, 1).records if r.layer == "bn1").tensors)
    assert held["bn1.mean"] == held["bn1.var"] == 2 * 8
    assert held["bn1.xhat"] == record.x.nbytes
    assert tensor(TRACE, "bn1.mean", 0).tolist() == tensor(TRACE, "bn1.mean", 2).tolist()
    scopes = {info.tensor: info.scope for info in catalogue(normalised_network()) if info.layer == "bn1"}
    assert scopes["mean"] == scopes["var"] == scopes["new_running_mean"] == "batch"
    assert (scopes["xhat"], scopes["running_var"]) == ("example", "network")
