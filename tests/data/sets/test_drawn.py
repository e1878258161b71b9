"""The data set "drawn": the scans of "digits", and generated digits that are converted like drawings."""

from pathlib import Path

import numpy as np
from PIL import Image

from server.data import load
from server.data.pen.handwriting import write_digits
from server.data.pictures.pipeline import extract_digit
from server.data.sets import drawn
from server.data.sets.generated_digits import SEED, to_input, write

DRAWN, DIGITS = load("drawn"), load("digits")


def test_scans_are_those_of_digits_and_the_test_part_has_only_scans() -> None:
    scans = DIGITS.train_examples
    assert (DRAWN.train_x[..., :scans] == DIGITS.train_x).all()
    assert (DRAWN.train_targets[:, :scans] == DIGITS.train_targets).all()
    assert (DRAWN.test_x == DIGITS.test_x).all()
    assert (DRAWN.test_targets == DIGITS.test_targets).all()


def test_generated_digits_are_close_to_drawings_of_them() -> None:
    images, labels = write_digits(8, SEED)
    scans = DIGITS.train_examples
    for number in range(8):
        large = np.kron(images[0, ..., number], np.ones((6, 6)))
        drawing = Image.fromarray(np.rint(255 * (1 - large)).astype(np.uint8))
        example = DRAWN.train_x[..., scans + number]
        assert np.abs(extract_digit(drawing, "drawn").stored - example).mean() < 0.06
        assert DRAWN.train_targets[labels[number], scans + number] == 1


def test_pixels_are_sixteenths_with_the_mean_ink_of_the_scans() -> None:
    assert (DRAWN.train_x * 16 == np.rint(DRAWN.train_x * 16)).all()
    added = DRAWN.train_x[..., DIGITS.train_examples :]
    assert abs(added.mean() - DIGITS.train_x.mean()) < 0.02


def test_the_file_of_generated_digits_is_what_is_generated(tmp_path: Path) -> None:
    write(tmp_path / "written.npy")
    assert (tmp_path / "written.npy").read_bytes() == drawn.FILE.read_bytes()
    assert drawn.FILE.stat().st_size < 200_000


def test_conversion_ignores_margins_and_does_not_change_the_image() -> None:
    image = write_digits(1, 5)[0][0, ..., 0]
    before = image.copy()
    assert (to_input(image) == to_input(np.pad(image, 9))).all()
    assert (image == before).all()
