"""Which folders name classes, in zips as people and programs make them."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from server.data.uploads.class_folders import class_folders
from server.data.uploads.pictures import PictureOptions, from_zip
from server.data.uploads.upload import Upload
from tests.data.uploads.archives import pictures, zipped

CLASSES = ("cat", "dog")


def read(file: io.BytesIO, options: PictureOptions | None = None) -> Upload:
    return from_zip(file, options or PictureOptions(8), lambda: None)


class Unflagged(zipfile.ZipInfo):
    """An entry whose name is written as code page 437, as zips of old programs are."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("cp437"), self.flag_bits


def found(*folders: str, outer: bool = False) -> set[str]:
    """The classes among folders that have pictures."""
    return {
        "/".join(folder)
        for folder in class_folders({tuple(folder.split("/")) for folder in folders}, outer).folders
    }


@pytest.mark.parametrize(
    ("folders", "classes"),
    [
        ("cat dog", "cat dog"),
        ("pets/cat pets/dog pets", "pets/cat pets/dog"),
        ("a/b/cat a/b/dog", "a/b/cat a/b/dog"),
        ("train/cat train/dog test", "train/cat train/dog"),
        ("seg_train/cat seg_test/cat seg_test/dog", "seg_train/cat seg_test/cat seg_test/dog"),
        ("training_set/cat test_set/cat", "training_set/cat test_set/cat"),
        ("train/train/cat train/train/dog test", "train/train/cat train/train/dog"),
        ("dev/cat train/cat train/dog", "dev/cat train/cat train/dog"),
        ("batch1/cat batch1/dog batch2/cat batch2/dog", "batch1/cat batch1/dog batch2/cat batch2/dog"),
        ("cat/young dog/old", "cat dog"),
        ("cat cat/more dog", "cat dog"),
        ("contest/cat contest/dog latest", "contest latest"),
        ("train test", "train test"),
    ],
)
def test_the_classes_are_below_wrapping_folders_and_splits(folders: str, classes: str) -> None:
    assert found(*folders.split()) == set(classes.split())


def test_the_outer_folders_can_be_the_classes() -> None:
    both = ("red/round", "red/square", "blue/round", "blue/square")
    assert found(*both) == set(both)
    assert found(*both, outer=True) == {"red", "blue"}


def around(*folders: str) -> dict[str, bytes]:
    """Pictures of CLASSES in each of the folders."""
    return {name: data for folder in folders for name, data in pictures(CLASSES, 5, folder).items()}


def test_a_guess_about_folders_is_a_doubt_with_another_reading() -> None:
    file = zipped(around("red/", "blue/"))
    data = read(file)
    assert data.classes == CLASSES
    (doubt,) = [doubt for doubt in data.doubts if doubt.readings]
    assert "the outer ones (“blue”, “red”) as splits" in doubt.words
    assert [(each.option, each.value) for each in doubt.readings] == [("outer", "true")]
    assert read(file, PictureOptions(8, outer=True)).classes == ("blue", "red")


def test_pictures_outside_the_classes_are_left_out_by_name() -> None:
    stray = pictures(CLASSES, 1)["cat/0.png"]
    data = read(zipped({**around("pets/"), "pets/preview.png": stray, "notes.txt": b"pets"}))
    assert data.classes == CLASSES
    assert any("preview.png" in reason for reason in data.left_out)
    unlabelled = read(zipped({**around("train/"), "test/0.png": stray}))
    assert unlabelled.counts == (5, 5)
    assert "“test/0.png”: it is not in the folder of a class" in unlabelled.left_out[0]


@pytest.mark.parametrize("form", [r"{}\{}", "./{}/{}", r"pets\{}/{}"])
def test_names_of_other_systems_are_read(form: str) -> None:
    files = {form.format(*name.split("/")): data for name, data in around("").items()}
    assert read(zipped(files)).classes == CLASSES


@pytest.mark.parametrize(
    ("classes", "encoding"), [(("猫", "狗"), "gbk"), (("кот", "пёс"), "cp866"), (("été", "hôtel"), "cp437")]
)
def test_names_in_an_older_encoding_are_read_with_a_doubt(classes: tuple[str, str], encoding: str) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in pictures(classes, 5).items():
            archive.writestr(Unflagged(name.encode(encoding).decode("cp437")), data)
    file.seek(0)
    found = read(file)
    assert set(found.classes) == set(classes)
    (doubt,) = [doubt for doubt in found.doubts if doubt.readings]
    assert "Some letters are not in UTF-8" in doubt.words
    other = doubt.readings[0].value
    file.seek(0)
    assert set(read(file, PictureOptions(8, encoding=other)).classes) != set(classes)


def coloured(red: int, green: int, blue: int, alpha: int | None = None) -> bytes:
    """A picture of one colour, half of it darker; transparent around a bar if there is an `alpha`."""
    cells = np.full((16, 16, 3 if alpha is None else 4), 0, np.uint8)
    cells[..., :3] = red, green, blue
    if alpha is None:
        cells[8:] //= 2
    else:
        cells[4:12, 6:10, 3] = alpha
    file = io.BytesIO()
    Image.fromarray(cells).save(file, "PNG")
    return file.getvalue()


def two(first: list[bytes], second: list[bytes]) -> dict[str, bytes]:
    """The files of two classes."""
    return {
        f"{name}/{number}.png": data
        for name, files in zip(CLASSES, (first, second), strict=True)
        for number, data in enumerate(files)
    }


def doubts(files: dict[str, bytes]) -> list[str]:
    return [doubt.words for doubt in read(zipped(files)).doubts]


def test_bright_ink_on_a_transparent_ground_is_put_on_black() -> None:
    files = two(*([coloured(255, 255, 255 - k, 255) for k in range(start, start + 5)] for start in (0, 5)))
    data = read(zipped(files))
    assert data.inputs.min() == 0
    assert data.inputs.max() > 240
    assert "In 10 pictures, transparent parts become black" in data.doubts[0].words
    white = read(zipped(files), PictureOptions(8, ground="white"))
    assert white.inputs.min() > 250


def test_pictures_with_fewer_bits_stored_in_16_are_stretched() -> None:
    dark = np.zeros((16, 16), np.uint16)
    for bits in (8, 10, 12, 16):
        dark[4:12, 6:10] = (1 << bits) - 1
        file = io.BytesIO()
        Image.fromarray(dark).save(file, "PNG")
        data = read(zipped({**pictures(("dog",), 5), **{f"cat/{k}.png": file.getvalue() for k in range(5)}}))
        assert data.inputs[0].max() > 240


def test_what_no_network_could_learn_is_a_doubt() -> None:
    grey = [coloured(k, k, k) for k in range(100, 110)]
    assert "5 pictures are in several classes, such as “cat” and “dog”" in doubts(two(grey[:5], grey[:5]))[0]
    file = io.BytesIO()
    Image.new("L", (16, 16), 90).save(file, "PNG")
    plain = [file.getvalue()]
    assert "1 picture has only one colour" in doubts(two(grey[:5] + plain, grey[5:]))[0]
    many = [coloured(k, k, 0) for k in range(60)]
    (unequal,) = [words for words in doubts(two(many, grey[:5])) if "would have a high accuracy" in words]
    assert "“cat” has 60 pictures, but “dog” has 5" in unequal


def test_classes_that_differ_by_colour_only_are_offered_in_colour() -> None:
    files = two([coloured(200 + k, 60, 60) for k in range(5)], [coloured(60, 60, 200 + k) for k in range(5)])
    (doubt,) = read(zipped(files)).doubts
    assert "differ by their colours" in doubt.words
    assert [(each.option, each.value) for each in doubt.readings] == [("colour", "true")]
    assert read(zipped(files), PictureOptions(8, colour=True)).doubts == ()
    shades = two([coloured(k, k, k) for k in range(20, 25)], [coloured(k, k, k) for k in range(200, 205)])
    assert doubts(shades) == []
