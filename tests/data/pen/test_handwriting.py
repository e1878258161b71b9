"""Generated handwriting: format, statistics, styles and determinism."""

import re

import numpy as np
import pytest

from server.data.pen import handwriting as module
from server.data.pen.handwriting import BRIGHTEST, CHUNK, CLASSES, SIDE, write_digits
from server.data.pen.strokes import STYLES

COUNT = 2000
MOST_STEP = 0.1
GOLDEN_LABELS, GOLDEN_INK, GOLDEN_PLACES = [8, 4, 1, 6, 3, 2, 7, 5, 9, 0], 2_841_808, 115_185_022_487
IMAGES, LABELS = write_digits(COUNT, 7)


def ink_along(images: np.ndarray) -> list[np.ndarray]:
    """The ink in each row (28, N), and in each column (28, N), of images (1, 28, 28, N)."""
    return [images[0].sum(axis=axis) for axis in (1, 0)]


def test_shapes_types_and_read_only_arrays() -> None:
    assert IMAGES.shape == (1, 28, 28, COUNT)
    assert LABELS.shape == (COUNT,)
    assert IMAGES.dtype == np.float64
    assert LABELS.dtype == np.intp
    for array in (IMAGES, LABELS):
        assert not array.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            array[..., 0] = 0


def test_pixels_have_256_shades_from_0_to_1() -> None:
    assert (IMAGES.min(), IMAGES.max()) == (0, 1)
    assert (np.rint(IMAGES * 255) / 255 == IMAGES).all()
    assert np.unique(IMAGES).size > 200
    assert (IMAGES.max(axis=(0, 1, 2)) > 0.5).all()


def test_every_ten_examples_contain_each_digit_once_in_random_order() -> None:
    blocks = LABELS.reshape(-1, CLASSES)
    assert (np.sort(blocks, axis=1) == np.arange(CLASSES)).all()
    assert np.unique(blocks, axis=0).shape[0] > 0.9 * len(blocks)
    first = np.bincount(blocks[:, 0], minlength=CLASSES) / len(blocks)
    assert np.abs(first - 0.1).max() < 0.08


@pytest.mark.parametrize("count", [1, 9, 10, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7])
def test_the_first_examples_do_not_depend_on_the_count(count: int) -> None:
    images, labels = write_digits(count, 7)
    assert images.shape[-1] == labels.size == count
    assert (images == IMAGES[..., :count]).all()
    assert (labels == LABELS[:count]).all()


def test_examples_do_not_depend_on_the_chunk_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 13)
    assert (write_digits(150, 7)[0] == IMAGES[..., :150]).all()


def test_another_seed_gives_other_digits_in_another_order() -> None:
    images, labels = write_digits(200, 8)
    assert (labels != LABELS[:200]).any()
    assert (images != IMAGES[..., :200]).any(axis=(0, 1, 2)).all()


def test_digits_of_a_seed_never_change() -> None:
    """Every operation is exact or correctly rounded, so these sums of integers hold on every machine."""
    shades = np.rint(IMAGES[..., :CHUNK] * BRIGHTEST).astype(np.int64)
    assert LABELS[:10].tolist() == GOLDEN_LABELS
    assert int(shades.sum()) == GOLDEN_INK
    assert int((shades * np.arange(1, shades.size + 1).reshape(shades.shape)).sum()) == GOLDEN_PLACES


def test_no_two_images_are_equal() -> None:
    assert np.unique(IMAGES.reshape(-1, COUNT), axis=1).shape[1] == COUNT


def test_the_centre_of_mass_is_at_14_14_unless_ink_would_be_lost() -> None:
    off = []
    for ink in ink_along(IMAGES):
        mean = (ink * np.arange(SIDE)[:, None]).sum(axis=0) / ink.sum(axis=0)
        off.append(np.abs(mean - 14))
    assert np.max(off) <= 1
    assert np.quantile(off, 0.99) <= 0.5


def test_the_ink_fills_a_box_of_20x20_in_one_direction() -> None:
    spans = []
    for ink in ink_along(IMAGES):
        first, beyond = (ink > 0).argmax(axis=0), SIDE - (ink[::-1] > 0).argmax(axis=0)
        spans.append(beyond - first)
    assert np.max(spans) == 20
    assert np.maximum(*spans).min() >= 10
    assert np.quantile(np.maximum(*spans), 0.05) == 20


def test_a_ring_fills_the_box_with_the_right_amount_of_ink() -> None:
    turn = np.linspace(0, 2 * np.pi, module.SAMPLES)
    path = np.stack((np.cos(turn), np.sin(turn)), axis=-1)[None]
    half = np.full((1, 1, 1), 0.25)
    box = module._rasterise(path, np.full_like(path, 0.25), half, np.ones((1, 1, 1)))[0] / BRIGHTEST
    assert all(side.any() for side in (box[0], box[-1], box[:, 0], box[:, -1]))
    assert box[:, ::-1] == pytest.approx(box, abs=0.02)
    assert pytest.approx(box, abs=0.02) == box.T
    assert box.sum() == pytest.approx(np.pi * 10**2 * (1 - (0.75 / 1.25) ** 2), rel=0.02)


def test_edges_are_soft_and_stroke_widths_vary() -> None:
    ink = IMAGES.sum(axis=(0, 1, 2))
    grey = ((IMAGES > 0) & (IMAGES < 1)).sum(axis=(0, 1, 2))
    assert (grey > 0.2 * ink).all()
    for digit in range(CLASSES):
        lightest, heaviest = np.quantile(ink[digit == LABELS], [0.05, 0.95])
        assert heaviest > 1.5 * lightest


def test_styles_are_chosen_by_weight_and_for_their_digit_only() -> None:
    uniform = (np.arange(10_000) + 0.5) / 10_000
    for digit in range(CLASSES):
        numbers = [number for number, style in enumerate(STYLES) if style.digit == digit]
        weights = np.array([STYLES[number].weight for number in numbers])
        chosen = module._choose_styles(np.full(uniform.size, digit), uniform)
        assert np.unique(chosen).tolist() == numbers
        share = np.bincount(chosen)[numbers] / uniform.size
        assert share == pytest.approx(weights / weights.sum(), abs=1e-3)


@pytest.mark.parametrize("number", range(len(STYLES)))
def test_splines_go_through_their_points_and_stay_close(number: int) -> None:
    curves = module._curves()
    points = curves.points[number][: len(set(" ".join(STYLES[number].strokes).split()))]
    path = module._spline_points(points[None], curves.control[None, number], curves.weights[None, number])[0]
    away = np.sqrt(((path[:, None] - points) ** 2).sum(axis=2))
    assert away.min(axis=0).max() < 0.05
    assert away.min(axis=1).max() < 0.7
    assert curves.weights[number].sum(axis=1) == pytest.approx(1)
    steps = np.sqrt((np.diff(path, axis=0) ** 2).sum(axis=1))
    assert steps[np.diff(curves.along[number]) > 0].max() < MOST_STEP


@pytest.mark.parametrize("number", [n for n, style in enumerate(STYLES) if len(style.strokes) > 1])
def test_strokes_that_share_a_point_stay_joined_when_it_moves(number: int) -> None:
    curves, strokes = module._curves(), STYLES[number].strokes
    moved = np.random.default_rng(number).random((1, *curves.points[number].shape))
    path = module._spline_points(moved, curves.control[None, number], curves.weights[None, number])[0]
    starts = np.flatnonzero(np.diff(curves.along[number]) < 0) + 1
    assert starts.size == len(strokes) - 1
    for start, before, after in zip(starts, strokes[:-1], strokes[1:], strict=True):
        joined = before.split()[-1] == after.split()[0]
        assert (np.abs(path[start] - path[start - 1]).max() < 1e-12) == joined


def test_a_nearest_neighbour_generalises_to_another_seed() -> None:
    """1-nearest-neighbour classification with 1,000 examples. Chance is right for a tenth."""
    examples, labels = (array[..., :1000].reshape(-1, 1000) for array in (IMAGES, LABELS))
    images, truth = write_digits(500, 8)
    images = images.reshape(-1, 500)
    distances = (examples**2).sum(axis=0)[:, None] - 2 * examples.T @ images
    right = labels[0][distances.argmin(axis=0)] == truth
    assert right.mean() > 0.7
    assert min(right[truth == digit].mean() for digit in range(CLASSES)) > 0.45


@pytest.mark.parametrize(
    ("count", "seed", "sentence"),
    [
        (0, 1, "0 examples cannot be written: ask for 1 or more."),
        (-3, 1, "-3 examples cannot be written: ask for 1 or more."),
        (1, -1, "The seed is -1: it must be from 0 to 2**64 - 1."),
        (1, 2**64, f"The seed is {2**64}: it must be from 0 to 2**64 - 1."),
    ],
)
def test_arguments_out_of_range_are_refused(count: int, seed: int, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        write_digits(count, seed)


def test_the_largest_seed_is_allowed() -> None:
    assert write_digits(1, 2**64 - 1)[0].max() > 0
