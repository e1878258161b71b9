"""Content that stays the same while the server runs: compressed once, and sent only to those who lack it."""

import gzip
from dataclasses import dataclass
from hashlib import sha256
from mimetypes import guess_type
from typing import Self

from starlette.requests import Request
from starlette.responses import Response

FOR_EVER = "public, max-age=31536000, immutable"
"""The caching of an address whose content never changes."""
FOR_A_DAY = "private, max-age=86400"
"""The caching of an address whose content changes rarely."""
REVALIDATED = "no-cache"
"""The caching of an address whose content can change: the browser asks each time whether it has."""
LEVEL = 6


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Content with its headers. `compressed` is None where it would not be smaller."""

    content: bytes
    compressed: bytes | None
    media_type: str
    caching: str
    etag: str

    @classmethod
    def of(cls, content: bytes, name: str, caching: str) -> Self:
        """A file whose media type is that of its name. `caching` is its Cache-Control."""
        compressed = gzip.compress(content, LEVEL, mtime=0)
        return cls(
            content,
            compressed if len(compressed) < len(content) else None,
            guess_type(name)[0] or "application/octet-stream",
            caching,
            # Weak, because the compressed and the plain content have the same.
            f'W/"{sha256(content).hexdigest()[:32]}"',
        )

    def reply(self, request: Request) -> Response:
        """The content, compressed where the client takes gzip; or 304 where it has it already."""
        headers = {"cache-control": self.caching, "etag": self.etag, "vary": "accept-encoding"}
        known = request.headers.get("if-none-match", "")
        if self.etag in (tag.strip() for tag in known.split(",")):
            return Response(status_code=304, headers=headers)
        if self.compressed is None or not _takes_gzip(request.headers.get("accept-encoding", "")):
            return Response(self.content, headers=headers, media_type=self.media_type)
        return Response(
            self.compressed, headers=headers | {"content-encoding": "gzip"}, media_type=self.media_type
        )


def _takes_gzip(accepted: str) -> bool:
    """True if an Accept-Encoding allows gzip."""
    for choice in accepted.split(","):
        coding, _, quality = choice.replace(" ", "").partition(";")
        if coding.lower() == "gzip":
            return quality not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
