"""The schema of each kind of layer: its settings, as a form needs them."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter

from server.frozen import Frozen
from server.nn.ops import LAYERS, Op
from server.recipe.recipe import Layer

COUNT = 8
"""The number of filters or units of a new layer whose kind has no default."""


class Setting(Frozen):
    """A setting of a layer and its possible values.

    A value is one of `words`, a number, a `pair` of numbers (rows, columns), true or false (`switch`), or
    null (`optional`: the layer chooses). Numbers lie between `minimum` and `maximum`, where these are not
    null. With `layer`, the number counts layers backwards from this one.
    """

    name: str
    number: Literal["integer", "number"] | None
    pair: bool
    switch: bool
    layer: bool
    words: tuple[str, ...]
    optional: bool
    minimum: float | None
    maximum: float | None


class LayerKind(Frozen):
    """A kind of layer: its title, a sentence about it (`words`), its settings, and a `layer` with default
    settings."""

    kind: str
    title: str
    words: str
    settings: tuple[Setting, ...]
    layer: Layer


@cache
def layer_kinds() -> tuple[LayerKind, ...]:
    """All kinds of layers, in the registry's order. Settings that no form can show keep their defaults."""
    return tuple(_kind(op) for op in LAYERS)


def _kind(op: type[Op]) -> LayerKind:
    adapter = TypeAdapter[Op](op)
    schema = adapter.json_schema()
    properties = {name: part for name, part in schema["properties"].items() if name != "kind"}
    settings = tuple(
        setting for name, part in properties.items() if (setting := _setting(op, name, part)) is not None
    )
    first = {}
    for name in schema.get("required", ()):
        least, most = op.bounds.get(name, (COUNT, COUNT))
        first[name] = min(max(COUNT, least), most)
    return LayerKind(
        kind=schema["properties"]["kind"]["const"],
        title=op.__name__,
        words=op.forward_text,
        settings=settings,
        layer=adapter.validate_python(first),
    )


def _setting(op: type[Op], name: str, schema: Mapping[str, Any]) -> Setting | None:
    """The setting that a JSON schema describes; None where no form can show it."""
    parts = schema.get("anyOf", [schema])
    words: list[str] = []
    kinds: set[str] = set()
    for part in parts:
        match part:
            case {"enum": choices}:
                words += choices
            case {"const": choice}:
                words.append(choice)
            case {"type": "integer" | "number" | "boolean" | "null" as kind}:
                kinds.add(kind)
            case {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "integer"}]}:
                kinds.add("pair")
            case _:
                return None
    minimum, maximum = op.bounds.get(name, (None, None))
    return Setting(
        name=name,
        number="number" if "number" in kinds else "integer" if "integer" in kinds else None,
        pair="pair" in kinds,
        switch="boolean" in kinds,
        layer=name == "back",
        words=tuple(words),
        optional="null" in kinds,
        minimum=minimum,
        maximum=maximum,
    )
