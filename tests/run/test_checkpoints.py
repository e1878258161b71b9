import subprocess
import sys

import numpy as np
import pytest

from server.nn.optimizers import Adam
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run import checkpoints as keeping
from server.run.checkpoints import keep, restore
from server.run.history import History

RECIPE = Recipe(batch_size=32, optimizer=Adam(learning_rate=0.01))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_CACHE", str(tmp_path))
    return tmp_path / "trained"


def trained(recipe=RECIPE, iterations=23):
    history = History(plan(recipe))
    history.advance(iterations)
    return history


@pytest.mark.slow
def test_a_restored_run_continues_bit_for_bit():
    before = trained()
    keep(before)
    after = History(plan(RECIPE))
    assert restore(after)
    assert after.computed == 23
    assert after.evaluations == before.evaluations
    np.testing.assert_array_equal(after.losses, before.losses)
    for iteration in (0, 11, 22):
        for (name, kept), (_, made) in zip(
            after.trace(iteration).computed(), before.trace(iteration).computed(), strict=True
        ):
            np.testing.assert_array_equal(kept, made, err_msg=name)
    before.advance(3)
    after.advance(3)
    np.testing.assert_array_equal(after.losses, before.losses)


def test_checkpoints_of_another_recipe_or_other_code_are_not_restored(monkeypatch):
    keep(trained())
    assert not restore(History(plan(RECIPE.model_copy(update={"seed": 8}))))
    monkeypatch.setattr(keeping, "_arithmetic", lambda: "another")
    assert not restore(History(plan(RECIPE)))


def test_a_history_longer_than_its_checkpoint_is_not_changed():
    keep(trained())
    longer = trained(iterations=24)
    assert not restore(longer)
    assert longer.computed == 24


def test_a_damaged_checkpoint_is_logged_and_not_restored(cache, caplog):
    keep(trained())
    (path,) = cache.iterdir()
    path.write_bytes(path.read_bytes()[:-100])
    history = History(plan(RECIPE))
    assert not restore(history)
    assert history.computed == 0
    assert "damaged" in caplog.text


def test_a_cache_that_cannot_be_written_is_logged(cache, caplog):
    cache.write_text("a file where the folder should be")
    keep(trained())
    assert "could not be kept" in caplog.text


def test_the_checkpoints_used_last_are_kept(cache, monkeypatch):
    monkeypatch.setattr(keeping, "KEPT", 2)
    for seed in range(3):
        keep(trained(RECIPE.model_copy(update={"seed": seed}), 1))
    assert len(list(cache.iterdir())) == 2
    assert restore(History(plan(RECIPE.model_copy(update={"seed": 2}))))


def test_a_run_stops_at_the_first_evaluation_with_the_wanted_accuracy():
    history = History(plan(RECIPE))
    history.advance(10_000, accuracy=0.5)
    *before, last = history.evaluations
    assert last.iteration == history.computed < 200
    assert last.accuracy >= 0.5 > max(e.accuracy for e in before)
    assert history.reached(0.5) == last
    assert history.reached(0.999) is None


@pytest.mark.slow
def test_the_fingerprint_of_the_arithmetic_does_not_depend_on_other_imports():
    # SciPy loads a second BLAS library, which the engine does not use.
    told = "from server.run.checkpoints import _arithmetic; print(_arithmetic())"
    found = {
        subprocess.run(
            [sys.executable, "-c", f"{first}; {told}"], capture_output=True, text=True, check=True
        ).stdout
        for first in ("import numpy", "import scipy.linalg")
    }
    assert len(found) == 1
