"""The data set "drawn": its scans are those of "digits", and its other digits came the way of a drawing."""

import numpy as np
from PIL import Image

from server.data import load
from server.data.pen.handwriting import write_digits
from server.data.pictures.pipeline import extract_digit
from server.data.sets.drawn import SEED, to_input

DRAWN, DIGITS = load("drawn"), load("digits")


def test_its_scans_are_those_of_digits_and_it_is_tested_on_scans_alone() -> None:
    scans = DIGITS.train_examples
    assert (DRAWN.train_x[..., :scans] == DIGITS.train_x).all()
    assert (DRAWN.train_targets[:, :scans] == DIGITS.train_targets).all()
    assert (DRAWN.test_x == DIGITS.test_x).all()
    assert (DRAWN.test_targets == DIGITS.test_targets).all()


def test_its_other_digits_are_what_a_drawing_of_them_becomes() -> None:
    images, labels = write_digits(8, SEED)
    scans = DIGITS.train_examples
    for number in range(8):
        large = np.kron(images[0, ..., number], np.ones((6, 6)))
        drawing = Image.fromarray(np.rint(255 * (1 - large)).astype(np.uint8))
        example = DRAWN.train_x[..., scans + number]
        assert np.abs(extract_digit(drawing, "drawn").stored - example).mean() < 0.06
        assert DRAWN.train_targets[labels[number], scans + number] == 1


def test_it_is_in_sixteenths_and_has_as_much_ink_as_the_scans() -> None:
    assert (DRAWN.train_x * 16 == np.rint(DRAWN.train_x * 16)).all()
    added = DRAWN.train_x[..., DIGITS.train_examples :]
    assert abs(added.mean() - DIGITS.train_x.mean()) < 0.02


def test_an_image_is_made_the_same_whatever_is_around_it_and_stays_as_it_is() -> None:
    image = write_digits(1, 5)[0][0, ..., 0]
    before = image.copy()
    assert (to_input(image) == to_input(np.pad(image, 9))).all()
    assert (image == before).all()
