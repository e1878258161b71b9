"""Digits extracted from pictures, and collections of digits, as messages."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from server.data import load
from server.data.pictures.corrections import Corrections
from server.data.pictures.decode import decode
from server.data.pictures.formats import FORMATS
from server.data.pictures.pipeline import DECODE_SIDE, extract_digit
from server.data.pictures.stages import Stage
from server.data.uploads import store
from server.data.uploads.upload import Base, Upload
from server.recipe.checks import check_label
from server.recipe.picture import decoded as numbers_of
from server.recipe.picture import stored
from server.wire.encode.arrays import typed_array
from server.wire.encode.data import kept_info
from server.wire.messages.data import DatasetInfo
from server.wire.messages.digits import Collection, DigitReading, DigitStage, Doubt

WHITE = 255


def reading(data: bytes, dataset: str, corrections: Corrections, side: int) -> DigitReading:
    """The digit in a picture's file `data` as an input, and the stages of its processing.

    The pictures of the stages are at most `side` pixels wide and high. Raises PictureError.
    """
    base = store.base_name(dataset)
    found = extract_digit(decode(data, min_side=DECODE_SIDE), base, corrections)
    numbers = (found.stored * FORMATS[base].scale).astype(np.float32)
    return DigitReading(
        dataset=base,
        stages=tuple(_stage(stage, side) for stage in found.stages),
        input=typed_array(numbers),
        boxes=found.boxes,
        chosen=found.chosen,
        doubts=tuple(Doubt(key=doubt.key, words=doubt.words) for doubt in found.doubts),
    )


def collected(collection: Collection) -> DatasetInfo:
    """Save collected digits as a data set.

    Raises RecipeError, UnfitPicture, DataUnavailable, UploadError.
    """
    base = load(collection.base)
    for number, digit in enumerate(collection.digits):
        check_label(base, digit.label, f"digits.{number}.label")
    inputs = np.stack([stored(base, numbers_of(base, digit.picture)) for digit in collection.digits])
    beside = Base(base.name, collection.alone, base.train_examples, base.test_examples)
    among = "" if collection.alone else f", among those of {base.title}"
    data = Upload(
        inputs=inputs,
        labels=np.array([digit.label for digit in collection.digits]),
        classes=base.classes,
        about=f"{len(inputs)} digits of your own{among}. {base.about}",
        scale=base.scale,
        signed=base.signed,
        base=beside,
    )
    return kept_info(store.save(data, collection.title))


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
