"""The base class of immutable values that are also JSON messages."""

from typing import Self

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable, hashable value. Its JSON has exactly the declared fields, and finite numbers only.

    It can have cached properties: copies do not take them over, because `model_copy` changes fields.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        json_schema_serialization_defaults_required=True,
    )

    def __copy__(self) -> Self:
        copied = super().__copy__()
        for name in copied.__dict__.keys() - type(self).model_fields:
            del copied.__dict__[name]
        return copied
