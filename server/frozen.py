"""The base class of immutable values that are also JSON messages."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema


def failing_fast(schema: CoreSchema) -> CoreSchema:
    """The schema, changed so that the validation of each of its sequences ends at the first invalid element.

    Otherwise a long list of invalid elements has an error for each, which can take seconds and gigabytes.
    """
    _fail_fast(schema)
    return schema


def _fail_fast(part: Any) -> None:
    if isinstance(part, dict):
        if part.get("type") in ("list", "tuple"):
            part["fail_fast"] = True
        for inner in part.values():
            _fail_fast(inner)
    elif isinstance(part, list | tuple):
        for inner in part:
            _fail_fast(inner)


class Frozen(BaseModel):
    """An immutable, hashable value. Its JSON has exactly the declared fields, and finite numbers only.

    It can have cached properties: copies do not take them over, because `model_copy` changes fields.
    Validation of a sequence ends at its first invalid element.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        json_schema_serialization_defaults_required=True,
    )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return failing_fast(handler(source))

    def __copy__(self) -> Self:
        copied = super().__copy__()
        for name in copied.__dict__.keys() - type(self).model_fields:
            del copied.__dict__[name]
        return copied
