"""The order of the micro-steps of an iteration."""

import pytest

from server.explain.catalogue import catalogue
from server.explain.timeline import UnknownMoment, find, positions, segments
from server.nn.arrays import size
from server.nn.network import build
from server.nn.ops import Dense
from server.nn.optimizers import Optimizer
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from tests.cases import every_optimizer
from tests.networks import LOSS, small_network

SEGMENTS = segments(small_network())


def test_the_default_network_goes_through_its_phases_in_this_order() -> None:
    default = segments(plan(Recipe()).network)
    layers = ["conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "flatten", "dense"]
    assert [(s.phase, s.layer, s.tensor) for s in default] == [
        ("forward", "input", "out"),
        *(("forward", layer, "out") for layer in layers),
        ("loss", "loss", "probabilities"),
        ("loss", "loss", "loss"),
        ("backward", "loss", "dout"),
        *(("backward", layer, "dout") for layer in reversed(layers)),
        *(("update", layer, f"delta_{name}") for layer in ("conv1", "conv2", "dense") for name in "wb"),
    ]
    assert positions(default) == 1 + 1802 + 11 + 10 + 1802 + 1898


def test_segments_follow_each_other_without_gaps() -> None:
    start = 0
    for segment in SEGMENTS:
        assert segment.start == start
        assert segment.cells > 0
        start += segment.cells
    assert positions(SEGMENTS) == start


def test_a_segment_goes_through_all_cells_of_the_tensor_it_is_named_after() -> None:
    shapes = {info.name: info.shape for info in catalogue(small_network())}
    for segment in SEGMENTS[1:]:
        assert segment.cells == size(shapes[segment.name]), segment.name
    assert (SEGMENTS[0].name, SEGMENTS[0].cells) == ("input.out", 1)


def test_an_iteration_writes_every_tensor_but_the_parameters_exactly_once() -> None:
    written = [name for segment in SEGMENTS for name in segment.writes]
    assert len(written) == len(set(written))
    assert set(written) == {info.name for info in catalogue(small_network()) if info.scope != "network"}


@every_optimizer
def test_an_update_writes_a_change_and_all_that_led_to_it_together(optimizer: Optimizer) -> None:
    network = build([Dense(3), Dense(4)], (2,), True, LOSS, 4, frozen={"dense1.b"})
    written = [s.writes for s in segments(network, optimizer) if s.phase == "update"]
    steps = [*optimizer.intermediates]
    assert written == [
        tuple(f"{layer}.{kind}_{name}" for kind in ("delta", *own, "new"))
        for layer, name, own in (
            ("dense1", "w", steps),
            ("dense1", "b", []),
            ("dense2", "w", steps),
            ("dense2", "b", steps),
        )
    ]
    known = {info.name for info in catalogue(network, optimizer) if info.scope == "batch"}
    assert known == {name for names in written for name in names} | {
        f"{layer}.d{name}" for layer in ("dense1", "dense2") for name in "wb"
    }


def test_a_tensor_is_written_before_the_backward_pass_reads_it() -> None:
    seen: set[str] = set()
    for segment in SEGMENTS:
        if segment.accumulates:
            assert segment.name in seen
            assert segment.name not in segment.writes
        else:
            assert segment.name == segment.writes[0]
        seen.update(segment.writes)


def test_only_the_layers_of_the_backward_pass_accumulate() -> None:
    for segment in SEGMENTS:
        assert segment.accumulates == (segment.phase == "backward" and segment.layer != "loss")


def test_an_unknown_segment_is_refused() -> None:
    with pytest.raises(UnknownMoment, match=r"no segment forward dense9 out; .* forward dense2 out"):
        find(SEGMENTS, "forward", "dense9", "out")
