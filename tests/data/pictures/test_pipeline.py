"""From a picture to an input: what each stage promises, on generated digits and on arbitrary pictures."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageDraw, ImageOps

from server.data import load
from server.data.errors import PictureError
from server.data.pen.handwriting import write_digits
from server.data.pictures import pipeline
from server.data.pictures.corrections import NO_CORRECTIONS, Corrections
from server.data.pictures.formats import FORMATS
from server.data.pictures.pipeline import ExtractedDigit, extract_digit

DIGITS = np.moveaxis(write_digits(20, 11)[0][0], -1, 0)
STAGES = ["grey", "even", "ink", "lines", "clean", "crop", "scale", "stroke", "centre", "input"]


GRAIN = "Nothing on it stands out from the grain"


def sheet(digit: np.ndarray, size: int = 240, left: int = 50, top: int = 40, side: int = 140) -> np.ndarray:
    """The brightness (size, size), 0 to 1, of a digit (28, 28) on white paper."""
    large = Image.fromarray(digit.astype(np.float32)).resize((side, side), Image.Resampling.BICUBIC)
    paper = np.ones((size, size))
    paper[top : top + side, left : left + side] -= np.clip(np.asarray(large), 0, 1)
    return paper


def image(brightness: np.ndarray) -> Image.Image:
    return Image.fromarray(np.rint(np.clip(brightness, 0, 1) * 255).astype(np.uint8))


def difference(one: ExtractedDigit, other: ExtractedDigit) -> float:
    """The mean absolute difference of two inputs, 1 for full ink, at the best alignment within one pixel."""
    scale = 1 / 255 if one.stored.dtype == np.uint8 else 1.0
    ink, other_ink = (reading.stored[0].astype(float) * scale for reading in (one, other))
    steps = (-1, 0, 1) if len(ink) == 28 else (0,)
    return min(
        float(np.abs(np.roll(ink, (down, right), (0, 1)) - other_ink).mean())
        for down in steps
        for right in steps
    )


def words(reading: ExtractedDigit, key: str) -> str:
    return next(stage.words for stage in reading.stages if stage.key == key)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_the_input_has_the_dtype_and_scale_of_the_data_set(name: str) -> None:
    reading = extract_digit(image(sheet(DIGITS[0])), name)
    form = FORMATS[name]
    assert reading.stored.shape == form.shape
    if form.kind == "uci":
        dataset = load(name)
        assert (reading.stored.dtype, form.scale) == (dataset.train_x.dtype, dataset.scale)
        assert (reading.stored * 16 == np.rint(reading.stored * 16)).all()
    else:
        dataset = load("handwriting")
        assert (reading.stored.dtype, form.scale) == (dataset.train_x.dtype, dataset.scale)
    assert reading.stages[-1].picture == pytest.approx(reading.stored[0] * form.scale)


@pytest.mark.parametrize("name", ["digits", "mnist"])
def test_every_stage_has_a_picture_a_title_and_a_sentence(name: str) -> None:
    reading = extract_digit(image(sheet(DIGITS[1])), name)
    assert [stage.key for stage in reading.stages] == STAGES
    for stage in reading.stages:
        assert stage.picture.ndim == 2
        assert 0 <= stage.picture.min() <= stage.picture.max() <= 1
        assert stage.words.endswith(".")
        assert stage.title
    assert [stage.is_ink for stage in reading.stages] == [False] * 2 + [True] * 8


def test_8x8_inputs_have_the_mean_ink_of_the_data_set() -> None:
    inks = [extract_digit(image(sheet(digit)), "digits").stored.mean() for digit in DIGITS]
    assert np.mean(inks) == pytest.approx(load("digits").train_x.mean(), abs=0.02)


@pytest.mark.parametrize("digit", DIGITS[:6])
def test_28x28_inputs_are_centred_by_mass_in_a_box_of_20x20(digit: np.ndarray) -> None:
    ink = extract_digit(image(sheet(digit)), "mnist").stored[0].astype(float)
    rows = (ink.sum(axis=1) @ np.arange(28)) / ink.sum()
    columns = (ink.sum(axis=0) @ np.arange(28)) / ink.sum()
    filled = np.flatnonzero(ink.max(axis=1)), np.flatnonzero(ink.max(axis=0))
    for middle, cells in zip((rows, columns), filled, strict=True):
        assert abs(middle - 14) <= 0.75 or cells[0] == 0 or cells[-1] == 27
        assert cells[-1] - cells[0] < 20


@pytest.mark.parametrize("name", ["digits", "mnist"])
@pytest.mark.parametrize("digit", DIGITS[:10])
def test_light_on_dark_gives_the_same_input_as_dark_on_light(digit: np.ndarray, name: str) -> None:
    paper = sheet(digit)
    assert difference(extract_digit(image(paper), name), extract_digit(image(1 - paper), name)) < 0.02


def test_the_brightness_of_paper_is_named_as_that_of_the_inverted_picture() -> None:
    reading = extract_digit(image(0.9 - 0.8 * sheet(DIGITS[0])), "mnist")
    assert words(reading, "even") == (
        "Light on dark, so it is inverted. The light is even: the paper's brightness is 0.90 everywhere."
    )


@settings(deadline=None, max_examples=8)
@given(
    number=st.integers(0, 19), left=st.integers(10, 90), top=st.integers(10, 90), side=st.integers(60, 140)
)
def test_position_and_size_hardly_change_the_input(number: int, left: int, top: int, side: int) -> None:
    plain = extract_digit(image(sheet(DIGITS[number])), "mnist")
    moved = extract_digit(image(sheet(DIGITS[number], left=left, top=top, side=side)), "mnist")
    assert difference(plain, moved) < 0.06


@pytest.mark.parametrize("digit", DIGITS[:6])
def test_a_shadow_hardly_changes_the_input(digit: np.ndarray) -> None:
    paper = sheet(digit)
    light = np.where(np.arange(240) < 130, 0.9, 0.5)
    reading = extract_digit(image(paper * light), "mnist")
    assert difference(extract_digit(image(paper), "mnist"), reading) < 0.03
    assert re.search(r"from 0\.5\d? to 0\.9|from 0\.50 to 0\.90", words(reading, "even"))


def ruled(paper: np.ndarray, dark: float, down: bool, slope: float = 0.0) -> np.ndarray:
    row, column = np.mgrid[: paper.shape[0], : paper.shape[1]]
    lines = ((row + slope * column + 7) % 30 < 2) | (down & ((column - slope * row + 3) % 30 < 2))
    return np.where(lines, np.minimum(paper, 1 - dark), paper)


@pytest.mark.parametrize("slope", [0.0, 0.05, -0.1])
@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("dark", [0.3, 0.7])
def test_ruled_lines_are_removed_and_the_digit_stays(dark: float, down: bool, slope: float) -> None:
    for digit in DIGITS[:4]:
        paper = sheet(digit)
        reading = extract_digit(image(ruled(paper, dark, down, slope)), "mnist")
        assert difference(extract_digit(image(paper), "mnist"), reading) < 0.06
        assert "lines of the paper went" in words(reading, "lines")


def test_ruled_lines_can_be_kept() -> None:
    paper = ruled(sheet(DIGITS[2]), 0.7, down=False)
    kept, gone = (
        extract_digit(image(paper), "mnist", Corrections(keep_lines=True)),
        extract_digit(image(paper), "mnist"),
    )
    assert "kept" in words(kept, "lines")
    assert difference(kept, gone) > 0.02


def test_lines_are_kept_if_there_is_nothing_else() -> None:
    reading = extract_digit(image(ruled(np.ones((240, 240)), 0.6, down=False)), "mnist")
    assert "no lines" in words(reading, "lines")
    assert [doubt.key for doubt in reading.doubts][-1:] == ["at_border"]


def two_digits() -> Image.Image:
    paper = np.ones((200, 400))
    paper[:, :200] = sheet(DIGITS[0], 200, 30, 30, 130)
    paper[:, 200:] = sheet(DIGITS[1], 200, 40, 40, 120)
    return image(paper)


def test_several_digits_are_reported_and_one_can_be_chosen() -> None:
    reading = extract_digit(two_digits(), "mnist")
    assert [doubt.key for doubt in reading.doubts] == ["several"]
    assert reading.doubts[0].words.startswith("2 digits were found")
    (first, second) = reading.boxes
    assert 0 < first[0] < first[2] < 0.5 < second[0] < second[2] < 1
    for number, digit in enumerate(DIGITS[:2]):
        chosen = extract_digit(two_digits(), "mnist", Corrections(chosen=number))
        assert (chosen.chosen, chosen.doubts) == (number, ())
        assert difference(chosen, extract_digit(image(sheet(digit)), "mnist")) < 0.05
    with pytest.raises(PictureError, match=r"^There is no digit 2: 2 were found, numbered from 0 to 1\.$"):
        extract_digit(two_digits(), "mnist", Corrections(chosen=2))


def test_a_crop_excludes_everything_outside() -> None:
    cropped = extract_digit(two_digits(), "mnist", Corrections(crop=(0.5, 0.0, 1.0, 1.0)))
    assert cropped.doubts == ()
    assert len(cropped.boxes) == 1
    assert difference(cropped, extract_digit(two_digits(), "mnist", Corrections(chosen=1))) < 0.01


def test_strokes_can_be_thickened_and_ink_can_be_inverted() -> None:
    paper = Image.new("L", (240, 240), 255)
    ImageDraw.Draw(paper).line([(60, 40), (160, 40), (90, 200)], fill=0, width=12)
    for name in ("digits", "mnist"):
        inks = [
            extract_digit(paper, name, Corrections(thicker=steps)).stored.mean()
            for steps in (-2, -1, 0, 1, 2)
        ]
        assert (np.diff(inks) >= 0).all()
        assert inks[4] > inks[2] > inks[0]
    assert words(extract_digit(paper, "mnist", Corrections(inverted=True)), "ink").startswith(
        "The ink is lighter"
    )
    assert words(extract_digit(paper, "mnist"), "ink").startswith("The ink is darker")
    assert words(extract_digit(ImageOps.invert(paper), "mnist"), "ink").startswith("The ink is lighter")


@pytest.mark.parametrize("ink", [(0, 0, 0), (255, 255, 255), (30, 60, 200)])
def test_a_transparent_background_is_paper(ink: tuple[int, int, int]) -> None:
    alpha = image(1 - sheet(DIGITS[4]))
    drawing = Image.new("RGBA", alpha.size, (*ink, 0))
    drawing.putalpha(alpha)
    assert difference(extract_digit(drawing, "mnist"), extract_digit(image(sheet(DIGITS[4])), "mnist")) < 0.02


def test_lines_of_one_pixel_are_not_lost() -> None:
    drawing = Image.new("L", (400, 400), 255)
    ImageDraw.Draw(drawing).line([(100, 60), (300, 60), (180, 350)], fill=0, width=1)
    for name in ("digits", "mnist"):
        reading = extract_digit(drawing, name)
        assert (reading.boxes[0][3] - reading.boxes[0][1]) > 0.65
        assert reading.stages[-1].picture.max() > 0.5
        assert reading.stages[-1].picture.mean() > 0.04


def test_a_digit_at_the_border_raises_a_doubt() -> None:
    reading = extract_digit(image(sheet(DIGITS[5], size=140, left=0, top=0)[:, 30:95]), "mnist")
    assert "at_border" in [doubt.key for doubt in reading.doubts]


@pytest.mark.parametrize(
    ("brightness", "sentence"),
    [
        (np.ones((280, 280)), "There is nothing on it"),
        (np.zeros((20, 300)), "There is nothing on it"),
        (np.full((1, 1), 0.3), "There is nothing on it"),
        (0.6 + 0.02 * np.random.default_rng(1).standard_normal((300, 400)), "Nothing on it stands out"),
        (0.78 + 0.016 * np.random.default_rng(0).standard_normal((300, 300)), GRAIN),
        (0.2 + 0.08 * np.random.default_rng(2).standard_normal((600, 800)), GRAIN),
    ],
)
def test_blank_pictures_are_refused(brightness: np.ndarray, sentence: str) -> None:
    with pytest.raises(PictureError, match=f"^{sentence}"):
        extract_digit(image(brightness), "digits")


def test_pencil_on_grainy_paper_is_found() -> None:
    grain = 0.03 * np.random.default_rng(3).standard_normal((240, 240))
    for number in range(5):
        pencil = 0.8 - 0.25 * (1 - sheet(DIGITS[number]))
        clean, noisy = (extract_digit(image(page), "mnist") for page in (pencil, pencil + grain))
        assert difference(noisy, clean) < 0.05


@pytest.mark.parametrize(("noise", "is_ink", "shade"), [(0.0, True, 0.525), (0.09, False, 0.4667)])
def test_the_threshold_of_ink_rises_with_the_noise_and_has_a_shade_of_one_half(
    noise: float, is_ink: bool, shade: float
) -> None:
    dark = np.zeros((60, 60))
    dark[20:40, 20:30] = 0.6
    dark[20:40, 30:34] = 0.42 * 0.6
    found = pipeline._find_ink(pipeline._Page(1 - dark, False, 1 - dark, dark, noise), NO_CORRECTIONS)
    assert found.mask[20:40, 20:30].all()
    assert (found.mask[20:40, 30:34] == is_ink).all()
    assert found.shades[20:40, 30:34] == pytest.approx(shade, abs=1e-4)


def test_data_sets_without_digits_are_refused() -> None:
    with pytest.raises(PictureError, match="data sets alone: digits, drawn, handwriting, mnist"):
        extract_digit(image(sheet(DIGITS[0])), "shapes")


@pytest.mark.parametrize(
    ("corrections", "words"),
    [
        ({"crop": (0.5, 0, 0.4, 1)}, "must lie in the picture"),
        ({"crop": (0, 0, 1.2, 1)}, "must lie in the picture"),
        ({"crop": (0.5, 0.5, 0.51, 0.9)}, "at least 2%"),
        ({"thicker": 9}, "up to 4 steps"),
    ],
)
def test_corrections_out_of_range_are_refused(corrections: dict[str, object], words: str) -> None:
    with pytest.raises(PictureError, match=words):
        Corrections(**corrections)  # type: ignore[arg-type]


@settings(deadline=None, max_examples=25)
@given(
    pixels=arrays.arrays(
        np.uint8,
        st.one_of(
            st.tuples(st.integers(1, 40), st.integers(1, 40)),
            st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3)),
            st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(4)),
        ),
    ),
    name=st.sampled_from(sorted(FORMATS)),
    corrections=st.builds(
        Corrections,
        crop=st.sampled_from([None, (0.1, 0.2, 0.7, 0.9)]),
        inverted=st.booleans(),
        thicker=st.integers(-4, 4),
        keep_lines=st.booleans(),
    ),
)
def test_any_picture_gives_an_input_or_a_message(
    pixels: np.ndarray, name: str, corrections: Corrections
) -> None:
    picture = Image.fromarray(pixels)
    before = picture.tobytes()
    try:
        reading = extract_digit(picture, name, corrections)
    except PictureError as error:
        sentence = str(error)
    else:
        sentence = "No message."
        assert reading.stored.shape == FORMATS[name].shape
        for stage in reading.stages:
            assert np.isfinite(stage.picture).all()
            assert 0 <= stage.picture.min() <= stage.picture.max() <= 1
        again = extract_digit(picture, name, corrections)
        assert again.stored.tobytes() == reading.stored.tobytes()
    assert sentence.endswith(".")
    assert picture.tobytes() == before
