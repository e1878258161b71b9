"""The published data sets, which are too large to embed: where their files are, and how they are read.

The files are searched in the folder that the environment variable DATA_DIR names, then in the user's cache,
where downloads are kept. `--data-dir` sets the variable, so that worker processes use the same folder.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from server.data.dataset import Dataset, Labels, labelled_dataset
from server.data.disk_cache import cache_folder
from server.data.errors import DataUnavailable
from server.data.sets.files import Bytes, cifar_archive, cifar_batches, find_file, idx_pair

DATA_DIR = "DATA_DIR"
WHITE = 255

SourceName = Literal["mnist", "fashion_mnist", "cifar10"]
TrainTest = tuple[tuple[Bytes, Labels], tuple[Bytes, Labels]]
"""Images (examples, C, H, W) and labels (examples,) of the training part and of the test part."""


@dataclass(frozen=True, slots=True)
class File:
    """A published file: its name, URL, SHA-256 and size in bytes."""

    name: str
    url: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The names of files that together contain a data set, and the function that reads them from a folder."""

    files: tuple[str, ...]
    read: Callable[[Path], TrainTest]


@dataclass(frozen=True, slots=True)
class Source:
    """A published data set of images.

    Attributes
    ----------
    name, title, about, classes, shape
        As in `Dataset`.
    examples
        The number of training and of test examples, as published.
    folders
        The names under which the folder is searched in DATA_DIR.
    layouts
        The alternative sets of files in that folder.
    published
        The files to download. The cache keeps them in a folder with the name of the data set.
    """

    name: SourceName
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
        """The size of the download, in bytes."""
        return sum(file.size for file in self.published)


def locate(source: Source) -> tuple[Path, Layout] | None:
    """The folder with the files of a source, and their layout; None if there is no such folder."""
    folders = [cache_folder() / source.name]
    if data_dir := os.environ.get(DATA_DIR):
        folders = [*(Path(data_dir) / name for name in source.folders), *folders]
    for folder in folders:
        for layout in source.layouts:
            if all(find_file(folder, name) for name in layout.files):
                return folder, layout
    return None


def is_on_disk(source: Source) -> bool:
    """True if the files of a source are on this machine."""
    return locate(source) is not None


def read_source(source: Source) -> Dataset:
    """Read a published data set, with images as uint8. Raises DataUnavailable if files are missing or
    damaged."""
    location = locate(source)
    if location is None:
        raise DataUnavailable(
            f"{source.title} is not on this machine. Download it in the page under Data "
            f"({source.size / 1e6:.1f} MB), or start the server with --data-dir FOLDER, where "
            f"FOLDER/{source.folders[0]} holds {_enumerate(source.layouts[0].files)}."
        )
    folder, layout = location
    train, test = layout.read(folder)
    return labelled_dataset(
        source.name, source.title, source.about, source.classes, train, test, scale=1 / WHITE
    )


def _enumerate(names: tuple[str, ...]) -> str:
    """Names as in a sentence: a, b and c."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def _read_idx(folder: Path) -> TrainTest:
    """The four files of MNIST, or of Fashion-MNIST, which has the same names."""
    train, test = (
        (f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz") for part in ("train", "t10k")
    )
    return idx_pair(folder, *train, side=28), idx_pair(folder, *test, side=28)


def _idx_layout(files: tuple[File, ...]) -> Layout:
    return Layout(tuple(file.name for file in files), _read_idx)


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
    # Published without TLS: the checksums protect against modified files.
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

SOURCES: Mapping[str, Source] = {
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
