"""Write the browser's types, static/js/wire.d.ts, from the messages: `python -m server.wire.typescript`."""

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, get_args, get_origin

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from server.recipe import dataset_names, edits, recipe
from server.wire import messages

WIDTH = 110
HEADER = "// Generated from server/wire/messages/ by `python -m server.wire.typescript`. Do not edit.\n"
REFERENCE = "{model}"


def declarations() -> str:
    """The content of wire.d.ts: a type for each named choice, an interface for each message."""
    named = {name: value for module in _modules() for name, value in vars(module).items()}
    models = [m for m in named.values() if inspect.isclass(m) and issubclass(m, BaseModel)]
    _, schema = models_json_schema(
        [(model, "serialization") for model in models if model.model_fields], ref_template=REFERENCE
    )
    names = {_type(_schema_of(choice), {}): name for name, choice in _choices()}
    types = [_alias(name, type_) for name, type_ in sorted((name, type_) for type_, name in names.items())]
    interfaces = [_interface(name, part, names) for name, part in sorted(schema["$defs"].items())]
    return "\n".join([HEADER, *types, *interfaces])


def _modules() -> list[ModuleType]:
    """The modules that declare messages."""
    found = iter_modules(messages.__path__, f"{messages.__name__}.")
    return [import_module(module.name) for module in found]


def _choices() -> Iterator[tuple[str, Any]]:
    """The named choices: `Phase = Literal[...]` in the messages, `Layer = Annotated[...]` in the recipe."""
    for module in (*_modules(), recipe, edits, dataset_names):
        for name, value in vars(module).items():
            if get_origin(value) is not None and get_args(value) and name[0].isupper() and not name.isupper():
                yield name, value


def _schema_of(choice: Any) -> Mapping[str, Any]:
    return TypeAdapter(choice).json_schema(mode="serialization", ref_template=REFERENCE)


def _alias(name: str, type_: str) -> str:
    line = f"export type {name} = {type_};"
    if len(line) <= WIDTH:
        return f"{line}\n"
    if len(f"  {type_};") <= WIDTH:
        return f"export type {name} =\n  {type_};\n"
    return f"export type {name} =" + "".join(f"\n  | {part}" for part in type_.split(" | ")) + ";\n"


def _interface(name: str, schema: Mapping[str, Any], names: Mapping[str, str]) -> str:
    comment = [f" * {line}".rstrip() for line in inspect.cleandoc(schema["description"]).splitlines()]
    fields = [f"  readonly {field}: {_type(part, names)};" for field, part in schema["properties"].items()]
    body = ["{", *fields, "}"] if fields else ["{}"]
    return "\n".join(["/**", *comment, " */", f"export interface {name} " + "\n".join(body), ""])


def _type(schema: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """The TypeScript type of a JSON schema. A choice that `names` lists gets its name."""
    match schema:
        case {"$ref": name}:
            return str(name)
        case {"const": value}:
            return json.dumps(value)
        case {"enum": values}:
            union = " | ".join(json.dumps(value) for value in values)
            return names.get(union, union)
        case {"anyOf": parts} | {"oneOf": parts}:
            union = " | ".join(_type(part, names) for part in parts)
            return names.get(union, union)
        case {"type": "array", "prefixItems": parts}:
            return f"readonly [{', '.join(_type(part, names) for part in parts)}]"
        case {"type": "array", "items": part}:
            item = _type(part, names)
            return f"readonly ({item})[]" if " " in item else f"readonly {item}[]"
        case {"type": "string", "pattern": pattern}:
            return f"`{_beginning(pattern)}${{string}}`"
        case {"type": "integer" | "number"}:
            return "number"
        case {"type": "string" | "boolean" | "null" as type_}:
            return str(type_)
    raise ValueError(f"no TypeScript type is known for the schema {schema!r}")


def _beginning(pattern: str) -> str:
    """The fixed beginning of all texts that match a pattern: "own:" for "^own:[0-9a-f]{16}$"."""
    found = re.match(r"\^([\w:]+)(?=\[)", pattern)
    if found is None:
        raise ValueError(f"no beginning is known for the pattern {pattern!r}")
    return found[1]


def main() -> None:
    """Write static/js/wire.d.ts of this checkout."""
    target = Path(__file__).parents[2] / "static" / "js" / "wire.d.ts"
    target.write_text(declarations(), encoding="utf-8")


if __name__ == "__main__":
    main()
