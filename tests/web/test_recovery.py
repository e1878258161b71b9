"""Runs that are open in a page are kept, and a server that is started again goes on from there."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from server.data.disk_cache import cache_folder
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run import checkpoints, recovery
from server.run.history import History
from server.web.settings import Settings
from tests.waiting import wait_until
from tests.web.helpers import ENDLESS, Stream, call, numbers, serving
from tests.web.test_main import started

RECIPE = Recipe.model_validate(ENDLESS)
FAR = recovery.FAR


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The runs of a cache of this test alone, which shares its data sets with all tests."""
    made = cache_folder() / "made"
    made.mkdir(parents=True, exist_ok=True)
    (tmp_path / "made").symlink_to(made)
    monkeypatch.setenv("DATA_CACHE", str(tmp_path))
    return tmp_path / "trained"


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are due after any computing."""
    monkeypatch.setattr(recovery, "MIN_SECONDS", 1e-9)
    monkeypatch.setattr(recovery, "MIN_SHARE", 0)


def kept() -> int:
    """The number of iterations of RECIPE that the cache has."""
    return checkpoints._iterations_in(checkpoints._path(RECIPE))


def new_run(port: int) -> str:
    return str(call(port, "POST", "/api/runs", ENDLESS)["id"])


@contextmanager
def watched(port: int, run: str) -> Iterator[None]:
    """A page has the run open."""
    with Stream(port, run) as stream:
        stream.open()
        stream.event()
        yield


def seek(port: int, run: str, iteration: int) -> int:
    """Compute up to an iteration, and return how far the run is then."""
    return int(call(port, "POST", f"/api/runs/{run}/seek", {"iteration": iteration})["computed"])


@pytest.mark.slow
def test_a_killed_server_has_kept_a_run_that_was_open_and_the_next_one_goes_on_from_there(
    tmp_path: Path,
) -> None:
    with started("--port", "0", DATA_CACHE=str(tmp_path)) as (process, url):
        port = port_of(url)
        run = new_run(port)
        with watched(port, run):
            call(port, "POST", f"/api/runs/{run}/run", {})
            wait_until(lambda: kept() > 3 * FAR)
            process.kill()
            process.wait()
    found = kept()
    with started("--port", "0", DATA_CACHE=str(tmp_path)) as (_, url):
        port = port_of(url)
        run = new_run(port)
        assert call(port, "GET", f"/api/runs/{run}/timeline")["computed"] == 0, "nothing is claimed"
        assert seek(port, run, FAR - 1) == FAR, "what is near is computed"
        # More than was asked for: it was read, not computed.
        assert seek(port, run, found - FAR) == found
        assert seek(port, run, found) == found + 1
        losses = call(port, "GET", f"/api/runs/{run}/timeline")["losses"]
    fresh = History(plan(RECIPE))
    fresh.advance(found + 1)
    assert numbers(losses).tobytes() == fresh.losses.tobytes()


def port_of(url: str) -> int:
    return int(re.findall(r":(\d+)/", url)[0])


@pytest.mark.usefixtures("eager")
def test_a_run_that_nobody_has_open_is_not_kept(cache: Path) -> None:
    with serving(Settings()) as port:
        run = new_run(port)
        seek(port, run, 2 * FAR)
        assert not cache.exists()
        with watched(port, run):
            seek(port, run, 3 * FAR)
            wait_until(lambda: kept() == 3 * FAR + 1)


def test_a_run_that_is_open_is_kept_when_the_server_ends_even_when_it_is_not_due(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "MIN_SECONDS", 1e9)
    with ExitStack() as page:
        with serving(Settings()) as port:
            run = new_run(port)
            other = call(port, "POST", "/api/runs", {**ENDLESS, "seed": 8})["id"]
            page.enter_context(watched(port, run))
            for each in (run, other):
                seek(port, each, FAR)
            assert not cache.exists()
        assert kept() == FAR + 1
        assert len(list(cache.iterdir())) == 1, "nobody has the other run open"


def test_a_run_trained_to_an_accuracy_is_kept_and_read_though_nobody_has_it_open() -> None:
    with serving(Settings()) as port:
        run = new_run(port)
        call(port, "POST", f"/api/runs/{run}/run", {"accuracy": 0.3})
        wait_until(lambda: kept() > 0)
    found = kept()
    with serving(Settings()) as port:
        run = new_run(port)
        call(port, "POST", f"/api/runs/{run}/run", {"accuracy": 0.3})
        assert call(port, "GET", f"/api/runs/{run}/timeline")["computed"] == found


@pytest.mark.usefixtures("eager")
def test_a_cache_that_cannot_be_written_stops_nobody(cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache.write_text("a file where the folder should be")
    with serving(Settings()) as port:
        run = new_run(port)
        with watched(port, run):
            assert seek(port, run, FAR + 9) == FAR + 10
            wait_until(lambda: "could not be kept" in caplog.text)
            assert seek(port, run, FAR + 20) == FAR + 21
