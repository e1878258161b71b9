"""The message of an error."""

from server.errors import ErrorCode
from server.frozen import Frozen


class Problem(Frozen):
    """What is wrong, in a sentence that says what would be right. `field` names the input at fault."""

    code: ErrorCode
    message: str
    field: str | None = None


class ErrorReply(Frozen):
    """The one shape of every 4xx and 5xx reply."""

    error: Problem
