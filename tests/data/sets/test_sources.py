"""Published data sets: locating, reading, and messages about damaged files."""

import re
from pathlib import Path

import numpy as np
import pytest

from server.data import LOADERS
from server.data.errors import DataUnavailable
from server.data.sets.sources import SOURCES, locate, read_source
from tests.data.sets import published

MNIST, FASHION, CIFAR = (SOURCES[name] for name in ("mnist", "fashion_mnist", "cifar10"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of --data-dir. The cache is empty."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATA_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.mark.parametrize("packed", [True, False])
def test_idx_files_are_read_compressed_or_not(folder: Path, packed: bool) -> None:
    published.write_idx(folder / "mnist", packed)
    dataset = LOADERS["mnist"]()
    assert (dataset.shape, dataset.classes) == (MNIST.shape, MNIST.classes)
    assert (dataset.train_examples, dataset.test_examples) == (published.TRAIN, published.TEST)
    assert dataset.train_x.dtype == np.uint8
    assert dataset.scale == 1 / 255
    assert (dataset.train_x[0, :, :, 7] == published.pixels(published.TRAIN, 28, 28)[7]).all()
    assert (dataset.test_x[0, :, :, 7] == published.pixels(published.TEST, 28, 28, seed=4)[7]).all()
    assert dataset.train_targets[:, 13].argmax() == 3


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("cifar10", "batches"),
        ("cifar-10-batches-bin", "batches"),
        ("cifar10", "archive"),
        ("cifar10-small", "two"),
    ],
)
def test_cifar_is_read_in_every_layout(folder: Path, name: str, how: str) -> None:
    published.write_cifar(folder / name, how)
    dataset = read_source(CIFAR)
    assert (dataset.train_examples, dataset.test_examples) == (50, 10)
    images = published.pixels(10, 3072, seed=2).reshape(10, 3, 32, 32)
    assert (dataset.train_x[..., 14] == images[4]).all()
    assert dataset.train_targets[:, 14].argmax() == 4
    assert (dataset.test_x[..., 0].ravel() == published.pixels(10, 3072, seed=6)[0]).all()


def test_the_data_folder_precedes_the_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published.write_idx(folder / "cache" / "fashion_mnist")
    assert locate(FASHION) == (folder / "cache" / "fashion_mnist", FASHION.layouts[0])
    published.write_idx(folder / "fashion-mnist")
    assert locate(FASHION) == (folder / "fashion-mnist", FASHION.layouts[0])
    monkeypatch.delenv("DATA_DIR")
    assert read_source(FASHION).train_examples == published.TRAIN
    assert locate(MNIST) is None


def test_the_message_about_a_missing_data_set_says_how_to_get_it(folder: Path) -> None:
    published.write_idx(folder / "mnist")
    (folder / "mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataUnavailable) as refusal:
        read_source(MNIST)
    for words in (
        "Download it",
        "11.6 MB",
        "--data-dir FOLDER",
        "FOLDER/mnist",
        "train-images-idx3-ubyte.gz",
    ):
        assert words in str(refusal.value)


IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
GOOD = published.idx_files()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (IMAGES, b"no gzip", "cannot be read"),
        (IMAGES, published.gzipped(GOOD[IMAGES])[:-20], "cannot be read"),
        (IMAGES, published.gzipped(b""), "not an IDX file of images"),
        (IMAGES, published.gzipped(GOOD[LABELS]), "not an IDX file of images"),
        (IMAGES, published.gzipped(GOOD[IMAGES][:-1]), "says that it holds 30 images"),
        (
            IMAGES,
            published.gzipped(published.idx_images(published.pixels(30, 14, 56))),
            "14x56 instead of 28x28",
        ),
        (IMAGES, published.gzipped(published.idx_images(published.pixels(0, 28, 28))), "0 images"),
        (LABELS, published.gzipped(GOOD[IMAGES]), "not an IDX file of labels"),
        (LABELS, published.gzipped(GOOD[LABELS] + b"1"), "says that it holds 30 labels, and holds 31"),
        (LABELS, published.gzipped(published.idx_labels(published.labels(29))), "29 labels for 30 images"),
        (LABELS, published.gzipped(published.idx_labels(published.labels(30) + 1)), "has the class 10"),
        (LABELS, published.gzipped(b"\0" * 200_000), "more than 100,000 examples"),
    ],
)
def test_damaged_files_are_named_with_the_reason(folder: Path, name: str, content: bytes, words: str) -> None:
    published.write_idx(folder / "mnist")
    (folder / "mnist" / name).write_bytes(content)
    with pytest.raises(DataUnavailable, match=re.escape(words)) as refusal:
        read_source(MNIST)
    assert f"mnist/{name}" in str(refusal.value)


@pytest.mark.parametrize("content", [b"", b"\0" * 3074, b"\x0a" + b"\0" * 3072, b"no archive"])
def test_damaged_cifar_files_are_refused(folder: Path, content: bytes) -> None:
    published.write_cifar(folder / "cifar10", "batches")
    (folder / "cifar10" / "test_batch.bin").write_bytes(content)
    with pytest.raises(DataUnavailable, match=r"cifar10/test_batch\.bin cannot be used"):
        read_source(CIFAR)


@pytest.mark.parametrize(
    "content", [b"no archive", published.gzipped(b"no archive"), published.gzipped(b"\0" * 10240)]
)
def test_damaged_archives_are_refused(folder: Path, content: bytes) -> None:
    (folder / "cifar10").mkdir()
    (folder / "cifar10" / "cifar-10-binary.tar.gz").write_bytes(content)
    with pytest.raises(DataUnavailable, match=r"cifar-10-binary\.tar\.gz cannot be used"):
        read_source(CIFAR)
