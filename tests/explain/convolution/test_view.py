"""The window view of a convolution: grids of products, the maps that add up, and the two ways to dx."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings

from server.explain.convolution.full_correlation import agreement
from server.explain.convolution.view import NotSlid, WindowView, window_view
from server.explain.micro_step import partial
from server.explain.tensors import UnknownCell, UnknownExample, UnknownTensor, tensor
from server.explain.timeline import UnknownMoment
from server.nn.arrays import Array, Shape, size
from server.nn.network import build
from server.nn.ops import Conv2d, Dense, Flatten
from server.nn.records import Record, Trace
from tests.cases import CASES, Case, convolutions
from tests.networks import LOSS, network_of, small_network, traced
from tests.oracles import conv

ALL = 10**6
CONVOLUTIONS = [case for case in CASES if isinstance(case.op, Conv2d)]
every_convolution = pytest.mark.parametrize("case", CONVOLUTIONS, ids=lambda case: case.name)

close = {"rel": 1e-9, "abs": 1e-12}


def near(left: Array, right: Array) -> None:
    np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-12)


def some(count: int) -> list[int]:
    """Cells from all over a tensor: corners, edges and the middle."""
    return sorted({0, 1, count // 3, count // 2, 2 * count // 3, count - 2, count - 1} & set(range(count)))


def names(record: Record) -> dict[str, Shape]:
    """The tensors that a convolution's windows make, with their shapes."""
    return {
        f"{record.layer}.out": record.out.shape[:-1],
        f"{record.layer}.dw": record.params["w"].shape,
        f"{record.layer}.dx": record.x.shape[:-1],
    }


def check_rows(found: WindowView, trace: Trace) -> None:
    """The products are those of their numbers, add up to their row, and the rows and the bias to the cell."""
    gate = 1 if found.gate is None else found.gate
    for row in found.rows:
        near(row.products[row.computed], (gate * row.left.values * row.right.values)[row.computed])
        assert (row.products[~row.computed] == 0).all()
        assert row.value == pytest.approx(row.products.sum(), **close)
        for patch in (row.left, row.right):
            numbers = tensor(trace, patch.name, patch.example or 0).ravel()
            owned = patch.cells >= 0
            near(patch.values[owned], numbers[patch.cells[owned]])
            assert (patch.values[~owned] == 0).all()
    bias = 0 if found.bias is None else found.bias.value
    assert sum(row.value for row in found.rows) + bias == pytest.approx(found.total, **close)
    assert found.total == pytest.approx(found.value, **close)


def check_maps(found: WindowView) -> None:
    """The partial maps and the bias are the map, and in the cell's place they hold the rows' sums."""
    at = found.cell - found.start
    for row in found.rows:
        assert row.map.flat[at] == pytest.approx(row.value, **close)
    bias = 0 if found.bias is None else found.bias.value
    total = sum((row.map for row in found.rows), found.rest_map) + bias
    near(total[found.map_computed], found.map[found.map_computed])
    assert found.map.flat[at] == found.value


def check_convolution(case: Case, batch: int) -> None:
    trace = traced(network_of(case.op, case.shape), batch)
    record = trace.records[0]
    for (name, shape), example in itertools.product(names(record).items(), {0, batch - 1}):
        ways = ("stamps", "correlation") if name.endswith("dx") else ("stamps",)
        for cell, way in itertools.product(some(size(shape)), ways):
            found = window_view(trace, name, cell, example, way=way, count=ALL)
            assert found.value == tensor(trace, name, example).flat[cell]
            assert found.count == len(found.rows)
            check_rows(found, trace)
            check_maps(found)
            planes = record.x.shape[1:3] if found.each == "channel" else record.out.shape[1:3]
            for row in found.rows if found.each != "example" else ():
                owned = row.left.cells[row.left.cells >= 0]
                assert (owned // size(planes) == row.number).all()


@every_convolution
@pytest.mark.parametrize("batch", [1, 3])
def test_the_products_add_up_to_the_cell_and_the_partial_maps_to_the_map(case: Case, batch: int) -> None:
    check_convolution(case, batch)


@settings(max_examples=25)
@given(convolutions())
def test_products_and_maps_add_up_in_any_convolution(case: Case) -> None:
    check_convolution(case, min(case.batch, 2))


def check_both_ways(case: Case) -> None:
    trace = traced(network_of(case.op, case.shape), 2)
    record, example = trace.records[0], 1
    assert isinstance(case.op, Conv2d)
    x, w = record.saved.get("sign_x", record.x), record.saved.get("sign_w", record.params["w"])
    _, dx, _, _ = conv(case.op, x, w, record.params["b"], record.dout)
    if "x" in case.op.binarised:
        dx *= np.abs(record.x) <= 1
    plane = size(case.shape[1:])
    for channel in range(case.shape[0]):
        stamps, correlation = (
            window_view(trace, "input.dout", channel * plane, example, way=way, count=ALL)
            for way in ("stamps", "correlation")
        )
        for found in (stamps, correlation):
            total = sum(row.map for row in found.rows)
            near(total, dx[channel, ..., example])
            near(total, record.dx[channel, ..., example])
            assert found.agreement is not None
            assert found.agreement.agree
            assert found.agreement.cells == plane
            assert found.agreement.difference <= 1e-9
            assert "agree in" in found.agreement.words
        assert stamps.agreement == correlation.agreement


@every_convolution
def test_stamps_and_full_correlation_agree_in_every_cell_with_each_other_and_with_dx(case: Case) -> None:
    check_both_ways(case)


@settings(max_examples=25)
@given(convolutions())
def test_stamps_and_full_correlation_agree_in_any_convolution(case: Case) -> None:
    check_both_ways(case)


@pytest.mark.parametrize("layer", ["conv1", "conv2"])
def test_after_some_windows_the_sums_are_the_partial_sums(layer: str) -> None:
    trace = traced(small_network(), 3)
    record = next(record for record in trace.records if record.layer == layer)
    windows = size(record.out.shape[:-1])
    for done in sorted({1, windows // 3, windows - 1, windows}):
        so_far = partial(record, done, 1)
        for name in (f"{layer}.dw", f"{record.previous}.dout"):
            picture = so_far[name]
            for cell, way in itertools.product(some(picture.array.size), ("stamps", "correlation")):
                found = window_view(trace, name, cell, 1, way=way, done=done, count=ALL)
                assert found.value == picture.array.flat[cell]
                assert found.total == pytest.approx(found.value, **close)
                assert sum(row.value for row in found.rows) == pytest.approx(found.total, **close)
                check_maps(found)
                for row in found.rows:
                    upstream = row.left.cells
                    assert (upstream[row.computed] < done).all()
                    assert not row.computed[upstream >= done].any()
                any_touched = np.any([row.map_computed for row in found.rows], axis=0)
                np.testing.assert_array_equal(any_touched, found.map_computed)


def test_forward_the_maps_hold_the_windows_done_so_far() -> None:
    trace = traced(small_network(), 2)
    record = trace.records[0]
    _, rows, columns = record.out.shape[:-1]
    for done in (rows * columns + 1, rows * columns + columns + 2):
        found = window_view(trace, "conv1.out", done - 1, 1, done=done, count=ALL)
        assert found.start == rows * columns
        assert found.map_computed.ravel().tolist() == [n < done - found.start for n in range(rows * columns)]
        for row in found.rows:
            np.testing.assert_array_equal(row.map_computed, found.map_computed)
            assert (row.map[~row.map_computed] == 0).all()
        check_maps(found)


def test_two_ways_that_differ_in_one_cell_do_not_agree() -> None:
    stamps = np.linspace(-1, 1, 12).reshape(3, 4)
    correlation = stamps.copy()
    assert agreement(stamps, correlation, stamps.astype("float32")).agree
    correlation[1, 2] += 1e-6
    found = agreement(stamps, correlation, stamps)
    assert not found.agree
    assert found.difference == pytest.approx(1e-6)
    assert found.words.startswith("Both ways do not agree in all 12 cells")
    assert agreement(np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((1, 1))).words.startswith(
        "Both ways agree in the only cell"
    )


def test_the_result_is_the_same_in_small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = traced(small_network(), 3)
    asked = [("conv2.out", 5), ("conv2.dw", 5), ("conv2.dx", 5)]
    whole = [window_view(trace, name, cell, 1, count=ALL) for name, cell in asked]
    monkeypatch.setattr("server.explain.relation.READS_AT_ONCE", 1)
    for (name, cell), before in zip(asked, whole, strict=True):
        for row, then in zip(window_view(trace, name, cell, 1, count=ALL).rows, before.rows, strict=True):
            near(row.map, then.map)


def test_the_spread_gradient_has_the_strides_zeros_between_and_the_kernels_around() -> None:
    op = Conv2d(2, kernel=(3, 2), stride=(2, 3), padding="valid")
    trace = traced(network_of(op, (2, 7, 8)), 1)
    record = trace.records[0]
    found = window_view(trace, "conv.dx", 8 + 3, 0, way="correlation", count=ALL, sort="order")
    for filter, row in enumerate(found.rows):
        expected = np.full((7 + 2, 8 + 1), -1)
        expected[2:7:2, 1:8:3] = filter * 9 + np.arange(9).reshape(3, 3)
        assert row.spread is not None
        np.testing.assert_array_equal(row.spread.cells, expected)
        assert found.corner == (1, 3)
        np.testing.assert_array_equal(row.left.cells, expected[1:4, 3:5])
        np.testing.assert_array_equal(row.right.values, record.params["w"][filter, 0, ::-1, ::-1])


def test_rows_are_paged_and_the_rest_is_exact() -> None:
    network = build([Conv2d(7), Conv2d(2), Flatten(), Dense(4)], (3, 5, 5), True, LOSS, 4)
    trace = traced(network, 2)
    whole = window_view(trace, "conv2.out", 12, 1, count=ALL)
    sizes = [abs(row.value) for row in whole.rows]
    assert sizes == sorted(sizes, reverse=True)
    assert (whole.count, whole.rest) == (7, 0)
    for offset in (0, 3, 6, 9):
        page = window_view(trace, "conv2.out", 12, 1, offset=offset, count=3)
        numbers = [row.number for row in whole.rows[offset : offset + 3]]
        assert [row.number for row in page.rows] == numbers
        own = sum(row.value for row in page.rows) + page.bias.value
        assert own + page.rest == pytest.approx(page.total, **close)
        check_maps(page)
    in_order = window_view(trace, "conv2.out", 12, 1, sort="order", count=3)
    assert [row.number for row in in_order.rows] == [0, 1, 2]


def test_the_words_describe_what_slides() -> None:
    trace = traced(small_network(), 1)
    odd = traced(network_of(Conv2d(4, (2, 2), dilation=(1, 2), groups=2), (2, 4, 5)), 1)
    assert "channel of the filter's group, its cells 1x2 apart" in window_view(odd, "conv.out", 3, 0).words
    for name, way, words in (
        ("conv2.out", "stamps", "The kernel lies over each input channel"),
        ("conv2.dw", "stamps", "The upstream gradient lies over the input"),
        ("conv2.dx", "stamps", "stamps the kernel"),
        ("conv2.dx", "correlation", "turned by 180 degrees"),
        ("conv2.dx", "correlation", "the stride 2x1"),
    ):
        assert words in window_view(trace, name, 3, 0, way=way).words
    beyond = traced(network_of(Conv2d(2, kernel=(1, 1), stride=(2, 2), padding="valid"), (1, 4, 4)), 1)
    found = window_view(beyond, "input.dout", 1, 0)
    assert "No window lies over this cell" in found.words
    assert (found.value, found.total) == (0, 0)


@pytest.mark.parametrize(
    ("name", "cell", "example", "more", "error", "words"),
    [
        ("relu1.out", 0, 0, {}, NotSlid, "ask for conv1.out, conv1.dw or conv1.dx, conv2.out, conv2.dw or"),
        ("conv1.w", 0, 0, {}, NotSlid, "No window slid over anything to make conv1.w"),
        ("conv1.db", 0, 0, {}, NotSlid, "conv1.db"),
        ("conv1.dout", 0, 0, {}, NotSlid, "conv1.dout"),
        ("conv1.delta_w", 0, 0, {}, NotSlid, "conv1.delta_w"),
        ("loss.loss", 0, 0, {}, NotSlid, "loss.loss"),
        ("input.out", 0, 0, {}, NotSlid, "input.out"),
        ("conv9.out", 0, 0, {}, UnknownTensor, "did you mean"),
        ("conv1.out", 10**9, 0, {}, UnknownCell, "the last one is"),
        ("conv1.out", 0, 3, {}, UnknownExample, "no example 3"),
        ("conv1.out", 5, 0, {"done": 5}, UnknownMoment, "window 6 makes it"),
        ("conv1.dw", 5, 0, {"done": 10**6}, UnknownMoment, "it has 1 to 168"),
    ],
)
def test_a_tensor_without_windows_is_refused(
    name: str, cell: int, example: int, more: dict[str, int], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        window_view(traced(small_network(), 1), name, cell, example, **more)


def test_the_refusal_says_that_a_network_has_no_convolution() -> None:
    trace = traced(build([Flatten(), Dense(4)], (1, 2, 2), True, LOSS, 4), 1)
    with pytest.raises(NotSlid, match="this network has no convolution"):
        window_view(trace, "dense.out", 0, 0)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_none(odd: float) -> None:
    trace = traced(small_network(), 2)
    trace.records[3].x.setflags(write=True)
    trace.records[3].dout.setflags(write=True)
    trace.records[3].x[...] = np.inf
    trace.records[3].dout[...] = odd
    trace.records[3].dout[0] = -np.inf
    for name, way in (("out", "stamps"), ("dw", "stamps"), ("dx", "stamps"), ("dx", "correlation")):
        found = window_view(trace, f"conv2.{name}", 7, 0, way=way, count=1)
        assert found.total is None
        assert found.limit >= 0
    assert found.agreement is not None
    assert not found.agreement.agree
    assert "not finite" in found.agreement.words
