"""Run a function of the engine line by line: note what each line assigns, and find the line that made a
result."""

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any, Literal

import numpy as np

from server.explain.lens.statements import code_of, file_of, source, statement_starts, statements
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
    code = code_of(function)
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
            now = statement_starts(execution.code).get(frame.f_lineno, statement)
            if now != statement:
                self._note(execution, statement, frame)
                self._frames[frame] = execution, now
                execution.calls.pop(now, None)
            self._lines += 1
            if self._lines > MAX_LINES:
                frame.f_trace_lines = False
        elif event == "return":
            last = statement_starts(execution.code).get(frame.f_lineno, statement)
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
