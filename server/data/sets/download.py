"""Download the files of a data set into the user's cache, with checksums, progress and cancellation."""

import os
import threading
from collections.abc import Callable

from server.data.disk_cache import cache_folder
from server.data.errors import DataUnavailable
from server.data.sets.sources import File, Source

DATA_MIRROR = "DATA_MIRROR"
"""The environment variable that names a mirror: its files are at MIRROR/<data set>/<file>."""
TIMEOUT_SECONDS = 30


class Stopped(Exception):
    """The download was cancelled."""


def download_url(source: Source, file: File) -> str:
    """The URL of a file, on the mirror if there is one."""
    mirror = os.environ.get(DATA_MIRROR)
    return f"{mirror.rstrip('/')}/{source.name}/{file.name}" if mirror else file.url


def download(source: Source, stop: threading.Event, report: Callable[[int], None]) -> None:
    """Download the files of a source that are not in the cache yet.

    A file appears in the cache only when it is complete and its checksum matches.

    Parameters
    ----------
    source
        The data set.
    stop
        Set this event from another thread to cancel the download.
    report
        Called with the number of bytes so far, of all files together.

    Raises
    ------
    Stopped
        If `stop` was set.
    DataUnavailable
        If a file cannot be downloaded or written, or its checksum is wrong.
    """
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")
    done = 0
    for file in source.published:
        bar = _ProgressBar(done, file.size, stop, report)
        bar.update(0)
        try:
            pooch.retrieve(
                download_url(source, file),
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
        done += file.size
        report(done)


def _failed(source: Source, file: File, reason: str) -> DataUnavailable:
    return DataUnavailable(
        f"{source.title} could not be downloaded: {file.name}, {reason}. Try again, or start the server with "
        f"--data-dir FOLDER, where FOLDER/{source.folders[0]} holds the files."
    )


class _ProgressBar:
    """The interface of a progress bar, as pooch expects it. It reports progress and cancels the download."""

    def __init__(self, before: int, size: int, stop: threading.Event, report: Callable[[int], None]) -> None:
        self.total = size
        self._before, self._size, self._stop, self._report = before, size, stop, report
        self._received = 0

    def update(self, count: int) -> None:
        """Report `count` more bytes. Raises Stopped if the download was cancelled."""
        if self._stop.is_set():
            raise Stopped
        self._received += count
        self._report(self._before + min(self._received, self._size))

    def reset(self) -> None:
        """Start from 0. pooch does so before it reports the whole file."""
        self._received = 0

    def close(self) -> None:
        """Nothing to close."""
