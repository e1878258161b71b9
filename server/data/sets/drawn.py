"""The data set "drawn": 8x8 digits for networks that will read drawings and photos.

The training part consists of the scans of "digits" and of generated digits (`server.data.pen.handwriting`).
A generated digit is converted to 8x8 by the function that converts drawings and photos
(`server.data.pictures.formats`). The test part contains scans only.
"""

import numpy as np
from numpy.typing import NDArray

from server.data.dataset import Dataset, Stored, labelled_dataset
from server.data.disk_cache import Arrays, cached
from server.data.pen.handwriting import write_digits
from server.data.pictures.formats import (
    INK_THRESHOLD,
    UCI_8X8,
    estimate_shear,
    render,
    signed_distance,
    to_mask,
)
from server.data.sets.digits import digits

Floats = NDArray[np.float64]

GENERATED, SEED = 2563, 3
MODULES = ("sets/drawn", "pictures/formats", "pen/handwriting", "pen/strokes")
"""The modules that the generated digits depend on."""


def drawn() -> Dataset:
    """4,000 digits for training, 1,437 of them scans, and 360 scans for testing; the same on every call."""
    scans = digits()
    generated = cached("drawn", MODULES, _generate)
    return labelled_dataset(
        "drawn",
        "drawn and scanned digits, 8x8",
        "The image's pixels, from 0 (paper) to 1 (ink), as of a drawing.",
        scans.classes,
        (
            np.concatenate([np.moveaxis(scans.train_x, -1, 0), generated["images"]]),
            np.concatenate([scans.train_targets.argmax(axis=0), generated["labels"]]),
        ),
        (np.ascontiguousarray(np.moveaxis(scans.test_x, -1, 0)), scans.test_targets.argmax(axis=0)),
    )


def _generate() -> Arrays:
    images, labels = write_digits(GENERATED, SEED)
    return {
        "images": np.stack([to_input(image) for image in np.moveaxis(images[0], -1, 0)]),
        "labels": labels,
    }


def to_input(image: Floats) -> Stored:
    """The input (1, 8, 8) for an image (H, W) of one digit, 0 to 1, as for a drawing of that digit."""
    ink = image / image.max()
    rows = np.flatnonzero(ink.max(axis=1) >= INK_THRESHOLD)
    columns = np.flatnonzero(ink.max(axis=0) >= INK_THRESHOLD)
    # The bounding box with one more pixel on each side, for the soft edge.
    cropped = np.pad(ink, 1)[rows[0] : rows[-1] + 3, columns[0] : columns[-1] + 3]
    return render(signed_distance(to_mask(cropped, estimate_shear(cropped))), UCI_8X8).stored
