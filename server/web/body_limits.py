"""The largest body of each route. A route declares one of these limits; without one, it takes no body."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from fastapi import APIRouter
from fastapi.routing import APIRoute

from server.data.pictures import decode
from server.data.uploads import table_text

EMPTY = 1024
"""A request without a body may still send one, such as {}."""
COMMAND = 64 * 1024
"""A command to a run or a player: 256 names of tensors, of up to 200 characters."""
RECIPE = 256 * 1024
"""A recipe: as much as the address of a page can hold."""
SWEEP = RECIPE + 16 * 1024
"""A recipe, and two axes of up to 24 values."""
INPUT = 192 * 1024
"""The numbers of one input: 3x64x64 in double precision, as base64."""
TITLE = 4 * 1024
"""The title of a data set, of up to 200 characters."""
COLLECTION = 9_000_000
"""1,000 digits. The largest inputs, 3x32x32 in half precision, are 8,192 characters each."""
PICTURE_FILE = decode.MAX_BYTES
TABLE = table_text.MAX_TEXT

BODY_LIMITS = {
    "no body": EMPTY,
    "command": COMMAND,
    "recipe": RECIPE,
    "sweep": SWEEP,
    "input": INPUT,
    "title": TITLE,
    "collection of digits": COLLECTION,
    "file of a picture": PICTURE_FILE,
    "table of signals": TABLE,
}
"""What a body holds -> its most bytes. The limit of a zip of pictures is the option `max_upload`."""


class _Limit(NamedTuple):
    """The largest body, in bytes, of the methods at the paths of a pattern."""

    methods: frozenset[str]
    path: re.Pattern[str]
    nbytes: int


class BodyLimits:
    """The methods of an application's API and their body limits, by path."""

    def __init__(self) -> None:
        self._limits: list[_Limit] = []

    def add(self, router: APIRouter, otherwise: int) -> None:
        """Add the routes of a router. Those that declare no limit have the limit `otherwise`, in bytes."""
        self._limits += _limits(router, otherwise)

    def of(self, method: str, path: str) -> int:
        """The most bytes of the body of a request. An unknown path takes no body."""
        found = (limit.nbytes for limit in self._limits if method in limit.methods and limit.path.match(path))
        return next(found, EMPTY)

    def methods(self, path: str) -> list[str]:
        """The methods that a path takes, in alphabetical order; none for a path that is not of the API."""
        return sorted(set().union(*(limit.methods for limit in self._limits if limit.path.match(path))))

    def refuses(self, method: str, path: str, length: int) -> bool:
        """True for a body of `length` bytes that is above the limit."""
        return length > EMPTY and length > self.of(method, path)


def _limits(router: APIRouter, otherwise: int) -> Iterable[_Limit]:
    for route in router.routes:
        if isinstance(route, APIRoute):
            declared = route.max_body_size
            yield _Limit(
                frozenset(route.methods or ()), route.path_regex, otherwise if declared is None else declared
            )
