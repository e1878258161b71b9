"""A choice from a registry, as a field of a recipe or of a message."""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from server.frozen import failing_fast


@dataclass(frozen=True, slots=True)
class OneOf:
    """Metadata for pydantic: the value is one of these classes, told apart by their field `kind`.

    `Annotated[Op, OneOf(LAYERS)]` is an `Op` for the type checker and the union of `LAYERS` for pydantic. A
    type checker cannot compute a union from a tuple, and needs none: the base class declares all that is
    used. So a registry is spelled once, where its classes are defined.
    """

    kinds: tuple[type[Any], ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        union = reduce(or_, self.kinds)
        for kind in self.kinds:
            failing_fast(handler.resolve_ref_schema(handler.generate_schema(kind)))
        return handler.generate_schema(Annotated[union, Field(discriminator="kind")])


@dataclass(frozen=True, slots=True)
class OneWordOf:
    """Metadata for pydantic: the value is one of these words. `Annotated[str, OneWordOf(words)]` is for a
    computed tuple what `Literal` is for a spelled one."""

    words: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema([*self.words])
