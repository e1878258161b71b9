"""Zips of generated pictures, and CSV files of generated signals."""

import io
import zipfile
from collections.abc import Mapping

import numpy as np
from PIL import Image


def picture(grey: int, kind: str = "PNG", size: tuple[int, int] = (40, 40), square: bool = False) -> bytes:
    """The bytes of a picture file: one grey, with a white square in it if `square`."""
    cells = np.full(size[::-1], grey, np.uint8)
    if square:
        cells[size[1] // 4 : size[1] // 2, size[0] // 4 : size[0] // 2] = 255
    file = io.BytesIO()
    Image.fromarray(cells).save(file, kind)
    return file.getvalue()


def pictures(
    classes: tuple[str, ...] = ("dark", "bright"), each: int = 10, around: str = ""
) -> dict[str, bytes]:
    """Files of several classes: each picture has its own grey, and those of a class are similar."""
    return {
        f"{around}{name}/{number}.png": picture(250 * label // len(classes) + number, square=True)
        for label, name in enumerate(classes)
        for number in range(each)
    }


def zipped(files: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    """A zip of files. A name that ends with a slash is a folder."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    file.seek(0)
    return file


def table(count: int = 30, length: int = 16, delimiter: str = ",", header: bool = False) -> str:
    """A CSV file of signals with two classes, "rising" and "falling", in the last column."""
    rows = [[f"s{k}" for k in range(length)] + ["kind"]] if header else []
    for number in range(count):
        sign = 1 if number % 2 else -1
        samples = [f"{sign * (k - length / 2 + 0.25) + number / 100:.2f}" for k in range(length)]
        rows.append([*samples, "rising" if sign > 0 else "falling"])
    return "\n".join(delimiter.join(row) for row in rows) + "\n"
