"""The data set "drawn": 8x8 digits for networks that are to read drawings and photos.

Its examples are those of "digits", which are scans, and digits of our own pen
(`server.data.pen.handwriting`).
The latter come the way that a drawing or a photo comes: by the last step that makes an input
(`server.data.pictures.formats`). It is tested on scans alone.
"""

import numpy as np
from numpy.typing import NDArray

from server.data.dataset import Dataset, Stored, classified
from server.data.disk_cache import Arrays, made
from server.data.pen.handwriting import handwriting
from server.data.pictures.formats import BLOCKS, INKED, outline, placed, scaled, slant
from server.data.sets.digits import digits

Floats = NDArray[np.float64]

WRITTEN, SEED = 2563, 3
MAKERS = ("sets/drawn", "pictures/formats", "pen/handwriting", "pen/strokes")
"""The modules whose code the digits of our own pen are made by."""


def drawn() -> Dataset:
    """4,000 digits to train with, 1,437 of them scans, and 360 scans to test with; the same every time."""
    scans = digits()
    written = made("drawn", MAKERS, _written)
    return classified(
        "drawn",
        "drawn and scanned digits, 8x8",
        "The image's pixels, from 0 (paper) to 1 (ink), as of a drawing.",
        scans.classes,
        (
            np.concatenate([np.moveaxis(scans.train_x, -1, 0), written["images"]]),
            np.concatenate([scans.train_targets.argmax(axis=0), written["labels"]]),
        ),
        (np.ascontiguousarray(np.moveaxis(scans.test_x, -1, 0)), scans.test_targets.argmax(axis=0)),
    )


def _written() -> Arrays:
    images, labels = handwriting(WRITTEN, SEED)
    return {
        "images": np.stack([as_drawn(image) for image in np.moveaxis(images[0], -1, 0)]),
        "labels": labels,
    }


def as_drawn(image: Floats) -> Stored:
    """An image (H, W) of one digit, 0 to 1, as the input (1, 8, 8) that a drawing of it would become."""
    ink = image / image.max()
    rows, columns = np.flatnonzero(ink.max(axis=1) >= INKED), np.flatnonzero(ink.max(axis=0) >= INKED)
    # One pixel more on each side, for the soft edge.
    cut = np.pad(ink, 1)[rows[0] : rows[-1] + 3, columns[0] : columns[-1] + 3]
    return placed(outline(scaled(cut, slant(cut))), BLOCKS).stored
