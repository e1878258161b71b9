"""Digits extracted from pictures, and collections of digits."""

from pydantic import Field

from server.data import BuiltIn
from server.data.pictures.doubts import DoubtKey
from server.data.pictures.stages import StageKey
from server.frozen import Frozen
from server.recipe.edits import MAX_PICTURE
from server.wire.messages.arrays import TypedArray


class DigitStage(Frozen):
    """One stage from a picture to an input: its title, a sentence about it, and the picture after it.

    `picture` (H, W) is 0 (black) to 255 (white) or, where `is_ink`, 0 (paper) to 255 (ink).
    """

    key: StageKey
    title: str
    words: str
    picture: TypedArray
    is_ink: bool


class Doubt(Frozen):
    """A possible problem with a picture, and what to do about it."""

    key: DoubtKey
    words: str


class DigitReading(Frozen):
    """The digit in a picture as an input of a data set, and the stages of its processing.

    `input` has the shape and the scale of the data set's examples. `boxes` are the digits found, from left to
    right: (left, top, right, bottom) as fractions of the picture's size. `chosen` is the number of the box
    that became the input.
    """

    dataset: str
    stages: tuple[DigitStage, ...]
    input: TypedArray
    boxes: tuple[tuple[float, float, float, float], ...]
    chosen: int
    doubts: tuple[Doubt, ...]


class CollectedDigit(Frozen):
    """A picture as text, in the form of `PictureEdit`, and the number of its class."""

    picture: str = Field(max_length=MAX_PICTURE)
    label: int = Field(ge=0)


class Collection(Frozen):
    """Collected digits to save as a data set.

    The digits are added to the training examples of the data set `base` or, with `alone`, replace them. The
    test examples are those of `base`.
    """

    base: BuiltIn
    alone: bool = False
    title: str = Field(default="my digits", max_length=200)
    digits: tuple[CollectedDigit, ...] = Field(min_length=1, max_length=1000)
