"""The browser of a request, named by a secret in a cookie. The server keeps only the secret's hash."""

import re
from hashlib import sha256
from secrets import token_hex

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "backscope"
SECRET_BYTES = 16
_SECRET = re.compile(rf"[0-9a-f]{{{2 * SECRET_BYTES}}}")


def browser(request: Request) -> str | None:
    """The name of the browser: the SHA-256 of its secret. None where it has no secret, or a damaged one."""
    secret = request.cookies.get(COOKIE, "")
    return _name(secret) if _SECRET.fullmatch(secret) else None


def identified(request: Request, response: Response) -> str:
    """The name of the browser. One without a name gets a secret with the response."""
    if (known := browser(request)) is not None:
        return known
    secret = token_hex(SECRET_BYTES)
    # Not `Secure`: schools serve it over http.
    response.set_cookie(COOKIE, secret, path="/", httponly=True, samesite="strict")
    return _name(secret)


def token_of(owner: str, player: str) -> str:
    """The token of the followers of a player: 32 hexadecimal digits that only its server can know.

    It is the same after a restart of the server, so that followers find their leader again.
    """
    return sha256(f"{player} of {owner} leads".encode()).hexdigest()[:32]


def _name(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
