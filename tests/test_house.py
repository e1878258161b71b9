"""Rules that no linter checks: sizes, docstrings, re-exports, and the commands of the Makefile."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = sorted((ROOT / "server").rglob("*.py"))
TREES = {path: ast.parse(path.read_text()) for path in PACKAGE}
BROWSER = sorted((ROOT / "static" / "js").rglob("*.js"))
FUNCTION_LINES = 60
FILE_LINES = 350
MAKEFILE = (ROOT / "Makefile").read_text()
RULES = dict(re.findall(r"^([\w-]+):[^=\n]*?(?:# (.*))?$", MAKEFILE, re.MULTILINE))
"""The targets of the Makefile, and what `make help` says of each."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def code_lines(function: Function) -> int:
    """The lines of a function without its docstring."""
    first, *_ = function.body
    has_docstring = ast.get_docstring(function) is not None
    docstring = first.end_lineno - first.lineno + 1 if has_docstring else 0
    return function.end_lineno - function.lineno + 1 - docstring


def test_a_docstring_is_no_code() -> None:
    (function,) = functions(ast.parse('def one():\n    """A\n    b."""\n    return 1\n'))
    assert code_lines(function) == 2


def test_every_module_says_what_is_in_it() -> None:
    silent = [named(path) for path, tree in TREES.items() if not ast.get_docstring(tree)]
    assert silent == []


def test_every_class_says_what_it_is() -> None:
    silent = [
        f"{named(path)}: {node.name}"
        for path, tree in TREES.items()
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not ast.get_docstring(node)
    ]
    assert silent == []


@pytest.mark.parametrize("target", re.findall(r"[\w-]+", MAKEFILE.partition(".PHONY:")[2].partition("\n")[0]))
def test_make_help_explains_every_command(target: str) -> None:
    if target != "browser":  # which only prepares `make test`
        assert RULES[target]


def test_the_hooks_run_commands_of_the_makefile() -> None:
    config = (ROOT / ".pre-commit-config.yaml").read_text()
    commands = re.findall(r"entry: make --silent ([\w-]+)", config)
    assert len(commands) == config.count("entry:") == 3
    assert {*commands} <= RULES.keys()
    assert "repo: http" not in config
