"""Read the file formats of MNIST (IDX) and CIFAR-10 (binary). Memory stays bounded for any content.

All functions raise DataUnavailable if a file is missing, damaged, or does not contain what is expected.
"""

import gzip
import io
import struct
import tarfile
import zlib
from pathlib import Path
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray

from server.data.dataset import Labels
from server.data.errors import DataUnavailable

MAX_EXAMPLES = 100_000
CLASSES = 10
IMAGES_MAGIC, LABELS_MAGIC = 2051, 2049
CIFAR_SIDE = 32
CIFAR_RECORD = 1 + 3 * CIFAR_SIDE**2

Bytes = NDArray[np.uint8]


def find_file(folder: Path, name: str) -> Path | None:
    """The path of a file in a folder, or of the same file without .gz; None if neither exists."""
    for path in (folder / name, folder / name.removesuffix(".gz")):
        if path.is_file():
            return path
    return None


def idx_images(path: Path, side: int) -> Bytes:
    """The images (count, 1, side, side) of an IDX file, compressed or not."""
    data = _read_content(path, 16 + MAX_EXAMPLES * side**2)
    if len(data) < 16 or struct.unpack_from(">I", data)[0] != IMAGES_MAGIC:
        raise _damaged(path, "it is not an IDX file of images")
    _, count, rows, columns = struct.unpack_from(">4I", data)
    if (rows, columns) != (side, side):
        raise _damaged(path, f"its images are {rows}x{columns} instead of {side}x{side}")
    if count < 1 or len(data) != 16 + count * side**2:
        raise _damaged(path, f"it says that it holds {count:,} images, and holds {len(data) - 16:,} bytes")
    return np.frombuffer(data, np.uint8, offset=16).reshape(count, 1, side, side)


def idx_labels(path: Path) -> Labels:
    """The labels (count,) of an IDX file, compressed or not."""
    data = _read_content(path, 8 + MAX_EXAMPLES)
    if len(data) < 8 or struct.unpack_from(">I", data)[0] != LABELS_MAGIC:
        raise _damaged(path, "it is not an IDX file of labels")
    _, count = struct.unpack_from(">2I", data)
    if len(data) != 8 + count:
        raise _damaged(path, f"it says that it holds {count:,} labels, and holds {len(data) - 8:,}")
    return _check_labels(path, np.frombuffer(data, np.uint8, offset=8))


def idx_pair(folder: Path, images: str, labels: str, side: int) -> tuple[Bytes, Labels]:
    """Images (count, 1, side, side) with their labels (count,), from two IDX files in a folder."""
    pair = idx_images(_require(folder, images), side), idx_labels(_require(folder, labels))
    if len(pair[0]) != len(pair[1]):
        raise _damaged(folder / labels, f"it has {len(pair[1]):,} labels for {len(pair[0]):,} images")
    return pair


def cifar_batches(folder: Path, names: tuple[str, ...]) -> tuple[Bytes, Labels]:
    """Images (count, 3, 32, 32) with their labels (count,), from the binary files of CIFAR-10."""
    paths = [_require(folder, name) for name in names]
    return _cifar(paths[0], b"".join(_read_content(path, MAX_EXAMPLES * CIFAR_RECORD) for path in paths))


def cifar_archive(path: Path, names: tuple[str, ...]) -> tuple[Bytes, Labels]:
    """The same, from members of the published archive, without unpacking it to the disk."""
    batches = []
    try:
        with tarfile.open(path, "r:gz") as archive:
            for name in names:
                with cast(IO[bytes], archive.extractfile(f"cifar-10-batches-bin/{name}")) as member:
                    batches.append(_read_at_most(path, member, MAX_EXAMPLES * CIFAR_RECORD))
    except (OSError, EOFError, KeyError, tarfile.TarError, zlib.error, TypeError, AttributeError) as error:
        raise _damaged(path, f"it cannot be unpacked ({error})") from None
    return _cifar(path, b"".join(batches))


def _cifar(path: Path, data: bytes) -> tuple[Bytes, Labels]:
    """The images and labels in records of one label and 3,072 pixels."""
    count, rest = divmod(len(data), CIFAR_RECORD)
    if rest or not 0 < count <= MAX_EXAMPLES:
        raise _damaged(path, f"{len(data):,} bytes are no whole records of {CIFAR_RECORD:,} bytes")
    records = np.frombuffer(data, np.uint8).reshape(count, CIFAR_RECORD)
    images = records[:, 1:].reshape(count, 3, CIFAR_SIDE, CIFAR_SIDE)
    return images, _check_labels(path, records[:, 0].copy())


def _check_labels(path: Path, labels: Bytes) -> Labels:
    """The labels, if all are class numbers."""
    if labels.size and labels.max() >= CLASSES:
        raise _damaged(path, f"it has the class {labels.max()}, and the last one is {CLASSES - 1}")
    return labels


def _require(folder: Path, name: str) -> Path:
    """The path of a file that must exist."""
    path = find_file(folder, name)
    if path is None:
        raise DataUnavailable(f"{folder.name}/{name} is missing.")
    return path


def _read_content(path: Path, limit: int) -> bytes:
    """The content of a file, decompressed if its name ends with .gz."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return _read_at_most(path, cast(IO[bytes], file), limit)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(path, f"it cannot be read ({error})") from None


def _read_at_most(path: Path, file: IO[bytes], limit: int) -> bytes:
    """The content of a file, read piece by piece. Raises DataUnavailable beyond `limit` bytes."""
    content = io.BytesIO()
    while piece := file.read(2**20):
        content.write(piece)
        if content.tell() > limit:
            raise _damaged(path, f"it holds more than {MAX_EXAMPLES:,} examples")
    return content.getvalue()


def _damaged(path: Path, why: str) -> DataUnavailable:
    return DataUnavailable(
        f"{path.parent.name}/{path.name} cannot be used: {why}. Put the published file in its place."
    )
