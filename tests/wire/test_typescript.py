"""The browser's types are generated from the messages."""

from pathlib import Path

import pytest

from server.wire import typescript

ROOT = Path(__file__).parents[2]


def test_the_committed_types_are_up_to_date() -> None:
    committed = (ROOT / "static" / "js" / "wire.d.ts").read_text(encoding="utf-8")
    assert committed == typescript.declarations(), "run `make format`"


def test_every_message_and_named_choice_is_declared() -> None:
    text = typescript.declarations()
    for declared in (
        'export type Phase = "forward" | "loss" | "backward" | "update";',
        "export type Layer =\n",
        "export interface SeekCommand {",
        "  readonly network: readonly Layer[];",
        "  readonly loss: number | null;",
        "  readonly phase: Phase;",
        '  readonly padding: number | readonly [number, number] | "same" | "valid";',
        " * All settings of a training run. Equal recipes give equal numbers.",
    ):
        assert declared in text


@pytest.mark.parametrize(
    ("schema", "type_"),
    [
        ({"type": "integer"}, "number"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
        (
            {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
            "readonly (string | null)[]",
        ),
        (
            {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "boolean"}]},
            "readonly [number, boolean]",
        ),
        ({"enum": ["a", "b"], "type": "string"}, "Choice"),
        ({"const": "x", "type": "string"}, '"x"'),
        ({"pattern": "^own:[0-9a-f]{16}$", "type": "string"}, "`own:${string}`"),
    ],
)
def test_a_schema_becomes_a_typescript_type(schema: dict[str, object], type_: str) -> None:
    assert typescript._type(schema, {'"a" | "b"': "Choice"}) == type_


def test_a_schema_without_a_type_is_an_error() -> None:
    with pytest.raises(ValueError, match="no TypeScript type"):
        typescript._type({"type": "object"}, {})


def test_a_pattern_without_a_fixed_prefix_is_an_error() -> None:
    with pytest.raises(ValueError, match="no beginning"):
        typescript._type({"type": "string", "pattern": "[a-z]+"}, {})


def test_a_long_union_is_written_on_several_lines() -> None:
    parts = [f'"{letter * 30}"' for letter in "abcd"]
    alias = typescript._alias("Long", " | ".join(parts))
    assert alias == "export type Long =\n" + "\n".join(f"  | {part}" for part in parts) + ";\n"


def test_the_command_writes_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "static" / "js").mkdir(parents=True)
    monkeypatch.setattr(typescript, "__file__", str(tmp_path / "server" / "wire" / "typescript.py"))
    typescript.main()
    assert (tmp_path / "static" / "js" / "wire.d.ts").read_text(encoding="utf-8") == typescript.declarations()
