"""Downloading a data set once, into the user's cache: with checksums, progress, and a way to stop."""

import os
import threading
from collections.abc import Callable

from server.data.sets.files import DataUnavailable
from server.data.sets.sources import File, Source, cache_folder

DATA_MIRROR = "DATA_MIRROR"
TIMEOUT_SECONDS = 30


class Stopped(Exception):
    """The download was stopped on purpose."""


def address(source: Source, file: File) -> str:
    """Where a file comes from: the published address, or a mirror's, BASE/<set>/<file>, if DATA_MIRROR names
    one."""
    mirror = os.environ.get(DATA_MIRROR)
    return f"{mirror.rstrip('/')}/{source.name}/{file.name}" if mirror else file.address


def download(source: Source, stop: threading.Event, tell: Callable[[int], None]) -> None:
    """Bring all files of a source into the cache; `tell` hears how many bytes are there.

    A file counts only when it is whole and its checksum right; what is broken off leaves nothing behind, and
    files that are there already are not brought again. Stopped, DataUnavailable.
    """
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")
    before = 0
    for file in source.published:
        bar = _Bar(before, file.size, stop, tell)
        bar.update(0)
        try:
            pooch.retrieve(
                address(source, file),
                f"sha256:{file.sha256}",
                fname=file.name,
                path=cache_folder() / source.name,
                downloader=pooch.HTTPDownloader(progressbar=bar, timeout=TIMEOUT_SECONDS),
            )
        except requests.RequestException as error:
            reason = (
                f"the answer was {error.response.status_code}"
                if error.response is not None
                else ("the server that has it cannot be reached")
            )
            raise _failed(source, file, reason) from None
        except ValueError:
            raise _failed(source, file, "its checksum is not that of the published file") from None
        except OSError as error:
            raise _failed(source, file, f"it could not be written: {error.strerror}") from None
        before += file.size
        tell(before)


def _failed(source: Source, file: File, reason: str) -> DataUnavailable:
    return DataUnavailable(
        f"{source.title} could not be downloaded: {file.name}, {reason}. Try again, or start the server with "
        f"--data-dir FOLDER, where FOLDER/{source.folders[0]} holds the files."
    )


class _Bar:
    """What pooch takes for a progress bar, which hears of every piece that comes."""

    def __init__(self, before: int, size: int, stop: threading.Event, tell: Callable[[int], None]) -> None:
        self.total = size
        self._before, self._size, self._stop, self._tell = before, size, stop, tell
        self._come = 0

    def update(self, count: int) -> None:
        """So many bytes more have come. Stopped when nobody wants them any more."""
        if self._stop.is_set():
            raise Stopped
        self._come += count
        self._tell(self._before + min(self._come, self._size))

    def reset(self) -> None:
        """Begin again: pooch does, before it says that all has come."""
        self._come = 0

    def close(self) -> None:
        """Nothing is left open."""
