"""Pictures that people bring: from the bytes of a file to a plain image, behind limits that hold before a
pixel is made. Nothing of a file is kept but its pixels."""

import io
import time
import warnings

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MAX_BYTES = 20_000_000
"""The bytes of one picture's file."""
MAX_PIXELS = 16_000_000
"""The pixels of one picture. A photo may have four times as many: it is decoded at half its size."""
MAX_SIDE = 16_384
"""The longer side of one picture, in pixels."""
MAX_SECONDS = 10.0
"""How long the decoding of one picture may take."""
ANYTHING_ELSE = "Bring a PNG, JPEG, WebP, GIF or BMP picture"

_KINDS = {
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
"""What people take for a picture, by a mark near the beginning of the file."""

# Pillow's own guard, above ours, is an error instead of a warning.
Image.MAX_IMAGE_PIXELS = 4 * MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


class PictureError(ValueError):
    """Bytes that are no picture to be used, in a sentence that says why, and what would be."""


def decoded(data: bytes, *, enough: int | None = None) -> Image.Image:
    """The picture in a file's bytes: L, RGB, or RGBA where parts are transparent; upright as its EXIF says,
    and without metadata. Of an animation it is the first frame. PictureError.

    Where a smaller picture is `enough`, a photo is decoded at a fraction of its size that leaves each side at
    least so many pixels, which is several times as fast.
    """
    if not data:
        raise PictureError("It is an empty file.")
    if len(data) > MAX_BYTES:
        raise PictureError(
            f"It has {len(data) / 1e6:.1f} MB, and a picture may have {MAX_BYTES / 1e6:.0f} MB: "
            "save it smaller, or as JPEG."
        )
    try:
        with Image.open(_Hurried(data), formats=FORMATS) as image:
            _shrink(image, enough)
            image.load()
            return _plain(image)
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except UnidentifiedImageError:
        raise PictureError(_other_kind(data)) from None
    except Exception as error:  # a decoder that stumbles over broken bytes may raise anything
        if "truncated" in str(error).lower():
            raise PictureError(
                "It breaks off before its end: a copy or download of it was not finished. Bring it anew."
            ) from None
        raise PictureError(
            "It is damaged and cannot be decoded: open it elsewhere and save it anew."
        ) from None


def _shrink(image: Image.Image, enough: int | None) -> None:
    """Refuse what is too large; have a photo that is larger than needed decoded at a fraction of its size."""
    width, height = image.size
    if max(width, height) > MAX_SIDE:
        raise PictureError(f"It is {width:,}x{height:,} pixels, and a side may have {MAX_SIDE:,}: crop it.")
    is_photo = image.format in ("JPEG", "MPO") and not image.info.get("progressive")
    if width * height > (4 if is_photo else 1) * MAX_PIXELS:
        raise _too_many_pixels()
    part = 2 if width * height > MAX_PIXELS else 1
    image.draft(None, (min(width // part, enough or width), min(height // part, enough or height)))


def _plain(image: Image.Image) -> Image.Image:
    try:
        image = ImageOps.exif_transpose(image)
    except Exception:  # what cannot be made out about the camera is no reason to refuse the picture
        image = image.copy()
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    grey = image.mode in ("1", "L", "I", "F")
    image = image.convert("RGBA" if image.has_transparency_data else "L" if grey else "RGB")
    image.info = {}
    return image


class _Hurried(io.BytesIO):
    """A file that is given to a decoder piece by piece, for as long as decoding may take."""

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


def _other_kind(data: bytes) -> str:
    beginning = data[:256].lstrip()
    for mark, kind in _KINDS.items():
        if mark in beginning:
            return f"It is {kind}. {ANYTHING_ELSE}."
    return f"It is no picture that can be read. {ANYTHING_ELSE}."
