"""The generated digits of the data set "drawn", which come with the package: `drawn.npy`.

A generated digit (`server.data.pen.handwriting`) is converted to 8x8 by the function that converts drawings
and photos (`server.data.pictures.formats`). That takes seconds, so the result is kept in a file. After a
change of this code, `python -m server.data.sets.generated_digits` writes it again.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from server.data.dataset import Stored
from server.data.pen.handwriting import write_digits
from server.data.pictures.formats import (
    INK_THRESHOLD,
    UCI_8X8,
    estimate_shear,
    render,
    signed_distance,
    to_mask,
)
from server.data.sets.digits import BLOCK_PIXELS
from server.data.sets.drawn import FILE

Floats = NDArray[np.float64]

GENERATED, SEED = 2563, 3


def generate(count: int = GENERATED) -> NDArray[np.uint8]:
    """The first digits of the file: a row has 64 pixels, 0 (paper) to 16 (ink), and the label."""
    images, labels = write_digits(count, SEED)
    pixels = [BLOCK_PIXELS * to_input(image).ravel() for image in np.moveaxis(images[0], -1, 0)]
    return np.column_stack([np.rint(pixels), labels]).astype(np.uint8)


def to_input(image: Floats) -> Stored:
    """The input (1, 8, 8) for an image (H, W) of one digit, 0 to 1, as for a drawing of that digit."""
    ink = image / image.max()
    rows = np.flatnonzero(ink.max(axis=1) >= INK_THRESHOLD)
    columns = np.flatnonzero(ink.max(axis=0) >= INK_THRESHOLD)
    # The bounding box with one more pixel on each side, for the soft edge.
    cropped = np.pad(ink, 1)[rows[0] : rows[-1] + 3, columns[0] : columns[-1] + 3]
    return render(signed_distance(to_mask(cropped, estimate_shear(cropped))), UCI_8X8).stored


def write(path: Path = FILE) -> None:
    """Write the file."""
    np.save(path, generate())


if __name__ == "__main__":
    write()
