"""The identity of browsers: a secret in a cookie. The server keeps only the hash of the secret."""

import re
from hashlib import sha256
from secrets import token_hex

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "backscope"
SECRET_BYTES = 16
_SECRET = re.compile(rf"[0-9a-f]{{{2 * SECRET_BYTES}}}")


def browser(request: Request) -> str | None:
    """The name of the browser: the SHA-256 of its secret. None if the cookie is missing or damaged."""
    secret = request.cookies.get(COOKIE, "")
    return _name(secret) if _SECRET.fullmatch(secret) else None


def identified(request: Request, response: Response) -> str:
    """The name of the browser. If it has none, `response` sets the cookie with a new secret."""
    if (known := browser(request)) is not None:
        return known
    secret = token_hex(SECRET_BYTES)
    # Not `Secure`: the page is often served over http in a local network.
    response.set_cookie(COOKIE, secret, path="/", httponly=True, samesite="strict")
    return _name(secret)


def token_of(owner: str, player: str) -> str:
    """The token with which others follow a player: 32 hexadecimal digits, derived from its owner and its id.

    It is the same after a restart of the server, so that followers find their leader again. Others cannot
    compute it, because they know no owner.
    """
    return sha256(f"{player} of {owner} leads".encode()).hexdigest()[:32]


def _name(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
