"""Downloads from a local server: complete files with the right checksum, or nothing."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from server.data.errors import DataUnavailable
from server.data.sets.download import Stopped, download, download_url
from server.data.sets.sources import SOURCES, File, Source, locate, read_source
from tests.data.sets import published

MNIST = SOURCES["mnist"]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Do not log requests."""


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a small MNIST, served as the mirror. The cache is empty."""
    published.write_idx(tmp_path / "mirror" / "mnist")
    handler = partial(Quiet, directory=str(tmp_path / "mirror"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("DATA_MIRROR", f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setenv("DATA_CACHE", str(tmp_path / "cache"))
        monkeypatch.delenv("DATA_DIR", raising=False)
        yield tmp_path / "mirror"
        server.shutdown()
        thread.join()


def small() -> Source:
    """The source of the small MNIST, with its checksums."""

    def file(name: str, content: bytes) -> File:
        packed = published.gzipped(content)
        return File(name, "", hashlib.sha256(packed).hexdigest(), len(packed))

    return replace(MNIST, published=tuple(file(*item) for item in published.idx_files().items()))


def test_downloaded_files_are_cached_and_can_be_read(mirror: Path) -> None:
    told: list[int] = []
    source = small()
    download(source, threading.Event(), told.append)
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0, source.size)
    assert read_source(source).train_examples == published.TRAIN


def test_cached_files_are_not_downloaded_again(mirror: Path) -> None:
    source = small()
    download(source, threading.Event(), lambda _: None)
    for file in (mirror / "mnist").iterdir():
        file.unlink()
    download(source, threading.Event(), lambda _: None)


def test_a_stopped_download_leaves_no_partial_file_and_can_be_resumed(mirror: Path, tmp_path: Path) -> None:
    source, stop = small(), threading.Event()
    limit = source.published[0].size

    def tell(done: int) -> None:
        if done >= limit:
            stop.set()

    with pytest.raises(Stopped):
        download(source, stop, tell)
    names = [path.name for path in (tmp_path / "cache" / "mnist").iterdir()]
    assert names in ([], [source.published[0].name])
    assert locate(source) is None
    download(source, threading.Event(), lambda _: None)
    assert locate(source) is not None


def test_files_with_a_wrong_checksum_are_deleted(mirror: Path, tmp_path: Path) -> None:
    with pytest.raises(DataUnavailable, match=r"train-images-idx3-ubyte\.gz, its checksum is not"):
        download(MNIST, threading.Event(), lambda _: None)
    assert list((tmp_path / "cache" / "mnist").iterdir()) == []


def test_a_missing_file_on_the_mirror_is_named(mirror: Path) -> None:
    source = small()
    (mirror / "mnist" / source.published[2].name).unlink()
    with pytest.raises(DataUnavailable, match=r"t10k-images-idx3-ubyte\.gz, the answer was 404.*--data-dir"):
        download(source, threading.Event(), lambda _: None)


def test_an_unreachable_server_is_reported(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_MIRROR", "http://127.0.0.1:1")
    with pytest.raises(DataUnavailable, match=r"cannot be reached.*Try again"):
        download(small(), threading.Event(), lambda _: None)


def test_without_a_mirror_the_published_url_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATA_MIRROR", raising=False)
    for source in SOURCES.values():
        for file in source.published:
            assert download_url(source, file) == file.url
            assert file.url.endswith(file.name)
