"""Zips of pictures: classes, conversion to inputs, limits, and messages."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from server.data.errors import PictureError, UploadError
from server.data.uploads import archive
from server.data.uploads import pictures as uploaded
from server.data.uploads.pictures import PictureOptions, from_zip, to_square
from server.data.uploads.upload import Upload
from tests.data.uploads.archives import picture, pictures, zipped


def read(files: dict[str, bytes] | io.BytesIO, options: PictureOptions | None = None) -> Upload:
    file = files if isinstance(files, io.BytesIO) else zipped(files)
    return from_zip(file, options or PictureOptions(), lambda: None)


def refused(files: dict[str, bytes] | io.BytesIO) -> str:
    with pytest.raises(UploadError) as refusal:
        read(files)
    assert str(refusal.value).endswith(".")
    return str(refusal.value)


def test_each_folder_is_a_class_and_each_picture_an_example() -> None:
    data = read(pictures(("dark", "bright"), 5))
    assert data.classes == ("bright", "dark")
    assert data.counts == (5, 5)
    assert data.inputs.shape == (10, 1, 28, 28)
    assert data.inputs.dtype == np.uint8
    assert data.labels.tolist() == [0] * 5 + [1] * 5
    assert (data.scale, data.signed, data.left_out, data.ignored) == (1 / 255, False, (), 0)
    assert data.inputs[0, 0, 27, 27] == 125
    assert data.inputs[9, 0, 27, 27] == 4


@pytest.mark.parametrize("around", ["animals/", "a/b/", "train/"])
def test_folders_around_the_classes_are_ignored(around: str) -> None:
    files = pictures(around=around) | {around + "README.txt": b"about them"}
    data = read(files)
    assert data.classes == ("bright", "dark")
    assert data.name == read(pictures()).name


def test_train_and_test_folders_are_joined() -> None:
    data = read(pictures(each=6, around="set/train/") | pictures(each=4, around="set/Test/"))
    assert data.classes == ("bright", "dark")
    assert data.counts == (10, 10)


def test_classes_and_files_are_in_natural_order() -> None:
    data = read(pictures(("10", "9", "2"), 5))
    assert data.classes == ("2", "9", "10")
    backwards = dict(reversed(list(pictures(("10", "9", "2"), 5).items())))
    assert read(backwards).name == data.name


def test_the_name_depends_on_the_content_only() -> None:
    data = read(pictures())
    assert re.fullmatch("own:[0-9a-f]{16}", data.name)
    assert read(pictures(around="elsewhere/")).name == data.name
    assert read(pictures(("dark", "light"))).name != data.name
    assert read(pictures(each=11)).name != data.name
    assert read(pictures(), PictureOptions(side=16)).name != data.name
    assert replace(data, scale=1.0).name != data.name
    assert replace(data, about="other words").name == data.name


def test_files_of_file_managers_are_ignored() -> None:
    junk = ("__MACOSX/dark/._1.png", "dark/.DS_Store", "Thumbs.db", "bright/desktop.ini")
    data = read(pictures() | dict.fromkeys(junk, b"x"))
    assert (data.ignored, data.left_out_count) == (4, 0)
    assert data.name == read(pictures()).name


def test_unusable_files_are_left_out_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(archive.decode, "MAX_BYTES", 5_000)
    jpeg = picture(7, "JPEG")
    unusable = {
        "dark/notes.txt": b"not a picture",
        "dark/half.jpg": jpeg[: len(jpeg) // 2],
        "bright/more.zip": zipped(pictures()).getvalue()[:4000],
        "bright/large.bmp": picture(0, "BMP", (100, 100)),
        "bright/thin.png": picture(0, size=(4000, 2)),
        "loose.png": picture(1),
    }
    data = read(pictures() | unusable)
    assert data.counts == (10, 10)
    assert data.left_out_count == 6
    for words in (
        "“loose.png”: it is not in the folder of a class.",
        "“bright/more.zip”: it is a zip file. Bring a PNG",
        r"“bright/large.bmp”: it has 0\.0 MB unpacked",
        "“bright/thin.png”: it is 4,000x2 pixels, which is too narrow",
        "“dark/half.jpg”: it breaks off",
        "“dark/notes.txt”: it is no picture that can be read. Bring a PNG",
    ):
        assert any(re.match(words, one) for one in data.left_out), words


def test_only_the_first_unusable_files_are_named() -> None:
    data = read(pictures() | {f"dark/{n}.txt": b"?" for n in range(30)})
    assert (data.left_out_count, len(data.left_out)) == (30, uploaded.MAX_NAMED)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "The zip file holds no files. Upload a zip file with one folder for each class"),
        ({"a.png": picture(0), "b.png": picture(1)}, "The zip file has no subfolders"),
        (pictures(("only",)), "There is only one class, “only”"),
        (pictures() | {"empty/": b""}, "The class “empty” has no pictures: each needs 5 or more"),
        (pictures(each=4), "The class “bright” has 4 pictures: each needs 5 or more"),
        (
            {f"{name}/{n}.txt": b"?" for name in "ab" for n in range(9)},
            "Left out: “a/0.txt”: it is no picture that can be read",
        ),
        (pictures(tuple(map(str, range(101))), 1), "101 folders of classes. At most 100 are allowed"),
        (pictures() | {"../out.png": picture(0)}, "“../out.png” points outside of the zip file"),
        (pictures() | {"dark/../../out.png": picture(0)}, "points outside of the zip file"),
        (pictures() | {"/etc/out.png": picture(0)}, "“/etc/out.png” points outside of the zip file"),
        (pictures() | {"C:/out.png": picture(0)}, "points outside of the zip file"),
        (pictures(("dark ", "dark")), "Two folders would both be the class “dark”"),
    ],
)
def test_zips_without_valid_classes_are_refused(files: dict[str, bytes], words: str) -> None:
    assert words in refused(files)


def test_other_files_and_truncated_zips_are_refused() -> None:
    whole = zipped(pictures()).getvalue()
    for data in (b"", b"no zip", picture(0), whole[: len(whole) // 2], whole[:-30]):
        assert "The file is not a zip file, or it is incomplete" in refused(io.BytesIO(data))


def test_encrypted_zips_are_refused() -> None:
    data = bytearray(zipped(pictures()).getvalue())
    data[data.find(b"PK\x01\x02") + 8] |= 1
    assert re.search(
        "“dark/0.png” is encrypted. Make a zip file without a password", refused(io.BytesIO(data))
    )


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_rare_compression_methods_are_refused(kind: int) -> None:
    assert "Make a zip file with the usual one (deflate)" in refused(zipped(pictures(), kind))


def test_a_zip_bomb_is_refused_by_its_declared_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_INFLATED", 1_000_000)
    file = zipped(pictures() | {f"dark/{n}.png": bytes(600_000) for n in (20, 21)})
    assert len(file.getvalue()) < 20_000
    assert "The files have more than" in refused(file)


def test_a_zip_bomb_is_refused_by_its_actual_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_INFLATED", 2_000)
    monkeypatch.setattr(zipfile.ZipInfo, "file_size", property(lambda self: 1, lambda self, size: None))
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda self, entry: io.BytesIO(bytes(1_500)))
    assert "The files have more than" in refused(zipped_plainly(pictures()))


def zipped_plainly(files: dict[str, bytes]) -> io.BytesIO:
    """A zip of uncompressed files, written without zipfile, so that its fields can be changed."""
    body, directory = b"", b""
    for name, content in files.items():
        check, size, letters = zlib.crc32(content), len(content), name.encode()
        head = struct.pack("<5H3I2H", 20, 0x800, 0, 0, 0x21, check, size, size, len(letters), 0)
        tail = struct.pack("<3H2I", 0, 0, 0, 0, len(body))
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + head + tail + letters
        body += b"PK\x03\x04" + head + letters + content
    end = struct.pack("<4H2IH", 0, 0, len(files), len(files), len(directory), len(body), 0)
    return io.BytesIO(body + directory + b"PK\x05\x06" + end)


def test_a_file_larger_than_its_declared_size_is_left_out() -> None:
    files = pictures()
    size = len(files["dark/0.png"])
    whole, lying = struct.pack("<2I", size, size), struct.pack("<2I", size, 20)
    result = read(io.BytesIO(zipped_plainly(files).getvalue().replace(whole, lying)))
    assert result.left_out_count >= 1
    assert "it is damaged in the zip" in result.left_out[0]


def test_zips_with_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILES", 19)
    assert "20 files. At most 19 are allowed" in refused(pictures())
    monkeypatch.setattr(archive, "MAX_DIRECTORY", 500)
    assert "too long a table of contents" in refused(pictures())


def test_class_names_are_cleaned_and_cut() -> None:
    files = pictures(("é\u200b\x07 x", "n" * 300))
    assert read(files).classes == ("n" * 40, "é x")


def test_utf_8_names_without_the_flag_are_decoded() -> None:
    file = zipped_plainly(pictures(("größe", "klein")))
    data = file.getvalue().replace(struct.pack("<2H", 20, 0x800), struct.pack("<2H", 20, 0))
    assert read(io.BytesIO(data)).classes == ("größe", "klein")


@pytest.mark.parametrize(
    ("options", "shape", "about"),
    [
        (PictureOptions(), (1, 28, 28), "Your picture's pixels, from 0 (dark) to 1 (bright), padded"),
        (PictureOptions(8, fit="crop"), (1, 8, 8), "cropped to a square and scaled to 8x8"),
        (PictureOptions(64, colour=True), (3, 64, 64), "red, green and blue"),
        (PictureOptions(inverted=True), (1, 28, 28), "from 0 (bright) to 1 (dark)"),
    ],
)
def test_options_choose_size_colour_fit_and_inversion(
    options: PictureOptions, shape: tuple[int, ...], about: str
) -> None:
    data = read(pictures(), options)
    assert data.inputs.shape[1:] == shape
    assert about in data.about


WIDE = Image.fromarray(np.repeat(np.repeat(np.array([[10, *[200] * 8, 90]], np.uint8), 40, 0), 20, 1))


def test_padding_keeps_the_whole_picture_and_takes_the_colour_of_the_border() -> None:
    cells = to_square(WIDE, PictureOptions(16)).pixels[0].astype(int)
    assert (cells[0] == 200).all()
    assert (cells[-1] == 200).all()
    assert cells[8, 0] < 60 < cells[8, -1] < 120


def test_cropping_keeps_the_middle() -> None:
    assert (to_square(WIDE, PictureOptions(16, fit="crop")).pixels == 200).all()


def test_scaling_down_averages_pixels() -> None:
    board = Image.fromarray((np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8))
    assert np.abs(to_square(board, PictureOptions(8)).pixels.astype(int) - 127).max() < 12


def test_colours_become_channels_and_transparency_becomes_white() -> None:
    red = Image.new("RGB", (10, 10), (255, 0, 0))
    assert to_square(red, PictureOptions(8, colour=True)).pixels[:, 3, 3].tolist() == [255, 0, 0]
    hole = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    assert (to_square(hole, PictureOptions(8)).pixels == 255).all()
    assert (to_square(hole, PictureOptions(8, inverted=True)).pixels == 0).all()


def test_a_picture_that_is_too_narrow_cannot_be_padded() -> None:
    with pytest.raises(PictureError, match="too narrow"):
        to_square(Image.new("L", (400, 2)), PictureOptions())


def test_more_pictures_than_fit_into_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploaded, "MAX_BYTES", 28 * 28 * 15)
    assert "Upload at most 15, or make them smaller or grey" in refused(pictures())


def test_reading_stops_when_it_is_cancelled() -> None:
    class Cancelled(Exception):
        pass

    def cancel_after(calls: int) -> Callable[[], None]:
        left = iter(range(calls))

        def check_cancelled() -> None:
            if next(left, None) is None:
                raise Cancelled

        return check_cancelled

    with pytest.raises(Cancelled):
        from_zip(zipped(pictures()), PictureOptions(), cancel_after(7))
