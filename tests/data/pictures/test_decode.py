"""Pictures that people bring: each limit holds before a pixel is made, and what comes out is plain."""

import io
import struct
import zlib
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from PIL import Image

from server.data.errors import PictureError
from server.data.pictures import decode as pictures
from server.data.pictures.decode import MAX_BYTES, MAX_PIXELS, MAX_SIDE, decode

CORNERS = Image.fromarray(np.kron(np.array([[0, 80], [160, 240]], np.uint8), np.ones((32, 48), np.uint8)))
"""Four grey corners, 96x64: which way is up can be read from them."""


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The bytes of a picture's file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png(width: int, height: int, rows: bytes | None = None) -> bytes:
    """A grey PNG of any size, empty unless told, made without decoding it."""

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
def test_each_format_is_decoded(kind: str) -> None:
    image = decode(saved(CORNERS, kind))
    assert image.size == (96, 64)
    assert corners(image) == [0, 80, 160, 240]


@pytest.mark.parametrize(
    ("mode", "becomes"),
    [("1", "L"), ("L", "L"), ("LA", "RGBA"), ("P", "RGB"), ("RGB", "RGB"), ("RGBA", "RGBA")],
)
def test_what_comes_out_is_grey_colour_or_transparent(mode: str, becomes: str) -> None:
    assert decode(saved(CORNERS.convert(mode), "PNG")).mode == becomes


def test_photos_for_print_and_palettes_with_a_hole_are_decoded() -> None:
    assert decode(saved(CORNERS.convert("CMYK"), "JPEG")).mode == "RGB"
    image = decode(saved(CORNERS.convert("P"), "PNG", transparency=0))
    assert image.mode == "RGBA"
    assert image.getpixel((0, 0))[3] == 0


def test_grey_of_sixteen_bits_keeps_its_order() -> None:
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
def test_the_orientation_that_a_camera_noted_is_honoured_and_forgotten(
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


def test_what_a_camera_noted_wrongly_is_no_reason_to_refuse_its_picture() -> None:
    assert decode(saved(CORNERS, "JPEG", exif=b"Exif\0\0nonsense")).size == (96, 64)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_taken(kind: str) -> None:
    image = decode(saved(CORNERS, kind, save_all=True, append_images=[CORNERS.rotate(180)] * 3))
    assert corners(image) == [0, 80, 160, 240]


def test_a_photo_is_decoded_no_larger_than_is_enough() -> None:
    photo = saved(CORNERS.resize((960, 640)), "JPEG")
    assert decode(photo).size == (960, 640)
    assert decode(photo, min_side=128).size == (240, 160)
    assert decode(photo, min_side=5000).size == (960, 640)
    assert corners(decode(photo, min_side=128)) == [0, 80, 160, 240]


def test_a_tiny_file_of_many_pixels_is_refused_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = png(5000, 5000)
    assert len(bomb) < 4_000

    def never(self: Image.Image) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", never)
    for data in (bomb, png(16_000, 16_000, b"")):
        with pytest.raises(PictureError, match="more than 16 million pixels"):
            decode(data)


@pytest.mark.parametrize(("size", "becomes"), [((5000, 4000), (2500, 2000)), ((4000, 4000), (4000, 4000))])
def test_a_large_photo_is_decoded_at_half_its_size(size: tuple[int, int], becomes: tuple[int, int]) -> None:
    photo = saved(Image.new("L", size), "JPEG")
    assert decode(photo).size == becomes
    assert decode(photo, min_side=size[1]).size == becomes


def test_a_large_photo_that_has_to_be_decoded_whole_is_refused() -> None:
    with pytest.raises(PictureError, match="million pixels"):
        decode(saved(Image.new("L", (5000, 4000)), "JPEG", progressive=True))


def test_the_limits_are_reached() -> None:
    assert decode(png(4000, MAX_PIXELS // 4000)).size == (4000, 4000)
    assert decode(png(MAX_SIDE, 1)).size == (MAX_SIDE, 1)
    with pytest.raises(PictureError, match="16,385x1 pixels"):
        decode(png(MAX_SIDE + 1, 1))
    with pytest.raises(PictureError, match=r"20\.0 MB"):
        decode(bytes(MAX_BYTES + 1))


def test_decoding_ends_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_SECONDS", -1.0)
    with pytest.raises(PictureError, match="seconds to decode"):
        decode(saved(CORNERS, "PNG"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_a_picture_that_breaks_off_is_refused(kind: str) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64), dtype=np.uint8))
    whole = saved(noise, kind)
    for length in (len(whole) // 2, len(whole) * 9 // 10):
        with pytest.raises(PictureError, match=r"breaks off|damaged"):
            decode(whole[:length])


def test_a_jpeg_that_breaks_off_says_so() -> None:
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
def test_what_is_no_picture_is_named(data: bytes, words: str) -> None:
    with pytest.raises(PictureError, match=words):
        decode(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
@pytest.mark.filterwarnings("ignore::UserWarning")  # of Pillow, about what it found
def test_broken_bytes_give_a_picture_or_a_sentence(kind: str) -> None:
    rng = np.random.default_rng(5)
    whole = np.frombuffer(saved(CORNERS, kind), np.uint8)
    pictures = 0
    for _ in range(300):
        broken = whole.copy()
        broken[rng.integers(0, whole.size, 4)] = rng.integers(0, 256, 4)
        with suppress(PictureError):
            pictures += decode(broken.tobytes()).mode in ("L", "RGB", "RGBA")
    assert 0 < pictures < 300
