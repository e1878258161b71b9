"""Rules that no linter checks: sizes, docstrings, re-exports, and the commands of the Makefile."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = sorted((ROOT / "server").rglob("*.py"))
TREES = {path: ast.parse(path.read_text()) for path in PACKAGE}
FUNCTION_LINES = 60
FILE_LINES = 350
"""Without comments, docstrings and blank lines. ESLint has the same limits for JavaScript."""
MAKEFILE = (ROOT / "Makefile").read_text()
RULES = dict(re.findall(r"^([\w-]+):[^=\n]*?(?:# (.*))?$", MAKEFILE, re.MULTILINE))
"""The targets of the Makefile, and what `make help` says of each."""

NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
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


def code_of(text: str, tree: ast.Module) -> set[int]:
    """The numbers of the lines that hold code."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    lines = {
        line
        for token in tokens
        if token.type not in NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            lines -= {*range(node.lineno, node.end_lineno + 1)}
    return lines


def test_python_functions_are_short() -> None:
    long = {
        f"{named(path)}: {function.name}": lines
        for path, tree in TREES.items()
        for function in functions(tree)
        if (lines := code_lines(function)) > FUNCTION_LINES
    }
    assert long == {}


def test_a_docstring_is_no_code() -> None:
    (function,) = functions(ast.parse('def one():\n    """A\n    b."""\n    return 1\n'))
    assert code_lines(function) == 2


def test_files_are_short() -> None:
    long = {
        named(path): lines
        for path, tree in TREES.items()
        if (lines := len(code_of(path.read_text(), tree))) > FILE_LINES
    }
    assert long == {}


def test_comments_docstrings_and_blank_lines_are_no_code() -> None:
    text = '"""A\nb."""\n\n# c\none = (\n    1\n)\n\n\ndef two():\n    """D."""\n    return one  # e\n'
    assert code_of(text, ast.parse(text)) == {5, 6, 7, 10, 12}


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


def test_nothing_is_imported_as_itself_to_be_found_under_two_names() -> None:
    aliases = [
        f"{named(path)}: {alias.name}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if alias.name == alias.asname
    ]
    assert aliases == []


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


def test_only_scenes_run_event_loops_because_the_main_thread_may_have_one() -> None:
    callers = [
        named(path)
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "asyncio.run"
    ]
    assert callers == ["tests/scenes.py"]
