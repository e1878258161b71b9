from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.nn.ops import Conv2d, ShapeError, blocked_conv, conv, geometry, im2col
from tests import oracles
from tests.cases import Case, convolutions


@given(convolutions())
def test_any_convolution_equals_the_loops_of_its_definition(case: Case) -> None:
    assert isinstance(case.op, Conv2d)
    x, params, dout = case.x(), case.params(), case.dout()
    out, dx, dw, db = oracles.conv(case.op, x, params["w"], params["b"], dout)
    actual_out, saved = case.op.forward(x, params)
    np.testing.assert_allclose(actual_out, out, rtol=1e-12, atol=1e-12)
    actual_dx, dparams = case.op.backward(dout, x, params, saved)
    np.testing.assert_allclose(actual_dx, dx, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(dparams["w"], dw, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(dparams["b"], db, rtol=1e-12, atol=1e-12)


@given(convolutions(), st.integers(1, 2000), st.integers(1, 5000), st.integers(1, 20))
def test_im2col_equals_blocks_of_any_size(case: Case, size: int, row: int, columns: int) -> None:
    assert isinstance(case.op, Conv2d)
    op, x, params, dout = case.op.plain(), case.x(), case.params(), case.dout()
    whole = op.forward(x, params)[0], *op.backward(dout, x, params, {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(im2col, "FEW_BYTES", 0)
        patch.setattr(blocked_conv, "BLOCK_BYTES", size)
        patch.setattr(blocked_conv, "ROW_BYTES", row)
        patch.setattr(blocked_conv, "ROW_COLUMNS", columns)
        for name in ("_written", "_strips", "_written_back"):
            patch.setattr(conv, name, getattr(conv, name).__wrapped__)
        parts = op.forward(x, params)[0], *op.backward(dout, x, params, {})
    for one, other in zip(whole[:2], parts[:2], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
    for name in "wb":
        np.testing.assert_allclose(whole[2][name], parts[2][name], rtol=1e-12, atol=1e-12)


@given(convolutions())
def test_prepared_windows_change_no_bit(case: Case) -> None:
    op, x, params, dout = case.op, case.x(), case.params(), case.dout()
    prepared = op.prepare(x)
    (out, saved), (again, _) = op.forward(x, params), op.forward(x, params, prepared)
    np.testing.assert_array_equal(out, again)
    assert "windows" not in saved
    gradients = [op.parameter_gradients(dout, x, params, {**saved, **more}) for more in ({}, prepared)]
    for name in "wb":
        np.testing.assert_array_equal(gradients[0][name], gradients[1][name])
    if prepared:
        other = {"windows": prepared["windows"] + 1}
        assert (op.forward(x, params, other)[0] != out).any()
        assert (op.parameter_gradients(dout, x, params, other)["w"] != gradients[0]["w"]).any()


def test_windows_are_prepared_only_when_they_are_few() -> None:
    few, many = np.ones((1, 8, 8, 1)), np.ones((8, 64, 64, 8))
    assert Conv2d(2).prepare(few)["windows"].shape == (1, 9, 8, 8, 1)
    assert Conv2d(2).prepare(many) == {}
    assert Conv2d(2, binary="both").prepare(few) == {}


def test_large_batches_use_several_blocks_and_equal_the_loops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blocked_conv, "BLOCK_BYTES", 2**20)
    monkeypatch.setattr(conv, "_strips", conv._strips.__wrapped__)
    case = Case("large", Conv2d(2, (5, 3)), (16, 40, 24), 160)
    assert isinstance(case.op, Conv2d)
    params, dout = case.params("float32"), case.dout("float32")
    x = np.random.default_rng(5).standard_normal((16, 40, 24, 160), np.float32)
    slide = geometry.Slide((5, 3), (1, 1), (1, 1), (2, 1), (40, 24))
    covered = np.zeros((40, 24 * 160))
    blocks = blocked_conv.plan(slide, x.shape, x.itemsize, 1, 2).blocks
    for block in blocks:
        covered[block.rows, block.columns] += 1
    assert len({block.rows.start for block in blocks}) > 1
    assert len({block.columns.start for block in blocks}) > 2
    assert (covered == 1).all()
    out = case.op.forward(x, params)[0]
    dx, dparams = case.op.backward(dout, x, params, {})
    one = slice(7, 8)
    wide = [array.astype(np.float64) for array in (x[..., one], params["w"], params["b"], dout[..., one])]
    expected, expected_dx, _, _ = oracles.conv(case.op, *wide)
    np.testing.assert_allclose(out[..., one], expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(dx[..., one], expected_dx, rtol=1e-4, atol=1e-4)
    padded = np.pad(x.astype(np.float64), ((0, 0), (2, 2), (1, 1), (0, 0)))
    for u, v in np.ndindex(5, 3):
        dw = np.einsum("fpqn,cpqn->fc", dout, padded[:, u : u + 40, v : v + 24], dtype=np.float64)
        np.testing.assert_allclose(dparams["w"][:, :, u, v], dw, rtol=1e-3, atol=0.05)


def test_the_kernel_is_not_flipped() -> None:
    x = np.arange(9.0).reshape(1, 3, 3, 1)
    w = np.array([[0.0, 1.0], [0.0, 0.0]]).reshape(1, 1, 2, 2)
    out, _ = Conv2d(1, kernel=(2, 2), padding="valid").forward(x, {"w": w, "b": np.zeros(1)})
    assert out[0, :, :, 0].tolist() == [[1, 2], [4, 5]]


@pytest.mark.parametrize(
    ("length", "kernel", "stride", "pads", "outputs"),
    [
        (8, 3, 1, (1, 1), 8),
        (8, 2, 1, (0, 1), 8),
        (8, 4, 1, (1, 2), 8),
        (8, 3, 2, (0, 1), 4),
        (7, 3, 2, (1, 1), 4),
        (7, 1, 3, (0, 0), 3),
        (2, 5, 1, (2, 2), 2),
    ],
)
def test_same_padding_puts_the_odd_zero_at_the_end(
    length: int, kernel: int, stride: int, pads: tuple[int, int], outputs: int
) -> None:
    op = Conv2d(1, kernel=(kernel, 1), stride=(stride, 1))
    assert op.pads((1, length, 1)) == (pads, (0, 0))
    assert op.out_shape((1, length, 1)) == (1, outputs, 1)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"filters": 0}, "between 1 and 4096 filters, not 0"),
        ({"filters": 4097}, "between 1 and 4096 filters"),
        ({"filters": 1, "kernel": (0, 3)}, "The kernel is 0x3; both numbers must be between 1 and 64"),
        ({"filters": 1, "kernel": (3, 65)}, "The kernel is 3x65"),
        ({"filters": 1, "stride": (1, 0)}, "The stride is 1x0"),
        ({"filters": 1, "dilation": (2, 0)}, "The dilation is 2x0; both numbers must be between 1 and 64"),
        ({"filters": 6, "groups": 4}, "6 filters cannot be cut into 4 equal groups"),
        ({"filters": 6, "groups": 0}, "between 1 and 4096 groups, not 0"),
        ({"filters": 1, "padding": -1}, "The padding is -1x-1; both numbers must be between 0 and 64"),
        ({"filters": 1, "padding": (0, 65)}, "The padding is 0x65"),
    ],
)
def test_impossible_hyper_parameters_are_refused(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Conv2d(**fields)


def test_an_image_too_small_for_the_kernel_is_refused_with_the_largest_kernel_that_fits() -> None:
    with pytest.raises(ShapeError, match=r"got 16x2x5, with its padding 2x5, .* at most 2x5"):
        Conv2d(1, kernel=(3, 3), padding="valid").out_shape((16, 2, 5))


def test_an_image_too_small_for_the_gaps_of_a_dilated_kernel_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"which spans 5x3, does not fit: use a kernel .* or less dilation"):
        Conv2d(1, dilation=(2, 1), padding="valid").out_shape((1, 4, 4))


def test_channels_that_cannot_be_grouped_are_refused_with_a_number_of_groups_that_fits() -> None:
    with pytest.raises(ShapeError, match=r"got 6x5x5, whose 6 channels cannot .* 4 equal groups.* as 2\."):
        Conv2d(4, groups=4).out_shape((6, 5, 5))


def test_a_depthwise_filter_reads_its_own_channel_alone() -> None:
    op = Conv2d(2, kernel=(1, 1), groups=2)
    out, _ = op.forward(
        np.array([3.0, 5.0]).reshape(2, 1, 1, 1), {"w": np.ones((2, 1, 1, 1)), "b": np.zeros(2)}
    )
    assert out.ravel().tolist() == [3, 5]


def test_a_dilated_kernel_skips_cells() -> None:
    op = Conv2d(1, kernel=(1, 2), padding="valid", dilation=(1, 2))
    x = np.array([1.0, 10.0, 100.0, 1000.0]).reshape(1, 1, 4, 1)
    out, _ = op.forward(x, {"w": np.ones((1, 1, 1, 2)), "b": np.zeros(1)})
    assert out.ravel().tolist() == [101, 1010]


def test_a_row_of_numbers_is_refused() -> None:
    with pytest.raises(ShapeError, match="got 64, but needs images"):
        Conv2d(1).out_shape((64,))
