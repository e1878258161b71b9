"""Downloads of data sets: each in a thread of its own, with its progress."""

import sys
import threading

from server.data.errors import DataUnavailable
from server.data.sets.download import Stopped, download
from server.data.sets.sources import Source
from server.wire.messages.data import Download


class Downloads:
    """The downloads of one server, at most one for each data set at a time."""

    def __init__(self) -> None:
        self._all: dict[str, _Running] = {}
        self._starting = threading.Lock()

    def start(self, source: Source) -> None:
        """Start to download a data set, unless its download is running."""
        with self._starting:
            now = self._all.get(source.name)
            if now is None or not now.thread.is_alive():
                self._all[source.name] = _Running(source)

    def stop(self, name: str) -> None:
        """Stop the download of a data set, and delete its incomplete file."""
        if now := self._all.get(name):
            now.stop.set()

    def of(self, name: str) -> Download | None:
        """The running or last download of a data set; None when there was none."""
        now = self._all.get(name)
        if now is None:
            return None
        running = now.thread.is_alive()
        return Download(done=now.done, total=now.source.size, running=running, problem=now.problem)

    def close(self) -> None:
        """Stop all downloads. Their threads are daemons: they end by themselves."""
        for name in self._all:
            self.stop(name)


class _Running:
    """One download. Other threads read `done` (bytes) and `problem`."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.done = 0
        self.problem: str | None = None
        self.stop = threading.Event()
        self._printed = -1
        self.thread = threading.Thread(target=self._download, name=f"download {source.name}", daemon=True)
        self.thread.start()

    def _download(self) -> None:
        try:
            download(self.source, self.stop, self._tell)
            self._print("is here", end=True)
        except Stopped:
            self._print("stopped", end=True)
        except DataUnavailable as error:
            self.problem = str(error)
            self._print("failed", end=True)

    def _tell(self, done: int) -> None:
        self.done = done
        percent = 100 * done // self.source.size
        if percent != self._printed:
            self._printed = percent
            self._print(f"{percent:3} % of {self.source.size / 1e6:.1f} MB")

    def _print(self, words: str, end: bool = False) -> None:
        """Print a progress bar where stderr is a terminal."""
        if sys.stderr.isatty():
            filled = "#" * (30 * self.done // self.source.size)
            close = "\n" if end else ""
            print(f"\r{self.source.title} [{filled:30}] {words:22}", end=close, file=sys.stderr, flush=True)
