"""Tiny data sets in the formats of the published ones."""

import gzip
import io
import struct
import tarfile
from pathlib import Path

import numpy as np

TRAIN, TEST = 30, 20


def gzipped(content: bytes) -> bytes:
    """Compressed without a time stamp: the same bytes in every process, as parallel test runs need."""
    return gzip.compress(content, mtime=0)


def idx_images(images: np.ndarray, magic: int = 2051) -> bytes:
    return struct.pack(">4I", magic, *images.shape) + images.tobytes()


def idx_labels(labels: np.ndarray, magic: int = 2049) -> bytes:
    return struct.pack(">2I", magic, len(labels)) + labels.tobytes()


def pixels(*shape: int, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def labels(count: int) -> np.ndarray:
    return (np.arange(count) % 10).astype(np.uint8)


def idx_files() -> dict[str, bytes]:
    """The uncompressed content of the four files of a small MNIST."""
    return {
        "train-images-idx3-ubyte.gz": idx_images(pixels(TRAIN, 28, 28)),
        "train-labels-idx1-ubyte.gz": idx_labels(labels(TRAIN)),
        "t10k-images-idx3-ubyte.gz": idx_images(pixels(TEST, 28, 28, seed=4)),
        "t10k-labels-idx1-ubyte.gz": idx_labels(labels(TEST)),
    }


def write_idx(folder: Path, packed: bool = True) -> None:
    """Write a small MNIST into a folder."""
    folder.mkdir(parents=True)
    for name, content in idx_files().items():
        path = folder / (name if packed else name.removesuffix(".gz"))
        path.write_bytes(gzipped(content) if packed else content)


def cifar_records(count: int, seed: int) -> bytes:
    return b"".join(
        bytes([label]) + image.tobytes()
        for label, image in zip(labels(count), pixels(count, 3072, seed=seed), strict=True)
    )


def cifar_batches() -> dict[str, bytes]:
    batches = {f"data_batch_{number}.bin": cifar_records(10, number) for number in range(1, 6)}
    return batches | {"test_batch.bin": cifar_records(10, 6)}


def write_cifar(folder: Path, how: str) -> None:
    """Write a small CIFAR-10 into a folder: as "batches", as the published "archive", or as "two" files."""
    folder.mkdir(parents=True)
    batches = cifar_batches()
    if how == "batches":
        for name, content in batches.items():
            (folder / name).write_bytes(content)
    elif how == "archive":
        with tarfile.open(folder / "cifar-10-binary.tar.gz", "w:gz") as archive:
            for name, content in batches.items():
                member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    else:
        *train, test = batches.values()
        (folder / "train.bin.gz").write_bytes(gzipped(b"".join(train)))
        (folder / "test.bin.gz").write_bytes(gzipped(test))
