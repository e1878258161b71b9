"""The statements of a function, from its source: their lines, the names they write, the names they pass
on."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import CodeType
from typing import Any


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement: its lines in the file (for a loop or a condition those of its head), and the names it
    writes."""

    first: int
    last: int
    writes: tuple[str, ...]
    value: str
    """The variable that it passes on: `a, b = value`, `return float(value)`."""

    @property
    def lines(self) -> range:
        return range(self.first, self.last + 1)


@cache
def source(code: CodeType) -> tuple[int, tuple[str, ...]]:
    """The number of a function's first line, and its lines without their common indentation."""
    lines, first = inspect.getsourcelines(code)
    return first, tuple(textwrap.dedent("".join(lines)).splitlines())


@cache
def statements(code: CodeType) -> Mapping[int, Statement]:
    """The statements of a function by their first lines, including its head."""
    first, text = source(code)
    (function,) = ast.parse("\n".join(text)).body
    assert isinstance(function, ast.FunctionDef)
    return {found.first: found for found in _statements(function, first - 1)}


@cache
def statement_starts(code: CodeType) -> Mapping[int, int]:
    """For each line the first line of its statement."""
    return {line: statement.first for statement in statements(code).values() for line in statement.lines}


def _statements(node: ast.stmt, before: int) -> Iterator[Statement]:
    """A statement and its inner statements. `before` is added to their line numbers."""
    # A decorated function begins with its first decorator.
    first = min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", ()))])
    last = node.end_lineno or node.lineno
    inner = [child for child in ast.walk(node) if isinstance(child, ast.stmt) and child is not node]
    if inner:
        last = max(node.lineno, min(child.lineno for child in inner) - 1)
    writes = tuple(dict.fromkeys(_written(node)))
    yield Statement(before + first, before + last, writes, _passed_on(node))
    for name in ("body", "orelse", "finalbody"):
        for child in getattr(node, name, ()):
            yield from _statements(child, before)


def _written(node: ast.stmt) -> Iterator[str]:
    """The local variables that a statement assigns or modifies."""
    match node:
        case ast.FunctionDef(args=arguments):
            yield from (argument.arg for argument in (*arguments.args, *arguments.kwonlyargs))
        case ast.Assign(targets=targets):
            for target in targets:
                yield from _targets(target)
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target) | ast.For(target=target):
            yield from _targets(target)
        case ast.Expr(value=ast.Call(keywords=keywords)):
            for keyword in keywords:
                if keyword.arg == "out":
                    yield from _targets(keyword.value)


def _passed_on(node: ast.stmt) -> str:
    """The variable that a statement assigns or returns unchanged; empty for other statements."""
    value = node.value if isinstance(node, ast.Assign | ast.Return) else None
    while isinstance(value, ast.Call) and len(value.args) == 1:
        value = value.args[0]
    return value.id if isinstance(value, ast.Name) else ""


def _targets(target: ast.expr) -> Iterator[str]:
    match target:
        case ast.Name(id=name):
            yield name
        case ast.Tuple(elts=items) | ast.List(elts=items):
            for item in items:
                yield from _targets(item)
        case ast.Subscript(value=whole) | ast.Starred(value=whole):
            yield from _targets(whole)


def unpacked(function: Callable[..., Any], name: str) -> tuple[str, ...]:
    """The variables into which a function unpacks `name` in one statement; empty where it does not."""
    for statement in statements(code_of(function)).values():
        if statement.value == name:
            return statement.writes
    return ()


def file_of(code: CodeType) -> str:
    """The path of the file, relative to the directory of the package."""
    module = inspect.getmodule(code)
    assert module is not None
    return module.__name__.replace(".", "/") + ".py"


def code_of(function: Callable[..., Any]) -> CodeType:
    """The code object of a function, without its decorators."""
    code = inspect.unwrap(function).__code__
    assert isinstance(code, CodeType)
    return code
