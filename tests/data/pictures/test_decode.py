"""Decoding of picture files: limits hold before pixels are allocated, and metadata is removed."""

import io
import struct
import zlib
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from PIL import Image

from server.data.errors import PictureError
from server.data.pictures import decode as module
from server.data.pictures.decode import MAX_BYTES, MAX_PIXELS, MAX_SIDE, decode

CORNERS = Image.fromarray(np.kron(np.array([[0, 80], [160, 240]], np.uint8), np.ones((32, 48), np.uint8)))
"""Four grey quadrants, 96x64, which show the orientation."""


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The bytes of a picture file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png(width: int, height: int, rows: bytes | None = None) -> bytes:
    """A PNG with 1 bit per pixel and of any size, all black by default, written without Pillow."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    pixels = zlib.compress(bytes(height * (width // 8 + 1)) if rows is None else rows, 9)
    header = struct.pack(">2I5B", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def corners(image: Image.Image) -> list[int]:
    """The four corners of a picture in reading order, to the nearest 80."""
    x, y = image.width - 1, image.height - 1
    grey = image.convert("L")
    return [round(grey.getpixel(place) / 80) * 80 for place in ((0, 0), (x, 0), (0, y), (x, y))]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_every_supported_format_is_decoded(kind: str) -> None:
    image = decode(saved(CORNERS, kind))
    assert image.size == (96, 64)
    assert corners(image) == [0, 80, 160, 240]


@pytest.mark.parametrize(
    ("mode", "becomes"),
    [("1", "L"), ("L", "L"), ("LA", "RGBA"), ("P", "RGB"), ("RGB", "RGB"), ("RGBA", "RGBA")],
)
def test_decoded_pictures_are_in_mode_l_rgb_or_rgba(mode: str, becomes: str) -> None:
    assert decode(saved(CORNERS.convert(mode), "PNG")).mode == becomes


def test_cmyk_and_transparent_palettes_are_decoded() -> None:
    assert decode(saved(CORNERS.convert("CMYK"), "JPEG")).mode == "RGB"
    image = decode(saved(CORNERS.convert("P"), "PNG", transparency=0))
    assert image.mode == "RGBA"
    assert image.getpixel((0, 0))[3] == 0


def test_16_bit_grey_is_reduced_to_8_bits() -> None:
    deep = Image.fromarray(np.arange(0, 65536, 256, dtype=np.uint16).reshape(16, 16))
    assert np.asarray(decode(saved(deep, "PNG"))).ravel().tolist() == list(range(256))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, [0, 80, 160, 240]),
        (2, [80, 0, 240, 160]),
        (3, [240, 160, 80, 0]),
        (6, [160, 0, 240, 80]),
        (8, [80, 240, 0, 160]),
    ],
)
def test_exif_orientation_is_applied_and_metadata_is_removed(
    kind: str, orientation: int, upright: list[int]
) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "a camera"
    image = decode(saved(CORNERS, kind, exif=exif))
    assert corners(image) == upright
    assert image.size == ((64, 96) if orientation > 4 else (96, 64))
    assert image.info == {}
    assert dict(image.getexif()) == {}
    assert b"camera" not in saved(image, "PNG")


def test_invalid_exif_is_ignored() -> None:
    assert decode(saved(CORNERS, "JPEG", exif=b"Exif\0\0nonsense")).size == (96, 64)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_the_first_frame_of_an_animation_is_decoded(kind: str) -> None:
    image = decode(saved(CORNERS, kind, save_all=True, append_images=[CORNERS.rotate(180)] * 3))
    assert corners(image) == [0, 80, 160, 240]


def test_photos_are_decoded_at_a_reduced_size_if_that_is_enough() -> None:
    photo = saved(CORNERS.resize((960, 640)), "JPEG")
    assert decode(photo).size == (960, 640)
    assert decode(photo, min_side=128).size == (240, 160)
    assert decode(photo, min_side=5000).size == (960, 640)
    assert corners(decode(photo, min_side=128)) == [0, 80, 160, 240]


def test_decompression_bombs_are_refused_before_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = png(5000, 5000)
    assert len(bomb) < 4_000

    def never(self: Image.Image) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", never)
    for data in (bomb, png(16_000, 16_000, b"")):
        with pytest.raises(PictureError, match="more than 16 million pixels"):
            decode(data)


@pytest.mark.parametrize(("size", "becomes"), [((5000, 4000), (2500, 2000)), ((4000, 4000), (4000, 4000))])
def test_large_photos_are_decoded_at_half_their_size(size: tuple[int, int], becomes: tuple[int, int]) -> None:
    photo = saved(Image.new("L", size), "JPEG")
    assert decode(photo).size == becomes
    assert decode(photo, min_side=size[1]).size == becomes


def test_large_progressive_photos_are_refused() -> None:
    with pytest.raises(PictureError, match="million pixels"):
        decode(saved(Image.new("L", (5000, 4000)), "JPEG", progressive=True))


def test_pictures_at_the_limits_are_decoded_and_beyond_them_refused() -> None:
    assert decode(png(4000, MAX_PIXELS // 4000)).size == (4000, 4000)
    assert decode(png(MAX_SIDE, 1)).size == (MAX_SIDE, 1)
    with pytest.raises(PictureError, match="16,385x1 pixels"):
        decode(png(MAX_SIDE + 1, 1))
    with pytest.raises(PictureError, match=r"20\.0 MB"):
        decode(bytes(MAX_BYTES + 1))


def test_decoding_stops_at_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SECONDS", -1.0)
    with pytest.raises(PictureError, match="seconds to decode"):
        decode(saved(CORNERS, "PNG"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_truncated_files_are_refused(kind: str) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64), dtype=np.uint8))
    whole = saved(noise, kind)
    for length in (len(whole) // 2, len(whole) * 9 // 10):
        with pytest.raises(PictureError, match=r"breaks off|damaged"):
            decode(whole[:length])


def test_a_truncated_jpeg_has_its_own_message() -> None:
    photo = saved(CORNERS.resize((960, 640)), "JPEG")
    with pytest.raises(PictureError, match="breaks off before its end"):
        decode(photo[: len(photo) // 2])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "an empty file"),
        (b"hello", "no picture that can be read. Bring a PNG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1", "a HEIC photo"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "an AVIF picture"),
        (b"II*\0\x08\0\0\0", "a TIFF picture"),
        (b"%PDF-1.7", "a PDF document"),
        (b'  <svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b"PK\x03\x04", "a zip file"),
        (b"\x89PNG\r\n\x1a\n", "no picture that can be read|damaged|breaks off"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "no picture that can be read|damaged|breaks off"),
    ],
)
def test_other_formats_are_named_in_the_message(data: bytes, words: str) -> None:
    with pytest.raises(PictureError, match=words):
        decode(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
@pytest.mark.filterwarnings("ignore::UserWarning")  # from Pillow, about damaged files
def test_damaged_files_give_a_picture_or_a_message(kind: str) -> None:
    rng = np.random.default_rng(5)
    whole = np.frombuffer(saved(CORNERS, kind), np.uint8)
    pictures = 0
    for _ in range(300):
        broken = whole.copy()
        broken[rng.integers(0, whole.size, 4)] = rng.integers(0, 256, 4)
        with suppress(PictureError):
            pictures += decode(broken.tobytes()).mode in ("L", "RGB", "RGBA")
    assert 0 < pictures < 300
