"""The data sets that are too large to bring along: where their files are looked for, and how they are read.

A set is read from the folder that the environment variable DATA_DIR names (`--data-dir` sets it, so that
worker processes find it too), or else from the user's cache, where downloads go.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from server.data.dataset import Dataset, Labels, classified
from server.data.sets.files import Bytes, DataUnavailable, cifar_archive, cifar_batches, found, idx_pair

DATA_DIR, DATA_CACHE = "DATA_DIR", "DATA_CACHE"
WHITE = 255

Parts = tuple[tuple[Bytes, Labels], tuple[Bytes, Labels]]


@dataclass(frozen=True, slots=True)
class File:
    """A file of a download: its name, where it is published, its SHA-256, and its size in bytes."""

    name: str
    address: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Files that, all in one folder, are a whole data set; and how they are read."""

    files: tuple[str, ...]
    read: Callable[[Path], Parts]


@dataclass(frozen=True, slots=True)
class Source:
    """A data set of images in files: a folder of one of the names `folders` holds one of the `layouts`.

    `published` are the files that a download brings, into a cache folder called `name`; `examples` how many
    that are, in the two parts.
    """

    name: str
    title: str
    about: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    examples: tuple[int, int]
    folders: tuple[str, ...]
    layouts: tuple[Layout, ...]
    published: tuple[File, ...]

    @property
    def size(self) -> int:
        """The bytes of a download."""
        return sum(file.size for file in self.published)


def cache_folder() -> Path:
    """Where downloads are kept: the folder that DATA_CACHE names, or the user's cache."""
    if named := os.environ.get(DATA_CACHE):
        return Path(named)
    from pooch import os_cache

    return Path(os_cache("backscope"))


def located(source: Source) -> tuple[Path, Layout] | None:
    """The folder that has a source's files, with their layout; None when there is none."""
    folders = [cache_folder() / source.name]
    if given := os.environ.get(DATA_DIR):
        folders = [*(Path(given) / name for name in source.folders), *folders]
    for folder in folders:
        for layout in source.layouts:
            if all(found(folder, name) for name in layout.files):
                return folder, layout
    return None


def read(source: Source) -> Dataset:
    """The data set, its images as bytes. DataUnavailable when its files are missing or broken."""
    place = located(source)
    if place is None:
        raise DataUnavailable(
            f"{source.title} is not on this machine. Download it in the page under Data "
            f"({source.size / 1e6:.1f} MB), or start the server with --data-dir FOLDER, where "
            f"FOLDER/{source.folders[0]} holds {_listed(source.layouts[0].files)}."
        )
    folder, layout = place
    train, test = layout.read(folder)
    return classified(source.name, source.title, source.about, source.classes, train, test, scale=1 / WHITE)


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def _idx(folder: Path) -> Parts:
    train, test = (
        (f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz") for part in ("train", "t10k")
    )
    return idx_pair(folder, *train, side=28), idx_pair(folder, *test, side=28)


def _idx_layout(files: tuple[File, ...]) -> Layout:
    return Layout(tuple(file.name for file in files), _idx)


def _files(base: str, *files: tuple[str, str, int]) -> tuple[File, ...]:
    return tuple(File(name, base + name, sha256, size) for name, sha256, size in files)


_MNIST = _files(
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    (
        "train-images-idx3-ubyte.gz",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        9_912_422,
    ),
    (
        "train-labels-idx1-ubyte.gz",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        28_881,
    ),
    (
        "t10k-images-idx3-ubyte.gz",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        1_648_877,
    ),
    (
        "t10k-labels-idx1-ubyte.gz",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        4_542,
    ),
)
_FASHION = _files(
    # Published without TLS: the checksums tell whether what comes is what was published.
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    (
        "train-images-idx3-ubyte.gz",
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        26_421_880,
    ),
    (
        "train-labels-idx1-ubyte.gz",
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        29_515,
    ),
    (
        "t10k-images-idx3-ubyte.gz",
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        4_422_102,
    ),
    (
        "t10k-labels-idx1-ubyte.gz",
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        5_148,
    ),
)
_CIFAR = _files(
    "https://www.cs.toronto.edu/~kriz/",
    (
        "cifar-10-binary.tar.gz",
        "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        170_052_171,
    ),
)
_CIFAR_TRAIN = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
_CIFAR_TEST = ("test_batch.bin",)

SOURCES = {
    source.name: source
    for source in (
        Source(
            "mnist",
            "MNIST",
            "The image's pixels, from 0 (paper) to 1 (ink).",
            tuple("0123456789"),
            (1, 28, 28),
            (60_000, 10_000),
            ("mnist",),
            (_idx_layout(_MNIST),),
            _MNIST,
        ),
        Source(
            "fashion_mnist",
            "Fashion-MNIST",
            "The image's pixels, from 0 (background) to 1 (brightest).",
            ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot"),
            (1, 28, 28),
            (60_000, 10_000),
            ("fashion-mnist", "fashion_mnist"),
            (_idx_layout(_FASHION),),
            _FASHION,
        ),
        Source(
            "cifar10",
            "CIFAR-10",
            "The image's red, green and blue, from 0 (dark) to 1 (bright).",
            ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
            (3, 32, 32),
            (50_000, 10_000),
            ("cifar10", "cifar-10", "cifar-10-batches-bin", "cifar10-small"),
            (
                Layout(
                    (*_CIFAR_TRAIN, *_CIFAR_TEST),
                    lambda folder: (cifar_batches(folder, _CIFAR_TRAIN), cifar_batches(folder, _CIFAR_TEST)),
                ),
                Layout(
                    (_CIFAR[0].name,),
                    lambda folder: (
                        cifar_archive(folder / _CIFAR[0].name, _CIFAR_TRAIN),
                        cifar_archive(folder / _CIFAR[0].name, _CIFAR_TEST),
                    ),
                ),
                Layout(
                    ("train.bin.gz", "test.bin.gz"),
                    lambda folder: (
                        cifar_batches(folder, ("train.bin.gz",)),
                        cifar_batches(folder, ("test.bin.gz",)),
                    ),
                ),
            ),
            _CIFAR,
        ),
    )
}
