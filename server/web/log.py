"""The server's log: a line for each refused request, and tracebacks. Both hold nothing from a request."""

import logging
import time
import traceback
from collections.abc import Callable
from typing import Any

logger = logging.getLogger(__name__)
LINES_A_MINUTE = 20


class RefusalLog:
    """Logs a line for each refused request, up to LINES_A_MINUTE, and then the number of the others."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._minute = clock()
        self._count = 0

    def note(self, reason: str, client: tuple[str, int] | None) -> None:
        """Log a refusal. `reason` is a text of the server, never a part of the request."""
        now = self._clock()
        if now - self._minute >= 60:
            if self._count > LINES_A_MINUTE:
                logger.warning("Refused %d more requests.", self._count - LINES_A_MINUTE)
            self._minute, self._count = now, 0
        self._count += 1
        if self._count <= LINES_A_MINUTE:
            logger.warning("Refused a request from %s: %s.", client[0] if client else "unknown", reason)


def leave_out_input() -> None:
    """From now on, leave the messages of errors out of tracebacks, in all logs of the process.

    The message of an error can quote a request, the name of a picture or a value of a data set. The types of
    errors and the lines of code stay.
    """
    record_of = logging.getLogRecordFactory()

    def record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        made = record_of(*args, **kwargs)
        if made.exc_info and made.exc_info[1] is not None:
            made.exc_text = places_of(made.exc_info[1])
        return made

    logging.setLogRecordFactory(record)


def places_of(error: BaseException) -> str:
    """The tracebacks of an error and of the errors that led to it, in order of time, without messages."""
    parts = []
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        where = "".join(traceback.format_tb(link.__traceback__))
        parts.append(f"Traceback (most recent call last):\n{where}{type(link).__qualname__}")
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return "\n\nwhich led to\n\n".join(reversed(parts))
