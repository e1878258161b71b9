"""Run a function of the engine line by line: note what each line assigns, and find the line that made a
result."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import CodeType, FrameType
from typing import Any, Literal

import numpy as np

from server.frozen import Frozen
from server.nn.arrays import Shape, finite

Mark = Literal["lit", "part"]

MAX_LINES = 200_000
"""After this many lines the tracer notes nothing more, and the function runs to its end."""


class Note(Frozen):
    """A variable after a line has run: the `shape` of an array, an `index` of coordinates, or a number's
    `value`.

    The other fields are null; so is a `value` that is not finite.
    """

    name: str
    shape: Shape | None
    index: Shape | None
    value: float | None

    @classmethod
    def of_array(cls, name: str, shape: Shape) -> "Note":
        return cls(name=name, shape=shape, index=None, value=None)

    @classmethod
    def of_index(cls, name: str, index: Shape) -> "Note":
        return cls(name=name, shape=None, index=index, value=None)

    @classmethod
    def of_number(cls, name: str, value: float) -> "Note":
        return cls(name=name, shape=None, index=None, value=finite(value))


class CodeLine(Frozen):
    """A line of a file with its number. A "lit" line made the value, a "part" line contributed to it."""

    number: int
    text: str
    notes: tuple[Note, ...]
    mark: Mark | None


class Listing(Frozen):
    """The source of one function as it is installed, without its common indentation."""

    file: str
    name: str
    lines: tuple[CodeLine, ...]


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


@dataclass(slots=True)
class Execution:
    """One call as it ran. `ran` maps the first line of each statement to the time of its last run."""

    code: CodeType
    result: Any = None
    returned: int = 0
    ended: dict[str, Any] = field(default_factory=dict)
    """The local variables at the return."""
    notes: dict[int, tuple[Note, ...]] = field(default_factory=dict)
    ran: dict[int, int] = field(default_factory=dict)
    repeated: set[int] = field(default_factory=set)
    """The statements that ran more than once."""
    calls: dict[int, list["Execution"]] = field(default_factory=dict)
    """The calls of each statement, by its first line."""


def execute(function: Callable[..., Any], *arguments: Any) -> Execution:
    """Call the function under a tracer, which also follows the calls of functions in the same package.

    Only this thread is traced. A tracer that was installed before is installed again. Exceptions pass
    through.
    """
    code = _code(function)
    watch = _Watch(code, str(function.__module__).rpartition(".")[0])
    before = sys.gettrace()
    sys.settrace(watch.begin)
    try:
        with np.errstate(all="ignore"):
            function(*arguments)
    finally:
        sys.settrace(before)
    assert watch.root is not None
    return watch.root


def made_by(execution: Execution, value: Any) -> tuple[int, tuple[int, ...]]:
    """The first line of the statement that made `value`, and those of the statements that contributed before.

    The maker is the last statement that wrote the variable holding the value, or the statement that returned
    it.
    """
    table = statements(execution.code)
    names = _holders(execution, value)
    writers = [
        line
        for line in execution.ran
        if line != execution.code.co_firstlineno and names & {*table[line].writes}
    ]
    if not writers:
        return execution.returned, ()
    *parts, lit = sorted(writers, key=execution.ran.__getitem__)
    return lit, tuple(parts)


def handed_on(execution: Execution) -> Execution:
    """The innermost call that made the result, where each caller only returned it."""
    calls = execution.calls.get(execution.returned, ())
    maker = next((call for call in calls if call.result is execution.result), None)
    return execution if maker is None else handed_on(maker)


def listings(execution: Execution, value: Any, results: Sequence[Note] = ()) -> tuple[Listing, ...]:
    """The function with the lit line that made `value`. Where that line was a call, the called function
    follows.

    `results` are noted at the return.
    """
    lit, parts = made_by(execution, value)
    deeper = next((call for call in execution.calls.get(lit, ()) if _is(call.result, value)), None)
    if deeper is None:
        return (listing(execution, (lit,), parts, results),)
    returned = (Note.of_array("→", np.shape(value)),)
    return listing(execution, (), (*parts, lit), results), *listings(deeper, value, returned)


def listing(
    execution: Execution, lit: Sequence[int], parts: Sequence[int] = (), results: Sequence[Note] = ()
) -> Listing:
    """The function as it ran, with these statements marked, each by its first line."""
    code = execution.code
    marks: dict[int, Mark] = {line: "part" for first in parts for line in statements(code)[first].lines}
    marks |= {line: "lit" for first in lit for line in statements(code)[first].lines}
    notes = dict(execution.notes)
    for line in execution.repeated - {*lit, *parts}:
        # The last value of a number that changes with each turn of a loop says nothing.
        notes[line] = tuple(note for note in notes.get(line, ()) if note.shape is not None)
    notes[execution.returned] = (*notes.get(execution.returned, ()), *results)
    first, text = source(code)
    return Listing(
        file=file_of(code),
        name=code.co_name,
        lines=tuple(
            CodeLine(number=number, text=line, notes=notes.get(number, ()), mark=marks.get(number))
            for number, line in enumerate(text, start=first)
        ),
    )


def unpacked(function: Callable[..., Any], name: str) -> tuple[str, ...]:
    """The variables into which a function unpacks `name` in one statement; empty where it does not."""
    for statement in statements(_code(function)).values():
        if statement.value == name:
            return statement.writes
    return ()


def file_of(code: CodeType) -> str:
    """The path of the file, relative to the directory of the package."""
    module = inspect.getmodule(code)
    assert module is not None
    return module.__name__.replace(".", "/") + ".py"


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
def _lines(code: CodeType) -> Mapping[int, int]:
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
    yield Statement(before + first, before + last, writes, _handed_on(node))
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


def _handed_on(node: ast.stmt) -> str:
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


def _holders(execution: Execution, value: Any) -> set[str]:
    """The variables that hold the value: for an array by its memory, for a number the variable in
    `return`."""
    if isinstance(value, np.ndarray):
        return {name for name, held in execution.ended.items() if _is(held, value)}
    return {statements(execution.code)[execution.returned].value}


def _is(held: Any, value: Any) -> bool:
    """True where an array, or an array in a dict or tuple, shares memory with the array `value`."""
    if isinstance(held, dict | tuple):
        return any(_is(item, value) for item in (held.values() if isinstance(held, dict) else held))
    return isinstance(held, np.ndarray) and np.may_share_memory(held, value)


def _code(function: Callable[..., Any]) -> CodeType:
    code = inspect.unwrap(function).__code__
    assert isinstance(code, CodeType)
    return code


class _Watch:
    """The trace function of one call of `code` and of the calls in its `package`."""

    def __init__(self, code: CodeType, package: str) -> None:
        self.root: Execution | None = None
        self._code, self._package = code, package
        self._frames: dict[FrameType, tuple[Execution, int]] = {}
        self._lines = 0

    def begin(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Trace a new frame if it is the function's, or if a traced frame of the same package called it."""
        code = frame.f_code
        if self.root is None:
            if code is not self._code:
                return None
            self.root = execution = Execution(code)
        else:
            caller = None if frame.f_back is None else self._frames.get(frame.f_back)
            module = str(frame.f_globals.get("__name__", ""))
            # Generators return many times, and code without a file has no source to show.
            plain = not code.co_flags & inspect.CO_GENERATOR and "<" not in code.co_name + code.co_filename
            if caller is None or not plain or module.rpartition(".")[0] != self._package:
                return None
            execution = Execution(code)
            caller[0].calls.setdefault(caller[1], []).append(execution)
        self._frames[frame] = execution, code.co_firstlineno
        return self._step

    def _step(self, frame: FrameType, event: str, argument: Any) -> Any:
        """The line before this event has run."""
        execution, statement = self._frames[frame]
        if event == "line":
            now = _lines(execution.code).get(frame.f_lineno, statement)
            if now != statement:
                self._note(execution, statement, frame)
                self._frames[frame] = execution, now
                execution.calls.pop(now, None)
            self._lines += 1
            if self._lines > MAX_LINES:
                frame.f_trace_lines = False
        elif event == "return":
            last = _lines(execution.code).get(frame.f_lineno, statement)
            if self._lines > MAX_LINES:
                # Values noted in the middle of a loop are not its final ones.
                for line in execution.repeated:
                    execution.notes.pop(line, None)
            else:
                self._note(execution, last, frame)
            execution.result, execution.returned = argument, last
            execution.ended = dict(frame.f_locals)
            del self._frames[frame]
        return self._step

    def _note(self, execution: Execution, line: int, frame: FrameType) -> None:
        """The statement that begins on this line has run."""
        if line in execution.ran:
            execution.repeated.add(line)
        execution.ran[line] = self._lines
        made: list[Note] = []
        for call in execution.calls.get(line, ()):
            if isinstance(call.result, np.ndarray) and not _returns_argument(call):
                made += _notes(f"{call.code.co_name}()", call.result)
        for name in statements(execution.code)[line].writes:
            made += _notes(name, frame.f_locals.get(name))
        execution.notes[line] = tuple(dict.fromkeys(made))


def _notes(name: str, value: Any) -> Iterator[Note]:
    """The notes of an array, of coordinates, of a number, of the items of a dict; none for `_`."""
    if name == "_":
        return
    if isinstance(value, np.ndarray):
        yield Note.of_array(name, value.shape)
    elif isinstance(value, int | float | np.number) and not isinstance(value, bool):
        yield Note.of_number(name, float(value))
    elif isinstance(value, tuple) and value and all(type(item) is int for item in value):
        yield Note.of_index(name, value)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _notes(str(key), item)


def _returns_argument(call: Execution) -> bool:
    """True where a call returned one of its arguments unchanged."""
    head = statements(call.code)[call.code.co_firstlineno]
    return any(call.ended.get(name) is call.result for name in head.writes)
