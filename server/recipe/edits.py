"""Edits: what a person changes while a run trains. Each belongs to an iteration."""

from typing import Annotated, Literal

from pydantic import Field

from server.frozen import Frozen

MAX_PICTURE = 16_384
"""The maximal number of characters of a picture in an edit: 6,144 numbers."""


MAX_VALUE = 1e6
"""The largest absolute value that a parameter can be set to."""


class LearningRateEdit(Frozen):
    """From `iteration` on, the optimizer has the learning rate `value`."""

    kind: Literal["learning_rate"] = "learning_rate"
    iteration: int = Field(ge=0)
    value: float = Field(gt=0, le=1000)


class ExampleEdit(Frozen):
    """Slot `slot` of the batch of `iteration` holds training example number `example`."""

    kind: Literal["example"] = "example"
    iteration: int = Field(ge=0)
    slot: int = Field(default=0, ge=0)
    example: int = Field(ge=0)


class PictureEdit(Frozen):
    """Slot `slot` of the batch of `iteration` holds a person's picture, with class number `label`.

    `picture` has the numbers of the input before preprocessing, row by row: half precision, little-endian, as
    base64url without padding. As text, it keeps a recipe hashable and short enough for an address.
    """

    kind: Literal["picture"] = "picture"
    iteration: int = Field(ge=0)
    slot: int = Field(default=0, ge=0)
    picture: str = Field(max_length=MAX_PICTURE)
    label: int = Field(ge=0)


class ParameterEdit(Frozen):
    """Cell number `cell`, row by row, of the parameter `name` ("conv1.w") is `value` before `iteration`.

    The iteration computes with it, and training goes on from there.
    """

    kind: Literal["parameter"] = "parameter"
    iteration: int = Field(ge=0)
    name: str = Field(max_length=80)
    cell: int = Field(ge=0)
    value: float = Field(ge=-MAX_VALUE, le=MAX_VALUE)


Edit = Annotated[LearningRateEdit | ExampleEdit | PictureEdit | ParameterEdit, Field(discriminator="kind")]
