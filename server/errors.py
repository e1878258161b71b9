"""The base class of all errors that a person can cause, and the codes that name them to programs."""

from typing import Literal

ErrorCode = Literal[
    "bad_request",
    "beyond_the_end",
    "broken_off",
    "diverged",
    "finished",
    "full",
    "internal",
    "invalid",
    "malformed_json",
    "method_not_allowed",
    "no_data",
    "no_draft",
    "no_evaluation",
    "no_such_leader",
    "no_such_player",
    "no_such_run",
    "no_such_sweep",
    "not_computed",
    "not_found",
    "not_http",
    "not_json",
    "not_yours",
    "picture",
    "stopped_early",
    "too_large",
    "too_many_running",
    "too_many_uploads",
    "unusable",
    "wrong_host",
    "wrong_origin",
]


class Refusal(Exception):
    """A request that cannot be granted.

    The message is a sentence that says what is wrong, and what would be right. `code` names the kind of error
    to programs. `field` names the input at fault: a setting by its path in the recipe ("network.3.filters"),
    a query parameter, or a header; None where no single input is at fault. Subclasses declare defaults for
    both.
    """

    code: ErrorCode = "invalid"
    field: str | None = None

    def __init__(self, message: str, field: str | None = None, code: ErrorCode | None = None) -> None:
        super().__init__(message)
        if field is not None:
            self.field = field
        if code is not None:
            self.code = code
