"""Content that stays the same is compressed once, and is sent only to those who lack it."""

import gzip

import pytest
from starlette.requests import Request
from starlette.responses import Response

from server.web.stored_file import FOR_EVER, StoredFile

CONTENT = 100 * b"const a = 1;\n"
FILE = StoredFile.of(CONTENT, "a/page.js", FOR_EVER)


def reply(file: StoredFile, **headers: str) -> Response:
    """The reply to a request with these headers, whose names have _ in place of -."""
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return file.reply(Request({"type": "http", "headers": raw}))


@pytest.mark.parametrize("accepted", ["gzip", "br, GZIP;q=0.5", "gzip, deflate, br, zstd", "br,gzip; q=1"])
def test_a_client_that_takes_gzip_gets_it(accepted: str) -> None:
    sent = reply(FILE, accept_encoding=accepted)
    assert sent.headers["content-encoding"] == "gzip"
    assert gzip.decompress(bytes(sent.body)) == CONTENT
    assert int(sent.headers["content-length"]) == len(sent.body) < len(CONTENT)


@pytest.mark.parametrize("accepted", ["", "br", "identity", "gzip;q=0", "gzip; q=0.0", "xgzip"])
def test_another_client_gets_the_plain_content(accepted: str) -> None:
    sent = reply(FILE, accept_encoding=accepted)
    assert "content-encoding" not in sent.headers
    assert sent.body == CONTENT


def test_content_that_gzip_does_not_shorten_is_plain() -> None:
    sent = reply(StoredFile.of(b"a", "a.js", FOR_EVER), accept_encoding="gzip")
    assert sent.body == b"a"
    assert "content-encoding" not in sent.headers


@pytest.mark.parametrize("accepted", ["gzip", ""])
def test_every_reply_tells_type_caching_and_that_it_depends_on_the_encoding(accepted: str) -> None:
    sent = reply(FILE, accept_encoding=accepted)
    assert sent.headers["content-type"] == "text/javascript; charset=utf-8"
    assert sent.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert sent.headers["vary"] == "accept-encoding"
    assert sent.headers["etag"] == FILE.etag


@pytest.mark.parametrize("known", [FILE.etag, f'"other", {FILE.etag}'])
def test_a_client_that_has_the_content_is_told_so(known: str) -> None:
    sent = reply(FILE, if_none_match=known, accept_encoding="gzip")
    assert (sent.status_code, sent.body) == (304, b"")
    assert sent.headers["etag"] == FILE.etag
    assert sent.headers["cache-control"] == FOR_EVER


@pytest.mark.parametrize("known", ["", '"other"', FILE.etag[:-2] + '"'])
def test_a_client_that_has_other_content_gets_this(known: str) -> None:
    assert reply(FILE, if_none_match=known).status_code == 200


def test_the_tag_depends_on_the_content_alone() -> None:
    assert StoredFile.of(CONTENT, "b.css", "no-cache").etag == FILE.etag
    assert StoredFile.of(CONTENT + b" ", "a/page.js", FOR_EVER).etag != FILE.etag
