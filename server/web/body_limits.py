"""The largest request body of each route.

A route declares one of these limits as `max_body_size`. Without one, it has the limit of its router.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from fastapi import APIRouter
from fastapi.routing import APIRoute

from server.data.pictures import decode
from server.data.uploads import table_text

EMPTY = 1024
"""The limit of a route without a body: a client may send a short one all the same, such as {}."""
COMMAND = 64 * 1024
"""A command to a run or a player. It may have 256 names of tensors, of up to 200 characters each."""
RECIPE = 256 * 1024
"""A recipe: as much as the address of a page can hold."""
SWEEP = RECIPE + 16 * 1024
"""A recipe and two axes of up to 24 values each."""
INPUT = 192 * 1024
"""The numbers of one input: 3x64x64 in double precision, as base64."""
TITLE = 4 * 1024
"""The title of a data set, of up to 200 characters."""
COLLECTION = 9_000_000
"""1,000 digits. Each of the largest inputs, 3x32x32 in half precision, takes 8,192 characters."""
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
    "picture file": PICTURE_FILE,
    "CSV file of signals": TABLE,
}
"""What a body holds -> its limit in bytes. The setting `max_upload` limits a zip file of pictures."""


class _Limit(NamedTuple):
    """The largest body, in bytes, for some methods at the paths that match a pattern."""

    methods: frozenset[str]
    path: re.Pattern[str]
    nbytes: int


class BodyLimits:
    """The methods of an application's API and the limits of their bodies, by path."""

    def __init__(self) -> None:
        self._limits: list[_Limit] = []

    def add(self, router: APIRouter, otherwise: int) -> None:
        """Add the routes of a router. `otherwise` is the limit, in bytes, of routes that declare none."""
        self._limits += _limits(router, otherwise)

    def of(self, method: str, path: str) -> int:
        """The limit of a request's body, in bytes. For an unknown path it is `EMPTY`."""
        found = (limit.nbytes for limit in self._limits if method in limit.methods and limit.path.match(path))
        return next(found, EMPTY)

    def methods(self, path: str) -> list[str]:
        """The methods of a path, in alphabetical order. Empty for a path outside the API."""
        return sorted(set().union(*(limit.methods for limit in self._limits if limit.path.match(path))))

    def refuses(self, method: str, path: str, length: int) -> bool:
        """True if a body of `length` bytes is above the limit."""
        return length > EMPTY and length > self.of(method, path)


def _limits(router: APIRouter, otherwise: int) -> Iterable[_Limit]:
    for route in router.routes:
        if isinstance(route, APIRoute):
            declared = route.max_body_size
            yield _Limit(
                frozenset(route.methods or ()), route.path_regex, otherwise if declared is None else declared
            )
