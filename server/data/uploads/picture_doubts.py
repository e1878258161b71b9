"""Doubts about a set of pictures: pictures of one colour, equal pictures, class sizes, colours."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from server.data.uploads.doubts import Reading, UploadDoubt

Images = Mapping[str, Sequence[NDArray[np.uint8]]]
"""The images of each class."""
FAR_LARGER = 10
"""The ratio of the sizes of the largest and the smallest class from which there is a doubt."""
CLEARER = 4.0
"""Classes differ by colour if the separation of their tints is this many times that of their brightness."""


def picture_doubts(
    images: Images, colours: Mapping[str, Sequence[tuple[float, ...]]]
) -> tuple[UploadDoubt, ...]:
    """The doubts about a set of pictures.

    `colours` are the mean red, green and blue (0 to 255) of each picture, by class. They are empty if the
    images are in colour.
    """
    return (*_plain(images), *_equal(images), *_unequal(images), *_coloured(colours))


def _plain(images: Images) -> Iterator[UploadDoubt]:
    plain = sum(bool((image == image.flat[0]).all()) for of_class in images.values() for image in of_class)
    if plain:
        yield UploadDoubt(
            f"{plain:,} {'pictures have' if plain > 1 else 'picture has'} only one colour. Check the files."
        )


def _equal(images: Images) -> Iterator[UploadDoubt]:
    owners: dict[bytes, set[str]] = {}
    for name, of_class in images.items():
        for image in of_class:
            owners.setdefault(sha256(image.tobytes()).digest(), set()).add(name)
    shared = [sorted(names) for names in owners.values() if len(names) > 1]
    if shared:
        names = " and ".join(f"“{name}”" for name in shared[0][:3])
        yield UploadDoubt(
            f"{len(shared):,} {'pictures are' if len(shared) > 1 else 'picture is'} in several classes, such "
            f"as {names}. No network can learn which class is right."
        )


def _unequal(images: Images) -> Iterator[UploadDoubt]:
    counts = {name: len(of_class) for name, of_class in images.items()}
    most, fewest = max(counts, key=lambda name: counts[name]), min(counts, key=lambda name: counts[name])
    if counts[most] >= FAR_LARGER * max(counts[fewest], 1):
        yield UploadDoubt(
            f"“{most}” has {counts[most]:,} pictures, but “{fewest}” has {counts[fewest]:,}. A network that "
            f"always answers “{most}” would have a high accuracy. Balance the classes in the preprocessing."
        )


def _coloured(colours: Mapping[str, Sequence[tuple[float, ...]]]) -> Iterator[UploadDoubt]:
    of_class = [np.array(means) for means in colours.values() if means]
    if len(of_class) < 2:
        return
    brightness = [means.mean(axis=1, keepdims=True) for means in of_class]
    tints = [means - bright for means, bright in zip(of_class, brightness, strict=True)]
    tint, bright = _separation(tints), _separation(brightness)
    if tint > 1 and tint > CLEARER * bright:
        yield UploadDoubt(
            "The classes differ by their colours, but the pictures are read in grey.",
            (Reading("Read them in colour", "colour", "true"),),
        )


def _separation(groups: Sequence[NDArray[np.float64]]) -> float:
    """The variance between the means of groups, divided by 1 plus the mean variance within groups."""
    between = np.var([group.mean(axis=0) for group in groups], axis=0).sum()
    within = np.mean([group.var(axis=0).sum() for group in groups])
    return float(between / (within + 1.0))
