"""Pictures that become inputs, as messages."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from server.data.formats import FORMATS
from server.data.pictures import decoded
from server.data.stages import Corrections, Stage, read
from server.wire.encode import typed_array
from server.wire.messages import DigitReading, DigitStage, Doubt

WHITE = 255
ENOUGH = 1024
"""A side of so many pixels is enough to read a digit."""


def reading(data: bytes, dataset: str, corrections: Corrections, side: int) -> DigitReading:
    """The digit in a picture's file as an input; stages are drawn at most `side` pixels wide and high.

    PictureError.
    """
    found = read(decoded(data, enough=ENOUGH), dataset, corrections)
    numbers = (found.stored * FORMATS[dataset].scale).astype(np.float32)
    return DigitReading(
        dataset=dataset,
        stages=tuple(_stage(stage, side) for stage in found.stages),
        input=typed_array(numbers),
        boxes=found.boxes,
        chosen=found.chosen,
        doubts=tuple(Doubt(key=doubt.key, words=doubt.words) for doubt in found.doubts),
    )


def _stage(stage: Stage, side: int) -> DigitStage:
    shades = np.round(np.clip(stage.picture, 0, 1) * WHITE).astype(np.uint8)
    return DigitStage(
        key=stage.key,
        title=stage.title,
        words=stage.words,
        picture=typed_array(_reduced(shades, side)),
        is_ink=stage.is_ink,
    )


def _reduced(shades: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    if max(shades.shape) <= side:
        return shades
    image = Image.fromarray(shades)
    image.thumbnail((side, side), Image.Resampling.BOX)
    return np.asarray(image)
