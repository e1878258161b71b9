"""Pictures of handwritten digits, generated: photos, scans, drawings, webcam images, tiny and 28x28 files.

For `benchmarks.pictures`. `Conditions` are the ranges from which the circumstances of a picture are drawn:
`TUNING` for pictures of training digits, and `MEASURING`, which is harsher, for pictures of test digits.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Floats = NDArray[np.float64]
Random = np.random.Generator
Range = tuple[float, float]
Colour = tuple[float, float, float]

ENLARGED = 12
"""The factor by which a digit of MNIST is enlarged."""
PENS: Mapping[str, tuple[Colour, ...]] = {
    "pencil": ((0.42, 0.42, 0.44), (0.5, 0.5, 0.5)),
    "ballpoint": ((0.12, 0.16, 0.5), (0.1, 0.1, 0.14), (0.62, 0.1, 0.14)),
    "felt pen": ((0.05, 0.05, 0.06), (0.1, 0.45, 0.2), (0.8, 0.1, 0.1)),
}


@dataclass(frozen=True)
class Conditions:
    """The ranges from which the circumstances of a picture are drawn.

    Lengths are fractions of the picture's height (`height` of the digit, `spacing` of ruled lines), `turn` is
    in degrees, `blur` in pixels, `quality` is that of a JPEG, and all others are fractions of full brightness
    or depth.
    """

    light: Range
    gradient: Range
    shadow: Range
    grain: Range
    noise: Range
    blur: Range
    turn: Range
    perspective: Range
    height: Range
    quality: Range
    spacing: Range
    line: Range


TUNING = Conditions(
    light=(0.7, 0.95),
    gradient=(0.0, 0.35),
    shadow=(0.0, 0.35),
    grain=(0.0, 0.02),
    noise=(0.005, 0.025),
    blur=(0.3, 1.2),
    turn=(-6, 6),
    perspective=(0.0, 0.06),
    height=(0.3, 0.7),
    quality=(60, 95),
    spacing=(0.09, 0.16),
    line=(0.3, 0.9),
)
MEASURING = Conditions(
    light=(0.55, 0.98),
    gradient=(0.1, 0.45),
    shadow=(0.1, 0.45),
    grain=(0.005, 0.025),
    noise=(0.01, 0.035),
    blur=(0.4, 1.5),
    turn=(-8, 8),
    perspective=(0.02, 0.08),
    height=(0.25, 0.75),
    quality=(40, 90),
    spacing=(0.07, 0.2),
    line=(0.3, 1.0),
)


WIDEST = 0.88
"""The largest fraction of a sheet's width that a digit takes."""


def ink(digit: Floats, thin: float = 0.0) -> Floats:
    """A digit (28, 28), enlarged and cut to its bounding box, as ink from 0 to 1.

    `thin`, from 0 to 1, thins the strokes.
    """
    large = np.clip(ndimage.zoom(np.pad(digit, 2), ENLARGED, order=3), 0, 1)
    large = ndimage.gaussian_filter(large, ENLARGED / 4)
    if thin:
        ridge = large / np.maximum(ndimage.maximum_filter(large, 3 * ENLARGED), 0.3)
        large = (1 - thin) * large + thin * ndimage.gaussian_filter(ridge**4, 2)
    sharp = np.clip((large - 0.5) * 6 + 0.5, 0, 1)
    rows, columns = np.flatnonzero(sharp.max(axis=1) > 0.5), np.flatnonzero(sharp.max(axis=0) > 0.5)
    return sharp[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def place(written: Floats, width: int, height: int, fraction: float, random: Random) -> Floats:
    """The ink at a random place of a sheet (height, width), away from its edges.

    Its height is `fraction` of the sheet's, unless it would be too wide.
    """
    factor = min(fraction * height / max(written.shape), WIDEST * width / written.shape[1])
    small = np.asarray(
        Image.fromarray(written.astype(np.float32)).resize(
            (max(2, round(written.shape[1] * factor)), max(2, round(written.shape[0] * factor))),
            Image.Resampling.BOX if factor < 1 else Image.Resampling.BICUBIC,
        ),
        np.float64,
    )
    sheet = np.zeros((height, width))
    margin = (1 - WIDEST) / 2
    top = int(
        random.uniform(margin * height, max(margin * height + 1, height * (1 - margin) - small.shape[0]))
    )
    left = int(random.uniform(margin * width, max(margin * width + 1, width * (1 - margin) - small.shape[1])))
    sheet[top : top + small.shape[0], left : left + small.shape[1]] = np.clip(small, 0, 1)
    return sheet


def ruled_lines(shape: tuple[int, ...], spacing: float, width: float, random: Random) -> Floats:
    """Horizontal lines on a sheet, 0 to 1, `spacing` pixels apart and `width` pixels wide."""
    row = np.arange(shape[0])[:, None] + random.uniform(0, spacing)
    away = np.abs((row + spacing / 2) % spacing - spacing / 2)
    return np.broadcast_to(np.clip(width / 2 + 0.5 - away, 0, 1), shape)


def photo(
    digit: Floats, random: Random, conditions: Conditions, *, paper: str, pen: str, size: tuple[int, int]
) -> Image.Image:
    """A photo of a digit on `paper` ("plain", "lined", "checked") under a lamp, by a camera held by hand."""

    def sample(name: str) -> float:
        return float(random.uniform(*getattr(conditions, name)))

    width, height = size
    written = ink(
        digit, thin={"pencil": 0.7, "ballpoint": 0.85, "felt pen": 0.0}[pen] * random.uniform(0.6, 1)
    )
    # The sheet is larger than what is seen of it, so that a tilted camera sees paper everywhere.
    wide, tall = int(1.4 * width), int(1.4 * height)
    middle = place(written, width, height, sample("height"), random)
    sheet = np.zeros((tall, wide))
    sheet[(tall - height) // 2 :, (wide - width) // 2 :][:height, :width] = middle
    if pen == "pencil":
        sheet *= 1 - 0.35 * ndimage.gaussian_filter(random.random(sheet.shape), 1.5) / 0.6
    colours = PENS[pen]
    colour = np.array(colours[random.integers(len(colours))])
    ground = np.array([1.0, 1.0, 1.0]) * (1 - 0.06 * random.random(3) * np.array([0.2, 0.5, 1]))
    page = np.ones((tall, wide, 3)) * ground
    if paper != "plain":
        spacing = sample("spacing") * height
        thick, strong = random.uniform(1.5, 0.006 * height), sample("line")
        lines = ruled_lines((tall, wide), spacing, thick, random)
        if paper == "checked":
            lines = np.maximum(lines, ruled_lines((wide, tall), spacing, thick, random).T)
        tint = np.array([[0.6, 0.75, 1.0], [0.8, 0.8, 0.8]])[random.integers(2)]
        page *= 1 - strong * lines[..., None] * (1.2 - tint)
    page = page * (1 - sheet[..., None]) + np.minimum(page, colour) * sheet[..., None]
    page *= (
        1 + sample("grain") * ndimage.gaussian_filter(random.standard_normal((tall, wide)), 1)[..., None] * 3
    )
    seen = _camera(page, width, height, sample("turn"), sample("perspective"), random)
    seen *= _lighting(width, height, sample("light"), sample("gradient"), sample("shadow"), random)[..., None]
    seen = ndimage.gaussian_filter(seen, (sample("blur"), sample("blur"), 0))
    seen += sample("noise") * random.standard_normal(seen.shape)
    return image_of(seen)


def _camera(page: Floats, width: int, height: int, turn: float, perspective: float, random: Random) -> Floats:
    """The middle of a page, seen by a tilted camera."""
    tall, wide = page.shape[:2]
    angle = np.radians(turn)
    cosine, sine = np.cos(angle), np.sin(angle)
    tilt = random.uniform(-1, 1, 2) * perspective
    row, column = np.mgrid[:height, :width].astype(float)
    y, x = (row - height / 2) / height, (column - width / 2) / height
    depth = 1 + 2 * (tilt[0] * y + tilt[1] * x)
    y, x = y / depth, x / depth
    down, right = cosine * y - sine * x, sine * y + cosine * x
    places = [down * height + tall / 2, right * height + wide / 2]
    return np.stack(
        [ndimage.map_coordinates(page[..., c], places, order=1, mode="nearest") for c in range(3)], axis=-1
    )


def _lighting(
    width: int, height: int, light: float, gradient: float, shadow: float, random: Random
) -> Floats:
    """The brightness of a sheet (height, width): a lamp on one side, and a shadow with a soft edge."""
    row, column = np.mgrid[:height, :width] / np.array([height, width])[:, None, None] - 0.5
    way = random.uniform(0, 2 * np.pi)
    along = np.cos(way) * row + np.sin(way) * column
    way = random.uniform(0, 2 * np.pi)
    edge = (np.cos(way) * row + np.sin(way) * column - random.uniform(-0.4, 0.4)) / random.uniform(0.02, 0.3)
    return light * (1 - gradient * (along + 0.5)) * (1 - shadow / (1 + np.exp(-np.clip(edge * 4, -50, 50))))


def image_of(pixels: Floats) -> Image.Image:
    return Image.fromarray(np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8))


def encode_jpeg(image: Image.Image, quality: int) -> bytes:
    """The picture as a JPEG file."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def encode_png(image: Image.Image) -> bytes:
    """The picture as a PNG file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _phone(paper: str, pen: str) -> Callable[[Floats, Random, Conditions], bytes]:
    def picture(digit: Floats, random: Random, conditions: Conditions) -> bytes:
        size = (640, 480) if random.random() < 0.5 else (480, 640)
        image = photo(digit, random, conditions, paper=paper, pen=pen, size=size)
        return encode_jpeg(image, int(random.uniform(*conditions.quality)))

    return picture


def _webcam(digit: Floats, random: Random, conditions: Conditions) -> bytes:
    image = photo(digit, random, conditions, paper="plain", pen="felt pen", size=(320, 240))
    pixels = np.asarray(image) / 255 + 0.03 * random.standard_normal((240, 320, 3))
    return encode_jpeg(image_of(pixels), int(random.uniform(*conditions.quality)))


def _scan(digit: Floats, random: Random, conditions: Conditions) -> bytes:
    sheet = place(ink(digit, random.uniform(0, 0.6)), 700, 900, random.uniform(0.08, 0.4), random)
    pixels = 0.97 - 0.85 * sheet + 0.01 * random.standard_normal(sheet.shape)
    specks = random.random(sheet.shape) < 0.0002
    return encode_png(image_of(np.where(ndimage.binary_dilation(specks), 0.3, pixels)))


def _pad(thin: float) -> Callable[[Floats, Random, Conditions], bytes]:
    def picture(digit: Floats, random: Random, conditions: Conditions) -> bytes:
        sheet = place(ink(digit, thin), 280, 280, random.uniform(*conditions.height) + 0.1, random)
        return encode_png(image_of(1 - sheet))

    return picture


def _light_on_dark(digit: Floats, random: Random, conditions: Conditions) -> bytes:
    board = random.uniform(0, 0.25)
    sheet = place(ink(digit, random.uniform(0, 0.5)), 400, 300, random.uniform(*conditions.height), random)
    return encode_png(image_of(board + (random.uniform(0.7, 1) - board) * sheet))


def _transparent(digit: Floats, random: Random, conditions: Conditions) -> bytes:
    sheet = place(ink(digit, random.uniform(0, 0.6)), 320, 320, random.uniform(*conditions.height), random)
    colour = random.uniform(0.8, 1, 3) if random.random() < 0.5 else random.uniform(0, 0.4, 3)
    pixels = np.concatenate([np.broadcast_to(colour, (*sheet.shape, 3)), sheet[..., None]], axis=-1)
    return encode_png(image_of(pixels))


def _tiny(digit: Floats, random: Random, conditions: Conditions) -> bytes:
    sheet = place(ink(digit), 640, 480, random.uniform(0.06, 0.12), random)
    return encode_png(image_of(0.95 - 0.8 * sheet + 0.01 * random.standard_normal(sheet.shape)))


def _as_it_is(digit: Floats, random: Random, conditions: Conditions) -> bytes:
    return encode_png(image_of(digit))


KINDS: Mapping[str, Callable[[Floats, Random, Conditions], bytes]] = {
    "pad": _pad(0.0),
    "pad, thin": _pad(0.9),
    "phone, plain": _phone("plain", "ballpoint"),
    "phone, lined, pencil": _phone("lined", "pencil"),
    "phone, lined, ballpoint": _phone("lined", "ballpoint"),
    "phone, checked, ballpoint": _phone("checked", "ballpoint"),
    "phone, checked, felt pen": _phone("checked", "felt pen"),
    "webcam": _webcam,
    "scan": _scan,
    "light on dark": _light_on_dark,
    "transparent": _transparent,
    "tiny": _tiny,
    "28x28": _as_it_is,
}


def picture(kind: str, digit: Floats, seed: int, conditions: Conditions) -> bytes:
    """The file of a picture of this `kind` of a digit (28, 28), a pure function of its arguments."""
    return KINDS[kind](digit, np.random.default_rng([seed, *kind.encode()]), conditions)
