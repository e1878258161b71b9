"""Worked examples: the engine computes every published number."""

import pytest

from server.explain.tensors import tensor
from server.explain.timeline import find, segments
from server.nn.step import forward
from server.probe.nudge import nudge
from server.recipe.plan import plan
from server.recipe.worked_examples import BRIGHT_PIXEL, TWO_INPUTS, WORKED_EXAMPLES, Preset, Stop
from server.run.history import History
from tests.examples import all_examples

every_example = pytest.mark.parametrize("example", WORKED_EXAMPLES, ids=lambda example: example.key)


def history(example: Preset, iterations: int = 1) -> History:
    run = History(plan(example.recipe))
    run.advance(iterations)
    return run


def iteration_of(stop: Stop) -> int:
    return int(stop.at.partition("/")[0])


@pytest.mark.slow
@every_example
def test_every_published_number_equals_the_computed_one_to_its_last_digit(example: Preset) -> None:
    run = history(example, 1 + max(map(iteration_of, example.stops)))
    for stop in example.stops:
        value = tensor(run.trace(iteration_of(stop)), stop.name, 0).ravel()[stop.cell]
        digits = len(stop.published.partition(".")[2])
        assert f"{value:.{digits}f}" == stop.published, stop.words


@every_example
def test_every_stop_is_at_a_moment_when_its_number_is_computed(example: Preset) -> None:
    order = segments(plan(example.recipe).network)
    for stop in example.stops:
        _, phase, *rest = stop.at.split("/")
        last = [s for s in order if s.phase == phase][-1]
        if rest:
            layer, name, cell = rest
            segment = find(order, phase, layer, name)
            position = segment.start + int(cell) + 1
            assert int(cell) < segment.cells
        else:
            position = last.start + last.cells
        writer = next((s for s in order if stop.name in s.writes), None)
        if writer is None:
            continue  # a parameter needs no computation
        done = stop.cell if not writer.accumulates else writer.cells - 1
        assert position > writer.start + done, stop.words


def test_the_2_2_2_network_gives_the_published_numbers() -> None:
    trace = history(TWO_INPUTS).trace(0)
    dense1, sigmoid1, dense2, _ = trace.records
    assert dense1.out[0, 0] == pytest.approx(0.3775, abs=1e-12)
    assert sigmoid1.out[0, 0] == pytest.approx(0.593269992, abs=1e-9)
    assert trace.loss.loss == pytest.approx(0.298371109, abs=1e-9)
    assert dense2.updated["w"].ravel() == pytest.approx([0.35891648, 0.408666186, 0.511301270, 0.561370121])
    assert dense1.updated["w"].ravel() == pytest.approx([0.149780716, 0.19956143, 0.24975114, 0.29950229])
    for record in (dense1, dense2):
        assert (record.updated["b"] == record.params["b"]).all()
        assert record.dparams["b"].all()


@pytest.mark.slow
def test_the_2_2_2_network_has_the_published_error_and_outputs_after_10_000_iterations() -> None:
    run = history(TWO_INPUTS, 10_000)
    assert run.trace(9_999).loss.loss == pytest.approx(0.0000351085, abs=5e-11)
    # The text prints its outputs from a few iterations later than its error.
    out = forward(run.plan.network, run.state(10_000), all_examples(run.plan, "train")[0])[-1].out
    assert out[:, 0] == pytest.approx([0.015912196, 0.984065734], abs=2e-6)


def test_raising_the_centre_weight_by_1_raises_the_output_by_the_centre_pixel() -> None:
    run, stop = history(BRIGHT_PIXEL), BRIGHT_PIXEL.stops[1]
    assert stop.trial is not None
    moved = nudge(
        run.plan.network,
        run.plan.recipe.loss,
        run.trace(0),
        stop.name,
        stop.cell,
        stop.trial.amount,
        0,
        watch=stop.trial.watch,
        watch_cell=stop.trial.watch_cell,
    )
    assert moved.watched is not None
    assert (moved.watched.predicted, moved.watched.actual) == (80, 80)
