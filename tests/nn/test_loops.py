"""The plain loops equal the vectorised ops in every cell, forward and backward."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings

from server.nn.arrays import Array
from server.nn.ops import LAYERS, MaxPool2d, Op
from server.nn.ops.capabilities import Coupled, SkipReader, Stateful
from tests.cases import CASES, Case, convolutions, every_case, poolings


def assert_same(case: Case) -> None:
    op, x, params, dout = case.op, case.x(), case.params(), case.dout()
    given = case.given()
    out, saved = op.forward(x, params, given)
    dx, dparams = op.backward(dout, x, params, saved)
    loops = op.loops
    if isinstance(op, Coupled):
        assert_same_of_a_batch(case)
        return
    of_inputs = [(loops.backward, dx)]
    if isinstance(op, SkipReader):
        assert loops.dskip is not None
        of_inputs.append((loops.dskip, dparams.pop("skip")))
    assert loops.saved.keys() >= saved.keys()
    assert loops.gradients.keys() == dparams.keys()
    for name, gradient in dparams.items():
        for index in np.ndindex(gradient.shape):
            again = loops.gradients[name](op, dout, x, params, index)
            assert again == pytest.approx(gradient[index], rel=1e-9, abs=1e-9)
    for example in range(case.batch):
        one, upstream = x[..., example], dout[..., example]
        params = {**params, **{name: array[..., example] for name, array in given.items()}}
        for index in np.ndindex(out.shape[:-1]):
            assert loops.forward(op, one, params, index) == pytest.approx(
                out[(*index, example)], rel=1e-9, abs=1e-9
            )
        for name, array in op.saved_of(saved, example).items():
            for index in np.ndindex(array.shape):
                assert loops.saved[name](op, one, params, index) == array[index]
        for loop, gradient in of_inputs:
            for index in np.ndindex(case.shape):
                assert loop(op, upstream, one, params, index) == pytest.approx(
                    gradient[(*index, example)], rel=1e-9, abs=1e-9
                )


def assert_same_of_a_batch(case: Case) -> None:
    """Compare an op that couples examples with its loops over the whole batch."""
    op, x, params, dout, loops = case.op, case.x(), case.params(), case.dout(), case.op.loops
    assert isinstance(op, Coupled)
    assert isinstance(op, Stateful)
    out, saved = op.forward(x, params)
    dx, dparams = op.backward(dout, x, params, saved)
    running = {name: np.full(shape, 0.3) for name, shape in op.running_shapes(case.shape).items()}
    renewed = op.renew(running, saved)
    assert loops.saved.keys() == saved.keys()
    assert loops.gradients.keys() == dparams.keys()
    assert loops.running.keys() == renewed.keys() == running.keys() == op.running.keys()

    def check(array: Array, again: Callable[[tuple[int, ...]], float]) -> None:
        for index in np.ndindex(array.shape):
            assert again(index) == pytest.approx(array[index], rel=1e-9, abs=1e-9)

    check(out, lambda index: loops.forward(op, x, params, index))
    check(dx, lambda index: loops.backward(op, dout, x, params, index))
    for name, array in saved.items():
        check(array, lambda index, name=name: loops.saved[name](op, x, params, index))
    for name, array in dparams.items():
        check(array, lambda index, name=name: loops.gradients[name](op, dout, x, params, index))
    for name, array in renewed.items():
        check(array, lambda index, name=name: loops.running[name](op, running, x, index))


@every_case
def test_the_loops_equal_the_op(case: Case) -> None:
    assert_same(case)


@given(convolutions())
@settings(max_examples=60, deadline=None)
def test_the_loops_equal_any_convolution(case: Case) -> None:
    assert_same(case)


@given(poolings())
@settings(max_examples=60, deadline=None)
def test_the_loops_equal_any_pooling(case: Case) -> None:
    assert_same(case)


def test_the_first_of_equal_cells_wins_in_the_loops() -> None:
    op, x = MaxPool2d((2, 2), stride=(1, 1)), np.zeros((1, 3, 3, 1))
    dout = np.arange(1.0, 5.0).reshape(1, 2, 2, 1)
    _, saved = op.forward(x, {})
    dx, _ = op.backward(dout, x, {}, saved)
    again = [MaxPool2d.loops.backward(op, dout[..., 0], x[..., 0], {}, at) for at in np.ndindex(1, 3, 3)]
    assert again == dx.ravel().tolist() == [1, 2, 0, 3, 4, 0, 0, 0, 0]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.__name__)
def test_every_layer_has_a_case(layer: type[Op]) -> None:
    assert any(type(case.op) is layer for case in CASES), f"add cases of {layer.__name__} to tests/cases.py"
    assert layer.loops, f"declare the plain loops of {layer.__name__} as its `loops`: see server/nn/ops/loops"
