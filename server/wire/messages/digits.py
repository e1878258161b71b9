"""A digit read from a picture, and collections of them."""

from pydantic import Field

from server.data import BuiltIn
from server.data.pictures.doubts import DoubtKey
from server.data.pictures.stages import StageKey
from server.frozen import Frozen
from server.recipe.edits import MAX_PICTURE
from server.wire.messages.arrays import TypedArray


class DigitStage(Frozen):
    """One step from a picture to an input, and the picture after it: (H, W), from 0 to 255.

    That is from black to white or, where it `is_ink`, from paper to ink.
    """

    key: StageKey
    title: str
    words: str
    picture: TypedArray
    is_ink: bool


class Doubt(Frozen):
    """A possible problem with the picture, and its remedy."""

    key: DoubtKey
    words: str


class DigitReading(Frozen):
    """A picture as an input of a data set, and the stages in which it became one.

    `input` has the shape and the numbers of the data set's examples, as they are meant. `boxes` are the
    digits found, from left to right, in parts of the picture (left, top, right, bottom); `chosen` is the one
    taken.
    """

    dataset: str
    stages: tuple[DigitStage, ...]
    input: TypedArray
    boxes: tuple[tuple[float, float, float, float], ...]
    chosen: int
    doubts: tuple[Doubt, ...]


class CollectedDigit(Frozen):
    """A picture as text, as in `PictureEdit`, and the number of its class."""

    picture: str = Field(max_length=MAX_PICTURE)
    label: int = Field(ge=0)


class Collection(Frozen):
    """Collected digits that become a data set.

    They are more training examples of the data set `base` or, with `alone`, the only ones. The test examples
    are those of `base`.
    """

    base: BuiltIn
    alone: bool = False
    title: str = Field(default="my digits", max_length=200)
    digits: tuple[CollectedDigit, ...] = Field(min_length=1, max_length=1000)
