"""What looks doubtful in a set of pictures: pictures without a mark, equal ones, unequal classes, colour."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from server.data.uploads.doubts import Reading, UploadDoubt

Images = Mapping[str, Sequence[NDArray[np.uint8]]]
"""The images of each class."""
FAR_LARGER = 10
"""A class with so many times the pictures of the smallest one is far larger."""
CLEARER = 4.0
"""The classes differ by colour if their colours are so many times further apart than their brightness."""


def picture_doubts(
    images: Images, colours: Mapping[str, Sequence[tuple[float, ...]]]
) -> tuple[UploadDoubt, ...]:
    """The doubts about a set.

    `colours` are the mean red, green and blue (0 to 255) of the pictures of each class; empty if the images
    have colour already.
    """
    return (*_plain(images), *_equal(images), *_unequal(images), *_coloured(colours))


def _plain(images: Images) -> Iterator[UploadDoubt]:
    plain = sum(bool((image == image.flat[0]).all()) for of_class in images.values() for image in of_class)
    if plain:
        yield UploadDoubt(
            f"{plain:,} {'pictures are' if plain > 1 else 'picture is'} the same everywhere: nothing is to "
            "be seen there. Look at the files."
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
            f"{len(shared):,} {'pictures are' if len(shared) > 1 else 'picture is'} in several classes, as "
            f"in {names}: no network can tell them apart."
        )


def _unequal(images: Images) -> Iterator[UploadDoubt]:
    counts = {name: len(of_class) for name, of_class in images.items()}
    most, fewest = max(counts, key=lambda name: counts[name]), min(counts, key=lambda name: counts[name])
    if counts[most] >= FAR_LARGER * max(counts[fewest], 1):
        yield UploadDoubt(
            f"“{most}” has {counts[most]:,} pictures and “{fewest}” {counts[fewest]:,}: a network that "
            f"always answers “{most}” would look good. Balance the classes in the preprocessing."
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
            "The classes differ by their colours, and the pictures are read in grey.",
            (Reading("Read them in colour", "colour", "true"),),
        )


def _separation(groups: Sequence[NDArray[np.float64]]) -> float:
    """The variance between the means of groups, over the mean variance within them."""
    between = np.var([group.mean(axis=0) for group in groups], axis=0).sum()
    within = np.mean([group.var(axis=0).sum() for group in groups])
    return float(between / (within + 1.0))
