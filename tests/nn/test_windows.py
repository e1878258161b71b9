"""The declared windows and bounds of every op are those that it uses."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from server.nn.arrays import Cells
from server.nn.ops import LAYERS, Op
from tests.cases import CASES, Case, convolutions, every_case, poolings


def boxes(case: Case) -> dict[int, tuple[Cells, Cells]]:
    """The first and last coordinates that each output cell reads, by output cell, without channels.

    Cells that read padding are left out.
    """
    x = np.zeros(case.shape)
    saved = {name: np.zeros(shape, np.int32) for name, shape in case.op.saved_shapes(case.shape).items()}
    cells = np.arange(np.prod(case.op.out_shape(case.shape)))
    found = {}
    for cell, read in zip(cells, case.op.reads(cells, x, saved).x, strict=True):
        if (read >= 0).all():
            places = np.stack(np.unravel_index(read, case.shape))[1 if len(case.shape) == 3 else 0 :]
            found[int(cell)] = places.min(axis=1), places.max(axis=1)
    return found


def check_window(case: Case) -> None:
    window = case.op.window(case.shape)
    out_shape = case.op.out_shape(case.shape)
    inside = boxes(case)
    for cell, (first, last) in inside.items():
        assert tuple(last - first + 1) == window.size
        if len(out_shape) != len(case.shape) or window.size == case.shape[len(case.shape) == 3 :]:
            continue
        index = np.unravel_index(cell, out_shape)
        for axis, step in enumerate(window.stride):
            beside = [*index]
            beside[axis - len(window.stride)] += 1
            if beside[axis - len(window.stride)] == out_shape[axis - len(window.stride)]:
                continue
            other = inside.get(int(np.ravel_multi_index(beside, out_shape)))
            if other is not None:
                assert other[0][axis] - first[axis] == step


@every_case
def test_a_window_spans_the_cells_read_and_its_stride_leads_to_the_next_window(case: Case) -> None:
    check_window(case)


@given(convolutions() | poolings())
def test_windows_of_any_geometry_span_the_cells_read(case: Case) -> None:
    check_window(case)


def test_almost_every_case_has_cells_that_read_no_padding() -> None:
    assert sum(len(boxes(case)) > 0 for case in CASES) >= len(CASES) - 2


@pytest.mark.parametrize("kind", LAYERS)
def test_the_bounds_of_a_setting_are_the_extreme_values_that_the_op_accepts(kind: type[Op]) -> None:
    op: Any = next(case.op for case in CASES if type(case.op) is kind)
    names = {field.name for field in fields(op)}
    for name, (least, most) in kind.bounds.items():
        assert name in names
        before = getattr(op, name)
        is_pair = isinstance(before, tuple) or name in ("kernel", "stride", "dilation")
        step = 1 if isinstance(least, int) else (most - least) / 8
        # A convolution has at least as many filters as groups.
        beside = {"filters": most} if name == "groups" else {}
        for number in (least, most):
            replace(op, **beside, **{name: (number, number) if is_pair else number})
        for number in (least - step, most + step):
            with pytest.raises(ValueError, match=r"between|from"):
                replace(op, **beside, **{name: (number, number) if is_pair else number})
