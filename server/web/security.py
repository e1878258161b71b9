"""The gate: which requests are accepted, and the headers of every reply."""

from collections.abc import Mapping
from http import HTTPStatus
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.errors import Refusal
from server.recipe.quoting import quoted
from server.web.body_limits import BodyLimits
from server.web.errors import reply, too_large
from server.web.log import RefusalLog
from server.web.settings import Settings, authority

# The hashes are those of Plotly's styles: two attributes, without which heatmaps are blurred, and the style
# sheet of its map widget, which it always adds.
_CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-hashes' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
        " 'sha256-AR/cKIZjWPcPmBUPDA6oti9XBiTbJvz0Cro2J1VzzS8='"
        " 'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS: Mapping[str, str] = {
    "content-security-policy": _CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_LIMITS = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
"""The statuses of replies to requests beyond a limit. The log has a line for each."""
_RAW_HEADERS = {name.encode(): value.encode() for name, value in HEADERS.items()}


class Gate:
    """An ASGI wrapper that accepts only requests to this server's own names, from its own pages.

    The check of Host refuses foreign names that resolve to this machine (DNS rebinding). The checks of Origin
    and Sec-Fetch-Site refuse scripts of other sites. Programs other than browsers send neither of the two.
    """

    def __init__(self, app: ASGIApp, settings: Settings, limits: BodyLimits) -> None:
        self.app, self.settings, self.limits = app, settings, limits
        self.log = RefusalLog()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            api = scope["path"].startswith("/api/")

            refusal = self._refusal(scope)
            if refusal:
                self.log.note(refusal.code, scope["client"])

            async def send_secured(message: Message) -> None:
                if message["type"] == "http.response.start":
                    if not refusal and message["status"] in _LIMITS:
                        self.log.note(HTTPStatus(message["status"]).phrase.lower(), scope["client"])
                    own = [header for header in message["headers"] if header[0] not in _RAW_HEADERS]
                    message["headers"] = [*own, *_RAW_HEADERS.items()]
                    headers = MutableHeaders(scope=message)
                    if api:
                        headers["cache-control"] = "no-store"
                    else:
                        headers.setdefault("cache-control", "no-cache")
                await send(message)

            await (reply(refusal) if refusal else self.app)(scope, receive, send_secured)

    def _refusal(self, scope: Scope) -> Refusal | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._answers_to(hosts[0].lower(), scope):
            host = hosts[0] if hosts else ""
            return Refusal(
                f"This server answers to {', '.join(sorted(self.settings.hosts))}, not to {quoted(host)}. "
                "Whoever runs it can allow another name with --allowed-hosts.",
                "Host",
                code="wrong_host",
            )
        host = hosts[0].lower()
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
            return Refusal(
                f"A page of {quoted(origin)} may not use this server.", "Origin", code="wrong_origin"
            )
        site = headers.get("sec-fetch-site", "none")
        if scope["path"].startswith("/api/") and site not in ("same-origin", "none"):
            return Refusal("Only this server's own pages may use it.", "Sec-Fetch-Site", code="wrong_origin")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or self.limits.refuses(scope["method"], scope["path"], int(length)):
            return too_large(self.limits.of(scope["method"], scope["path"]))
        return None

    def _answers_to(self, host: str, scope: Scope) -> bool:
        if host in self.settings.hosts:
            return True
        if not self.settings.any_own_address:
            return False
        address, port = scope["server"]
        literal = ip_address(address.partition("%")[0])
        return host == authority(f"[{literal}]" if literal.version == 6 else str(literal), port)
