"""The lens shows the code that ran, and its plain loops really give the number on the stage."""

import inspect
from pathlib import Path

import numpy as np
import pytest

import server
from server.nn import loops as plain
from server.nn.ops import Conv2d
from server.trace.lens import Direction, lens
from server.trace.tensors import UnknownCell, UnknownExample, UnknownLayer, tensor
from tests.cases import Case, every_case
from tests.networks import network_of, small_network, small_step, traced

PACKAGE = Path(server.__file__).parents[1]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("phase", ["forward", "backward"])
@pytest.mark.parametrize("layer", [layer.name for layer in small_network().layers])
def test_the_loops_give_the_number_of_every_cell(layer: str, phase: Direction, dtype: str) -> None:
    trace = small_step(dtype)[1]
    name = f"{layer}.out" if phase == "forward" else f"{layer}.dx"
    for cell, value in enumerate(tensor(trace, name, 1).ravel().tolist()):
        found = lens(trace, phase, layer, cell, 1)
        assert found.agree, found.words
        assert found.value == value + 0.0
        assert found.loops_value == pytest.approx(value, rel=1e-3, abs=1e-6)


@every_case
@pytest.mark.parametrize("phase", ["forward", "backward"])
def test_the_source_is_what_stands_in_the_file(case: Case, phase: Direction) -> None:
    network = network_of(case.op, case.shape)
    trace = traced(network, 2)
    record = trace.records[0]
    found = lens(trace, phase, record.layer, 0, 1)
    lines = (PACKAGE / found.file).read_text(encoding="utf-8").splitlines()
    end = found.first_line - 1 + len(found.source)
    there = [line.strip() for line in lines[found.first_line - 1 : end]]
    assert there == [line.strip() for line in found.source]
    assert found.source[0].startswith(f"def {phase}(")
    assert found.loops[0].startswith(f"def {case.op.kind}_{phase}(")
    assert "\n".join(found.loops) in inspect.getsource(plain)
    shapes = {shape.name: shape.shape for shape in found.shapes}
    assert shapes["x"] == (*case.shape, 2)
    for name, shape in case.op.param_shapes(case.shape).items():
        assert shapes[name] == shape
        assert (f"d{name}" in shapes) == (phase == "backward")
    if phase == "backward":
        assert (shapes["dout"], shapes["dx"]) == (record.dout.shape, shapes["x"])
        assert (found.name, found.index) == ("input.dout", (0,) * len(case.shape))
    else:
        assert shapes["out"] == record.out.shape
        assert "dout" not in shapes


@pytest.mark.parametrize("phase", ["forward", "backward"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_number_that_is_slightly_wrong_does_not_agree(phase: Direction, dtype: str) -> None:
    trace = traced(network_of(Conv2d(2), (2, 4, 4)), 2, dtype)
    array = trace.records[0].out if phase == "forward" else trace.records[0].dx
    array.setflags(write=True)
    array[1, 2, 3, 1] *= 1.01
    found = lens(trace, phase, "conv", 27, 1)
    assert found.index == (1, 2, 3)
    assert not found.agree
    assert "should agree" in found.words
    assert lens(trace, phase, "conv", 27, 0).agree


def test_numbers_that_are_not_finite_are_nothing_to_compare() -> None:
    trace = traced(network_of(Conv2d(2), (2, 4, 4)), 1)
    array = trace.records[0].out
    array.setflags(write=True)
    array[...] = np.inf
    found = lens(trace, "forward", "conv", 0, 0)
    assert (found.agree, found.value) == (False, None)
    assert "not finite" in found.words


@pytest.mark.parametrize("layer", ["input", "loss"])
def test_only_layers_have_code(layer: str) -> None:
    with pytest.raises(
        UnknownLayer, match=rf"Only layers have code .* {layer} is none; the layers are: conv"
    ):
        lens(small_step()[1], "forward", layer, 0, 0)


def test_what_is_not_there_is_refused() -> None:
    trace = small_step()[1]
    with pytest.raises(UnknownLayer, match='no layer "conv7"'):
        lens(trace, "forward", "conv7", 0, 0)
    with pytest.raises(UnknownCell, match="has no cell 4; the last one is 3"):
        lens(trace, "forward", trace.records[-1].layer, 4, 0)
    with pytest.raises(UnknownExample):
        lens(trace, "backward", trace.records[-1].layer, 0, 3)
