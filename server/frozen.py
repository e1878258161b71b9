"""The base class of immutable values that are also JSON messages."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable, hashable value. Its JSON has exactly the declared fields, and finite numbers only."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        json_schema_serialization_defaults_required=True,
    )
