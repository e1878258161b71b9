"""Uploaded pictures: from a zip file with one folder for each class to a data set of small images."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, ImageStat

from server.data.errors import PictureError, UploadError
from server.data.pictures.decode import decode
from server.data.uploads.archive import Archive, Member, open_archive
from server.data.uploads.doubts import Reading, UploadDoubt
from server.data.uploads.picture_doubts import Images, picture_doubts
from server.data.uploads.upload import MAX_BYTES, Upload, check_classes

MIN_SIDE, MAX_SIDE = 8, 64
WHITE = 255
MAX_NAMED = 20
"""The maximum number of unusable files that are named."""
OVERSAMPLING = 2
"""A photo is decoded to sides of at least this many times those to which it is scaled."""

Fit = Literal["pad", "crop"]
Ground = Literal["detect", "white", "black"]
BRIGHT = 200
"""The mean brightness, from 0 to 255, above which a picture cannot be seen on white."""


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """How pictures become inputs: squares of `side` pixels, in colour or grey.

    A picture is padded with margins or cropped to its middle. If `inverted`, bright is 0 and dark is 1.
    `ground` is the colour of transparent parts. For `encoding` and `outer`, see `open_archive`.
    """

    side: int = 28
    colour: bool = False
    fit: Fit = "pad"
    inverted: bool = False
    ground: Ground = "detect"
    encoding: str = "detect"
    outer: bool = False


def from_zip(file: IO[bytes], options: PictureOptions, check_cancelled: Callable[[], None]) -> Upload:
    """Read the data set in a zip file. Files that are not usable pictures are left out, with the reason.

    Parameters
    ----------
    file
        The zip file.
    options
        How pictures become inputs.
    check_cancelled
        Called before each picture. It may raise an error to stop the work.

    Raises
    ------
    UploadError
        If the zip file cannot become a data set.
    """
    archive = open_archive(file, options.encoding, options.outer)
    _check_memory(sum(map(len, archive.classes.values())), options)
    read = {
        name: _read_images(archive, members, options, check_cancelled)
        for name, members in archive.classes.items()
    }
    of_class = {name: [each.pixels for each in squares] for name, squares in read.items()}
    left_out = tuple(archive.left_out)
    try:
        check_classes({name: len(images) for name, images in of_class.items()}, "picture")
    except UploadError as error:
        first = f" Left out: {left_out[0]}" if left_out else ""
        raise UploadError(f"{error}{first}") from None
    counts = [len(images) for images in of_class.values()]
    return Upload(
        np.stack([image for images in of_class.values() for image in images]),
        np.repeat(np.arange(len(counts)), counts),
        tuple(of_class),
        _about(options),
        1 / WHITE,
        False,
        left_out[:MAX_NAMED],
        len(left_out),
        archive.ignored,
        doubts=(*archive.doubts, *_doubts(read, of_class, options)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Square:
    """A picture as an input.

    Attributes
    ----------
    pixels
        The values (channels, side, side), 0 to 255.
    colour
        The mean red, green and blue of the picture, 0 to 255.
    on_black
        True if its transparent parts became black.
    """

    pixels: NDArray[np.uint8]
    colour: tuple[float, ...]
    on_black: bool


def to_square(picture: Image.Image, options: PictureOptions) -> Square:
    """Scale a picture to (channels, side, side) with antialiasing.

    Transparent parts become white, or black if the rest is too bright to be seen on white. Margins get the
    median colour of the border. Raises PictureError if the picture is too narrow to be padded.
    """
    if options.fit == "pad" and round(min(picture.size) / max(picture.size) * options.side) < 1:
        width, height = picture.size
        raise PictureError(f"It is {width:,}x{height:,} pixels, which is too narrow. Crop it.")
    ground = _ground(picture, options.ground)
    if ground is not None:
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, ground), picture)
    colour = tuple(ImageStat.Stat(picture.convert("RGB")).mean)
    picture = picture.convert("RGB" if options.colour else "L")
    square = (options.side, options.side)
    if options.fit == "crop":
        picture = ImageOps.fit(picture, square, Image.Resampling.LANCZOS)
    else:
        picture = ImageOps.pad(picture, square, Image.Resampling.LANCZOS, color=_border_colour(picture))
    pixels = np.asarray(picture)
    channels = np.moveaxis(pixels, -1, 0) if options.colour else pixels[None]
    cells = np.ascontiguousarray(WHITE - channels if options.inverted else channels)
    return Square(cells, colour, ground == "black")


def _ground(picture: Image.Image, ground: Ground) -> str | None:
    """The colour of the transparent parts of a picture; None if it has none."""
    if picture.mode != "RGBA":
        return None
    if ground != "detect":
        return ground
    cells = np.asarray(picture)
    opacity = cells[..., 3].astype(np.float64)
    brightness = cells[..., :3].mean(axis=-1)
    total = opacity.sum()
    is_bright = opacity.min() < WHITE and total > 0 and (brightness * opacity).sum() / total > BRIGHT
    return "black" if is_bright else "white"


def _doubts(
    squares: Mapping[str, Sequence[Square]], images: Images, options: PictureOptions
) -> Iterator[UploadDoubt]:
    """The doubts about the squares of each class. `images` are their pixels."""
    dark = sum(each.on_black for of_class in squares.values() for each in of_class)
    if dark and options.ground == "detect":
        yield UploadDoubt(
            f"In {dark:,} {'pictures' if dark > 1 else 'picture'}, transparent parts become black, because "
            "the rest is bright.",
            (Reading("Make transparent parts white", "ground", "white"),),
        )
    colours = {name: [each.colour for each in of_class] for name, of_class in squares.items()}
    yield from picture_doubts(images, {} if options.colour else colours)


def _read_images(
    archive: Archive, members: list[Member], options: PictureOptions, check_cancelled: Callable[[], None]
) -> list[Square]:
    """The pictures in these files. Unusable files are recorded in the archive."""
    images = []
    for member, content in archive.contents(members):
        check_cancelled()
        if content is None:
            continue
        try:
            images.append(to_square(decode(content, min_side=OVERSAMPLING * options.side), options))
        except PictureError as error:
            archive.leave_out(member, str(error))
    return images


def _check_memory(count: int, options: PictureOptions) -> None:
    """Raise UploadError if this number of images takes too much memory."""
    size = count * options.side**2 * (3 if options.colour else 1)
    if size > MAX_BYTES:
        most = MAX_BYTES * count // size
        raise UploadError(
            f"{count:,} pictures of this size would take {size / 1e6:,.0f} MB of memory. At most "
            f"{MAX_BYTES / 1e6:.0f} MB are allowed. Upload at most {most:,}, or make them smaller or grey."
        )


def _border_colour(picture: Image.Image) -> int | tuple[int, ...]:
    """The median colour of the outermost pixels."""
    pixels = np.asarray(picture)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    median = np.median(border, axis=0).astype(int)
    return tuple(median.tolist()) if median.ndim else int(median)


def _about(options: PictureOptions) -> str:
    what = "red, green and blue" if options.colour else "pixels"
    ends = "from 0 (bright) to 1 (dark)" if options.inverted else "from 0 (dark) to 1 (bright)"
    fit = "cropped to a square" if options.fit == "crop" else "padded to a square"
    return f"Your picture's {what}, {ends}, {fit} and scaled to {options.side}x{options.side}."
