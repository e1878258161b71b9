"""Decode picture files from people, within limits on size, pixels and time.

The limits are checked before pixels are allocated. Only the pixels of a file are kept, no metadata.
"""

import io
import time
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from server.data.errors import PictureError

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MAX_BYTES = 20_000_000
"""The largest file, in bytes."""
MAX_PIXELS = 16_000_000
"""The most pixels. A photo may have four times as many: JPEG can be decoded at half the width and height."""
MAX_SIDE = 16_384
"""The longest side, in pixels."""
MAX_SECONDS = 10.0
"""The longest time to decode one file."""
WHAT_WORKS = "Bring a PNG, JPEG, WebP, GIF or BMP picture"

_OTHER_FORMATS = {
    b"ftypheic": "a HEIC photo",
    b"ftypheix": "a HEIC photo",
    b"ftypmif1": "a HEIC photo",
    b"ftypavif": "an AVIF picture",
    b"II*\0": "a TIFF picture",
    b"MM\0*": "a TIFF picture",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a zip file",
    b"<svg": "an SVG drawing",
    b"<?xml": "an XML file, perhaps an SVG drawing",
}
"""Formats that are not supported, by a signature in the first 256 bytes of the file."""

# Pillow's own limit is above this one. It raises an error here instead of a warning.
Image.MAX_IMAGE_PIXELS = 4 * MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


def decode(data: bytes, *, min_side: int | None = None) -> Image.Image:
    """Decode the picture in a file.

    Parameters
    ----------
    data
        The bytes of a PNG, JPEG, WebP, GIF or BMP file.
    min_side
        If given, a JPEG is decoded at the smallest of its reduced sizes whose sides have at least this
        number of pixels, which is several times as fast.

    Returns
    -------
    Image.Image
        The picture in mode L or RGB, or RGBA if a part is transparent: upright according to its EXIF
        orientation, without metadata. The first frame of an animation.

    Raises
    ------
    PictureError
        If the file is too large, damaged, or in another format.
    """
    if not data:
        raise PictureError("It is an empty file.")
    if len(data) > MAX_BYTES:
        raise PictureError(
            f"It has {len(data) / 1e6:.1f} MB, and a picture may have {MAX_BYTES / 1e6:.0f} MB: "
            "save it smaller, or as JPEG."
        )
    try:
        with Image.open(_TimedFile(data), formats=FORMATS) as image:
            _check_and_reduce(image, min_side)
            image.load()
            return _normalise(image)
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except UnidentifiedImageError:
        raise PictureError(_describe_other_format(data)) from None
    except Exception as error:  # decoders raise all kinds of errors for damaged bytes
        if "truncated" in str(error).lower():
            raise PictureError(
                "It breaks off before its end: a copy or download of it was not finished. Bring it anew."
            ) from None
        raise PictureError(
            "It is damaged and cannot be decoded: open it elsewhere and save it anew."
        ) from None


def _check_and_reduce(image: Image.Image, min_side: int | None) -> None:
    """Raise PictureError if the picture is too large, and have a large JPEG decoded at a reduced size."""
    width, height = image.size
    if max(width, height) > MAX_SIDE:
        raise PictureError(f"It is {width:,}x{height:,} pixels, and a side may have {MAX_SIDE:,}: crop it.")
    is_photo = image.format in ("JPEG", "MPO") and not image.info.get("progressive")
    if width * height > (4 if is_photo else 1) * MAX_PIXELS:
        raise _too_many_pixels()
    divisor = 2 if width * height > MAX_PIXELS else 1
    image.draft(None, (min(width // divisor, min_side or width), min(height // divisor, min_side or height)))


def _normalise(image: Image.Image) -> Image.Image:
    """The picture upright, in mode L, RGB or RGBA, without metadata."""
    try:
        image = ImageOps.exif_transpose(image)
    except Exception:  # invalid EXIF is ignored: the pixels are still good
        image = image.copy()
    if image.mode.startswith("I;16"):
        image = _of_eight_bits(np.asarray(image))
    grey = image.mode in ("1", "L", "I", "F")
    image = image.convert("RGBA" if image.has_transparency_data else "L" if grey else "RGB")
    image.info = {}
    return image


def _of_eight_bits(cells: NDArray[np.uint16]) -> Image.Image:
    """A grey picture of 16 bits, reduced to 8. Cameras and scanners store 8, 10, 12 or 14 bits in 16."""
    bits = next(bits for bits in (8, 10, 12, 14, 16) if cells.max(initial=0) < 1 << bits)
    return Image.fromarray((cells >> (bits - 8)).astype(np.uint8))


class _TimedFile(io.BytesIO):
    """A file in memory whose reads fail after the time limit, which stops the decoder."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.deadline = time.monotonic() + MAX_SECONDS

    def read(self, size: int | None = -1, /) -> bytes:
        if time.monotonic() > self.deadline:
            raise PictureError(
                f"It takes more than {MAX_SECONDS:.0f} seconds to decode: save it smaller, or as PNG."
            )
        return super().read(size)


def _too_many_pixels() -> PictureError:
    return PictureError(
        f"It has more than {MAX_PIXELS / 1e6:.0f} million pixels, however small its file: "
        "scale it down to 4000x4000 or less."
    )


def _describe_other_format(data: bytes) -> str:
    """A sentence that names the format of a file that is not supported."""
    beginning = data[:256].lstrip()
    for mark, kind in _OTHER_FORMATS.items():
        if mark in beginning:
            return f"It is {kind}. {WHAT_WORKS}."
    return f"It is no picture that can be read. {WHAT_WORKS}."
