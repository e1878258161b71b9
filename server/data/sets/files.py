"""Reading the files that MNIST and CIFAR-10 are published in. Whatever they hold, memory stays bounded."""

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

MAX_EXAMPLES = 100_000
CLASSES = 10
IMAGES_MAGIC, LABELS_MAGIC = 2051, 2049
CIFAR_SIDE = 32
CIFAR_RECORD = 1 + 3 * CIFAR_SIDE**2

Bytes = NDArray[np.uint8]


class DataUnavailable(Exception):
    """A data set that cannot be had here and now, in a sentence that says what to do."""


def found(folder: Path, name: str) -> Path | None:
    """The file of this name in a folder, or its unpacked twin without .gz; None when there is neither."""
    for path in (folder / name, folder / name.removesuffix(".gz")):
        if path.is_file():
            return path
    return None


def idx_images(path: Path, side: int) -> Bytes:
    """The images (count, 1, side, side) of an IDX file, packed or not. DataUnavailable when it is none."""
    data = _content(path, 16 + MAX_EXAMPLES * side**2)
    if len(data) < 16 or struct.unpack_from(">I", data)[0] != IMAGES_MAGIC:
        raise _broken(path, "it is not an IDX file of images")
    _, count, rows, columns = struct.unpack_from(">4I", data)
    if (rows, columns) != (side, side):
        raise _broken(path, f"its images are {rows}x{columns} instead of {side}x{side}")
    if count < 1 or len(data) != 16 + count * side**2:
        raise _broken(path, f"it says that it holds {count:,} images, and holds {len(data) - 16:,} bytes")
    return np.frombuffer(data, np.uint8, offset=16).reshape(count, 1, side, side)


def idx_labels(path: Path) -> Labels:
    """The class numbers (count,) of an IDX file, packed or not. DataUnavailable when it is none."""
    data = _content(path, 8 + MAX_EXAMPLES)
    if len(data) < 8 or struct.unpack_from(">I", data)[0] != LABELS_MAGIC:
        raise _broken(path, "it is not an IDX file of labels")
    _, count = struct.unpack_from(">2I", data)
    if len(data) != 8 + count:
        raise _broken(path, f"it says that it holds {count:,} labels, and holds {len(data) - 8:,}")
    return _labels(path, np.frombuffer(data, np.uint8, offset=8))


def idx_pair(folder: Path, images: str, labels: str, side: int) -> tuple[Bytes, Labels]:
    """Images with their labels, from two files of a folder. DataUnavailable."""
    pair = idx_images(_there(folder, images), side), idx_labels(_there(folder, labels))
    if len(pair[0]) != len(pair[1]):
        raise _broken(folder / labels, f"it has {len(pair[1]):,} labels for {len(pair[0]):,} images")
    return pair


def cifar_batches(folder: Path, names: tuple[str, ...]) -> tuple[Bytes, Labels]:
    """Images (count, 3, 32, 32) with their labels, from CIFAR's binary files. DataUnavailable."""
    paths = [_there(folder, name) for name in names]
    return _cifar(paths[0], b"".join(_content(path, MAX_EXAMPLES * CIFAR_RECORD) for path in paths))


def cifar_archive(path: Path, names: tuple[str, ...]) -> tuple[Bytes, Labels]:
    """The same, from members of the published archive, of which nothing is unpacked. DataUnavailable."""
    parts = []
    try:
        with tarfile.open(path, "r:gz") as archive:
            for name in names:
                with cast(IO[bytes], archive.extractfile(f"cifar-10-batches-bin/{name}")) as member:
                    parts.append(_bounded(path, member, MAX_EXAMPLES * CIFAR_RECORD))
    except (OSError, EOFError, KeyError, tarfile.TarError, zlib.error, TypeError, AttributeError) as error:
        raise _broken(path, f"it cannot be unpacked ({error})") from None
    return _cifar(path, b"".join(parts))


def _cifar(path: Path, data: bytes) -> tuple[Bytes, Labels]:
    count, rest = divmod(len(data), CIFAR_RECORD)
    if rest or not 0 < count <= MAX_EXAMPLES:
        raise _broken(path, f"{len(data):,} bytes are no whole records of {CIFAR_RECORD:,} bytes")
    records = np.frombuffer(data, np.uint8).reshape(count, CIFAR_RECORD)
    images = records[:, 1:].reshape(count, 3, CIFAR_SIDE, CIFAR_SIDE)
    return images, _labels(path, records[:, 0].copy())


def _labels(path: Path, labels: Bytes) -> Labels:
    if labels.size and labels.max() >= CLASSES:
        raise _broken(path, f"it has the class {labels.max()}, and the last one is {CLASSES - 1}")
    return labels


def _there(folder: Path, name: str) -> Path:
    path = found(folder, name)
    if path is None:
        raise DataUnavailable(f"{folder.name}/{name} is missing.")
    return path


def _content(path: Path, limit: int) -> bytes:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return _bounded(path, cast(IO[bytes], file), limit)
    except (OSError, EOFError, zlib.error) as error:
        raise _broken(path, f"it cannot be read ({error})") from None


def _bounded(path: Path, file: IO[bytes], limit: int) -> bytes:
    """All that a file holds, unless that is more than `limit`: then no more than that is read."""
    content = io.BytesIO()
    while piece := file.read(2**20):
        content.write(piece)
        if content.tell() > limit:
            raise _broken(path, f"it holds more than {MAX_EXAMPLES:,} examples")
    return content.getvalue()


def _broken(path: Path, why: str) -> DataUnavailable:
    return DataUnavailable(
        f"{path.parent.name}/{path.name} cannot be used: {why}. Put the published file in its place."
    )
