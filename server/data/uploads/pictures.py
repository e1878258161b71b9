"""One's own pictures: from a zip of a folder for each class to a data set of small images."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from server.data.pictures.decode import PictureError, decoded
from server.data.uploads.archive import Archive, Member, opened
from server.data.uploads.store import MAX_BYTES, OwnData, OwnDataError, checked

MIN_SIDE, MAX_SIDE = 8, 64
WHITE = 255
TOLD = 20
"""How many of the files that are left out are named."""
ENOUGH = 2
"""A photo is decoded at no less than so many times the size that it is scaled to."""

Fit = Literal["pad", "crop"]


@dataclass(frozen=True, slots=True)
class Making:
    """What pictures become: squares of `side` pixels, in colour or grey; all of each, with margins ("pad"),
    or its middle ("crop"); where `inverted`, dark is 1 instead of bright."""

    side: int = 28
    colour: bool = False
    fit: Fit = "pad"
    inverted: bool = False


def from_zip(file: IO[bytes], how: Making, go_on: Callable[[], None]) -> OwnData:
    """The data set in a zip. `go_on` is called before each picture, and may raise. OwnDataError."""
    archive = opened(file)
    _check_size(sum(map(len, archive.classes.values())), how)
    of_class = {name: _images(archive, members, how, go_on) for name, members in archive.classes.items()}
    left_out = tuple(archive.left_out)
    try:
        checked({name: len(images) for name, images in of_class.items()}, "picture")
    except OwnDataError as error:
        first = f" Not taken: {left_out[0]}" if left_out else ""
        raise OwnDataError(f"{error}{first}") from None
    counts = [len(images) for images in of_class.values()]
    return OwnData(
        np.stack([image for images in of_class.values() for image in images]),
        np.repeat(np.arange(len(counts)), counts),
        tuple(of_class),
        _about(how),
        1 / WHITE,
        False,
        left_out[:TOLD],
        len(left_out),
        archive.ignored,
    )


def made(picture: Image.Image, how: Making) -> NDArray[np.uint8]:
    """A picture as (channels, side, side): what is transparent is white, then scaled with antialiasing, the
    margins in the colour of its rim. PictureError."""
    if how.fit == "pad" and round(min(picture.size) / max(picture.size) * how.side) < 1:
        width, height = picture.size
        raise PictureError(f"It is {width:,}x{height:,} pixels, which is too narrow: crop it.")
    if picture.mode == "RGBA":
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture)
    picture = picture.convert("RGB" if how.colour else "L")
    square = (how.side, how.side)
    if how.fit == "crop":
        picture = ImageOps.fit(picture, square, Image.Resampling.LANCZOS)
    else:
        picture = ImageOps.pad(picture, square, Image.Resampling.LANCZOS, color=_rim(picture))
    cells = np.asarray(picture)
    planes = np.moveaxis(cells, -1, 0) if how.colour else cells[None]
    return np.ascontiguousarray(WHITE - planes if how.inverted else planes)


def _images(
    archive: Archive, members: list[Member], how: Making, go_on: Callable[[], None]
) -> list[NDArray[np.uint8]]:
    images = []
    for member, content in archive.contents(members):
        go_on()
        if content is None:
            continue
        try:
            images.append(made(decoded(content, enough=ENOUGH * how.side), how))
        except PictureError as error:
            archive.leave_out(member, str(error))
    return images


def _check_size(count: int, how: Making) -> None:
    size = count * how.side**2 * (3 if how.colour else 1)
    if size > MAX_BYTES:
        most = MAX_BYTES * count // size
        raise OwnDataError(
            f"{count:,} pictures of this size would take {size / 1e6:,.0f} MB of memory, and "
            f"{MAX_BYTES / 1e6:.0f} MB are allowed: bring at most {most:,}, or make them smaller or grey."
        )


def _rim(picture: Image.Image) -> int | tuple[int, ...]:
    """The median colour of a picture's outermost pixels, which its margins get."""
    cells = np.asarray(picture)
    rim = np.concatenate([cells[0], cells[-1], cells[:, 0], cells[:, -1]])
    median = np.median(rim, axis=0).astype(int)
    return tuple(median.tolist()) if median.ndim else int(median)


def _about(how: Making) -> str:
    what = "red, green and blue" if how.colour else "pixels"
    ends = "from 0 (bright) to 1 (dark)" if how.inverted else "from 0 (dark) to 1 (bright)"
    fit = "cropped to a square" if how.fit == "crop" else "padded to a square"
    return f"Your picture's {what}, {ends}, {fit} and scaled to {how.side}x{how.side}."
