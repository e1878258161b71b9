"""Join the modules of the page into one, so that a browser fetches one file in place of a hundred.

Each module becomes a function that is called once and returns what the module exports. The functions stand in
the order in which a browser evaluates the modules. The result is a module itself: its code is strict, and
what one module declares no other sees. Comments are left out.

The page's modules use named, namespace and bare imports; they export functions, classes and constants where
they declare them, and names of other modules. Every other form is refused.
"""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

from server.web.javascript import pieces

MASK = "\0"
"""Stands for each character of a string, of a template or of a regular expression."""

_STATEMENT = re.compile(
    r"^import\s+(?:(?:\{(?P<names>[^}]*)\}|\*\s+as\s+(?P<namespace>[\w$]+))\s+from\s+)?(?P<path>\0+);"
    r"|^export\s+\{(?P<passed>[^}]*)\}\s+from\s+(?P<origin>\0+);"
    r"|^export\s+(?P<declaration>(?:async\s+function|function|class|const)\s+(?P<name>[\w$]+))",
    re.MULTILINE,
)
_KEYWORD = re.compile(r"(?<![.\w$])(?:import|export)(?![\w$]|\s*:)[^;\n]*")
_EMPTY_LINES = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class _Import:
    """A statement of import: a path, the pattern that the exports are bound to, and the names of these."""

    path: str
    pattern: str | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Module:
    """A module: what it needs, its code without statements of import and export, and what it offers.

    `passed` are the exports of other modules that it offers as its own: a name, a path, the name there.
    """

    imports: tuple[_Import, ...]
    code: str
    declared: tuple[str, ...]
    passed: tuple[tuple[str, str, str], ...]

    @property
    def exports(self) -> frozenset[str]:
        """The names of all that it offers."""
        return frozenset((*self.declared, *(name for name, _, _ in self.passed)))


def join_modules(entry: str, sources: Mapping[str, str]) -> str:
    """One module that does what the module `entry` does with all that it imports.

    Parameters
    ----------
    entry
        The path of the first module, relative to a folder that contains all of them.
    sources
        The source of each module by its path.

    Raises
    ------
    ValueError
        If a module is missing or lacks an export, if modules import each other in a circle, or if a module
        has a statement of another form.
    """
    modules: dict[str, _Module] = {}
    _collect(entry, sources, modules, ())
    variables = {path: f"$module{number}" for number, path in enumerate(modules)}
    return "\n".join(_function(path, module, variables) for path, module in modules.items())


def _collect(
    path: str, sources: Mapping[str, str], modules: dict[str, _Module], importers: tuple[str, ...]
) -> None:
    """Add a module to `modules`, after those that it imports."""
    if path in importers:
        circle = " imports ".join((*importers[importers.index(path) :], path))
        raise ValueError(f"Modules import each other in a circle: {circle}.")
    if path in modules:
        return
    try:
        module = _parsed(posixpath.dirname(path), sources[path])
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    for needed in module.imports:
        if needed.path not in sources:
            raise ValueError(f"{path} imports {needed.path}, which is missing.")
        _collect(needed.path, sources, modules, (*importers, path))
        for name in needed.names:
            if name not in modules[needed.path].exports:
                raise ValueError(f"{path} imports {name} from {needed.path}, which does not export it.")
    modules[path] = module


def _parsed(folder: str, source: str) -> _Module:
    """A module of this folder."""
    code, mask = _without_comments(source)
    kept, imports, declared, passed = list[str](), list[_Import](), list[str](), list[tuple[str, str, str]]()
    end = 0
    for found in _STATEMENT.finditer(mask):
        _check_is_plain(mask[end : found.start()])
        kept.append(code[end : found.start()])
        end = found.end()
        if found["name"]:
            kept.append(found["declaration"])
            declared.append(found["name"])
        elif found["origin"]:
            path, pairs = _resolved(folder, code[slice(*found.span("origin"))]), _pairs(found["passed"])
            imports.append(_Import(path, None, tuple(pairs)))
            passed += ((new, path, name) for name, new in pairs.items())
        else:
            imports.append(_import(found, _resolved(folder, code[slice(*found.span("path"))])))
    _check_is_plain(mask[end:])
    return _Module(tuple(imports), "".join((*kept, code[end:])).strip(), tuple(declared), tuple(passed))


def _without_comments(source: str) -> tuple[str, str]:
    """The source without its comments, and the same with a mask over all that is not code."""
    code, mask = list[str](), list[str]()
    for kind, text in pieces(source):
        if kind == "comment":
            # A comment of several lines ends a statement, as the end of a line does.
            text = "\n" if "\n" in text else " "
        elif kind == "code":
            text = _EMPTY_LINES.sub("\n", text)
        code.append(text)
        mask.append(MASK * len(text) if kind == "text" else text)
    return "".join(code), "".join(mask)


def _check_is_plain(mask: str) -> None:
    """Raise ValueError if the code has a statement of import or export."""
    if found := _KEYWORD.search(mask):
        raise ValueError(
            f"{found[0].replace(MASK, '').strip()!r} cannot be joined, only static imports of names, of a "
            "namespace or of nothing, and exports of functions, classes and constants at their declaration "
            "or of names of another module."
        )


def _import(found: re.Match[str], path: str) -> _Import:
    if found["names"] is None:
        return _Import(path, found["namespace"], ())
    pairs = _pairs(found["names"])
    pattern = ", ".join(": ".join(dict.fromkeys(pair)) for pair in pairs.items())
    return _Import(path, f"{{ {pattern} }}", tuple(pairs))


def _pairs(names: str) -> dict[str, str]:
    """The names in braces, each with its new name: "a, b as c" has a as a, and b as c."""
    words = (pair.split() for pair in names.split(",") if pair.strip())
    return {name[0]: name[-1] for name in words}


def _resolved(folder: str, text: str) -> str:
    """The path of a module, from the string that names it in a module of the folder."""
    return posixpath.normpath(posixpath.join(folder, text[1:-1]))


def _function(path: str, module: _Module, variables: Mapping[str, str]) -> str:
    """The module as a constant: the result of a function that is called at once."""
    imports = (needed for needed in module.imports if needed.pattern)
    passed = (f"{name}: {variables[path]}.{there}" for name, path, there in module.passed)
    exported = ", ".join(("__proto__: null", *module.declared, *passed))
    return "\n".join(
        [
            f"// {path}",
            f"const {variables[path]} = (() => {{",
            *(f"const {needed.pattern} = {variables[needed.path]};" for needed in imports),
            module.code,
            f"return Object.freeze({{ {exported} }});",
            "})();\n",
        ]
    )
