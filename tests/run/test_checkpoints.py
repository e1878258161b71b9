import errno
import os
import resource
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from server.nn.optimizers import Adam
from server.recipe.edits import LearningRateEdit
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run import checkpoints as keeping
from server.run.checkpoints import keep
from server.run.history import History
from server.run.past import first_reaching
from tests.checkpoints import restore

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


def test_a_checkpoint_of_more_iterations_is_not_replaced_by_one_of_fewer(cache):
    keep(trained(iterations=24))
    keep(trained(iterations=3))
    history = History(plan(RECIPE))
    assert restore(history)
    assert history.computed == 24


def test_a_checkpoint_has_few_states_and_the_newest(monkeypatch):
    monkeypatch.setattr(keeping, "MAX_STATES", 4)
    keep(trained(iterations=23))
    history = History(plan(RECIPE))
    assert restore(history)
    assert history.computed == 23
    assert list(history.past().snapshots.states) == [0, 8, 16]


def test_a_checkpoint_of_large_states_has_two_and_the_newest(monkeypatch):
    monkeypatch.setattr(keeping, "MAX_STATE_BYTES", 1)
    keep(trained(iterations=23))
    history = History(plan(RECIPE))
    assert restore(history)
    assert list(history.past().snapshots.states) == [0, 16]
    assert history.past().head.iteration == 23


def test_a_run_with_edits_begins_with_the_checkpoint_of_the_run_without_them():
    before = trained(iterations=40)
    keep(before)
    edit = LearningRateEdit(iteration=30, value=0.5)
    branch = History(plan(RECIPE.model_copy(update={"edits": (edit,)})))
    assert restore(branch)
    assert branch.computed == 30
    np.testing.assert_array_equal(branch.losses, before.losses[:30])
    assert branch.evaluations == tuple(e for e in before.evaluations if e.iteration <= 30)
    scratch = trained(branch.plan.recipe, 33)
    branch.advance(3)
    np.testing.assert_array_equal(branch.losses, scratch.losses)


def test_a_run_with_edits_begins_with_its_own_checkpoint_where_it_has_one():
    branch = RECIPE.model_copy(update={"edits": (LearningRateEdit(iteration=5, value=0.5),)})
    keep(trained(iterations=40))
    keep(trained(branch, 20))
    history = History(plan(branch))
    assert restore(history)
    assert history.computed == 20


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def emptied(path):
    path.write_bytes(b"")


def scribbled(path):
    path.write_bytes(b"not a checkpoint " * 1000)


def changed(**changes):
    def change(path):
        arrays = load_file(path)
        kept = {name: array for name, array in {**arrays, **changes}.items() if array is not None}
        save_file(kept, path)

    return change


DAMAGES = {
    "cut": cut,
    "empty": emptied,
    "text": scribbled,
    "without losses": changed(losses=None),
    "with fewer losses": changed(losses=np.zeros(3)),
    "without states": changed(iterations=np.zeros(0, np.int64)),
    "with more iterations than states": changed(iterations=np.arange(99)),
    "with parameters of another shape": changed(**{"params/dense/w": np.zeros((24, 3))}),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_checkpoint_is_logged_and_removed_and_the_run_is_as_it_was(damage, cache, caplog):
    keep(trained())
    (path,) = cache.iterdir()
    damage(path)
    history = History(plan(RECIPE))
    assert not restore(history)
    assert history.computed == 0
    assert "damaged" in caplog.text
    assert not path.exists()
    history.advance(2)
    np.testing.assert_array_equal(history.losses, trained(iterations=2).losses)


def test_a_damaged_checkpoint_is_replaced(cache):
    keep(trained(iterations=24))
    (path,) = cache.iterdir()
    cut(path)
    keep(trained(iterations=3))
    history = History(plan(RECIPE))
    assert restore(history)
    assert history.computed == 3


def test_a_cache_that_cannot_be_written_is_logged(cache, caplog):
    cache.write_text("a file where the folder should be")
    keep(trained())
    assert "could not be kept" in caplog.text


def test_a_read_only_cache_is_logged_and_still_read(cache, caplog, monkeypatch):
    keep(trained(iterations=5))

    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    for module, name in ((tempfile, "mkstemp"), (os, "utime"), (os, "replace")):
        monkeypatch.setattr(module, name, refuse)
    keep(trained(iterations=6))
    assert "could not be kept" in caplog.text
    assert "Read-only" in caplog.text
    history = History(plan(RECIPE))
    assert restore(history)
    assert history.computed == 5


def test_a_full_disk_is_logged_and_leaves_the_checkpoint_before_and_no_other_file(cache, caplog):
    keep(trained(iterations=5))
    longer = trained(iterations=6)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # A write beyond this limit fails in the middle, as on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        keep(longer)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "could not be kept" in caplog.text
    assert len(list(cache.iterdir())) == 1
    history = History(plan(RECIPE))
    assert restore(history)
    assert history.computed == 5


def test_the_checkpoints_used_last_are_kept(cache, monkeypatch):
    monkeypatch.setattr(keeping, "KEPT", 2)
    for seed in range(3):
        keep(trained(RECIPE.model_copy(update={"seed": seed}), 1))
    assert len(list(cache.iterdir())) == 2
    assert restore(History(plan(RECIPE.model_copy(update={"seed": 2}))))


def test_checkpoints_are_bounded_in_bytes_and_the_last_one_stays(cache, monkeypatch):
    keep(trained(RECIPE.model_copy(update={"seed": 0}), 1))
    (path,) = cache.iterdir()
    for most, count in ((2.5 * path.stat().st_size, 2), (1, 1)):
        monkeypatch.setattr(keeping, "MAX_BYTES", most)
        for seed in range(3):
            path.unlink(missing_ok=True)
            keep(trained(RECIPE.model_copy(update={"seed": seed}), 1))
            newest = max(cache.iterdir(), key=lambda file: file.stat().st_mtime_ns)
        assert len(list(cache.iterdir())) == count
        assert newest.exists()


def test_unfinished_files_of_writers_that_died_are_removed_and_those_of_others_stay(cache):
    cache.mkdir()
    for name, age in (("old.part", keeping.ABANDONED_SECONDS + 60), (".tmpXYZ", 7200), ("new.part", 0)):
        (cache / name).write_bytes(b"half")
        used = (cache / name).stat().st_mtime - age
        os.utime(cache / name, (used, used))
    keep(trained())
    assert {path.name for path in cache.iterdir() if path.suffix != keeping.SUFFIX} == {"new.part"}


@pytest.mark.slow
def test_servers_that_share_a_cache_keep_and_restore_at_the_same_time(cache, caplog, monkeypatch):
    monkeypatch.setattr(keeping, "KEPT", 2)
    runs = [trained(RECIPE.model_copy(update={"seed": seed}), 1 + seed) for seed in range(4)]

    def work(number):
        for turn in range(20):
            run = runs[(number + turn) % 4]
            keep(run)
            found = History(run.plan)
            # Another server may have removed it, but what is there is whole.
            if restore(found):
                np.testing.assert_array_equal(found.losses, run.losses)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    assert caplog.text == ""
    assert all(path.suffix == keeping.SUFFIX for path in cache.iterdir())


def test_a_run_stops_at_the_first_evaluation_with_the_wanted_accuracy():
    history = History(plan(RECIPE))
    history.advance(10_000, accuracy=0.5)
    *before, last = history.evaluations
    assert last.iteration == history.computed < 200
    assert last.accuracy >= 0.5 > max(e.accuracy for e in before)
    assert first_reaching(history.evaluations, 0.5) == last
    assert first_reaching(history.evaluations, 0.999) is None


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
