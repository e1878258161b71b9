"""How well are drawings and photos read? `python -m benchmarks.pictures --data-dir DIR` prints the figures.

Digits of MNIST (DIR/mnist) are written on paper by a procedure, photographed, scanned, drawn, made tiny, and
brought as picture files through the very way that an upload takes. What was tuned was tuned on digits of its
training part under the conditions `TUNING`; what is printed is measured on those of its test part under the
conditions `MEASURING`, which are harsher, with other seeds.

Targets: MNIST's test images 88 % right with embedded data alone; pictures 88 % with embedded data alone and
93 % with MNIST; of the answers given with at least 0.7, 95 % right; 100 ms from a picture to its answer.
"""

import argparse
import io
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from benchmarks.timing import milliseconds
from server.data import load
from server.data.dataset import Dataset
from server.data.errors import PictureError
from server.data.pictures.decode import decode
from server.data.pictures.pipeline import DECODE_SIDE, extract_digit
from server.data.sets.sources import DATA_DIR
from server.nn.blas import one_thread
from server.nn.optimizers import SGD
from server.nn.schedules import Cosine
from server.nn.step import State, forward
from server.recipe.defaults import suggested
from server.recipe.plan import Plan, plan
from server.recipe.recipe import Augmentation, Recipe
from server.run.history import History

Floats = NDArray[np.float64]
Labels = NDArray[np.intp]
Random = np.random.Generator
Range = tuple[float, float]
Colour = tuple[float, float, float]

SURE, ROUNDS = 0.7, 7
MNIST = Recipe(
    dataset="mnist",
    augmentation=Augmentation(shift=1, rotation=10, scale=0.1),
    optimizer=SGD(learning_rate=0.1),
    schedule=Cosine(over=1875),
    batch_size=32,
    epochs=1,
)
ENLARGED = 12
PENS: Mapping[str, tuple[Colour, ...]] = {
    "pencil": ((0.42, 0.42, 0.44), (0.5, 0.5, 0.5)),
    "ballpoint": ((0.12, 0.16, 0.5), (0.1, 0.1, 0.14), (0.62, 0.1, 0.14)),
    "felt pen": ((0.05, 0.05, 0.06), (0.1, 0.45, 0.2), (0.8, 0.1, 0.1)),
}


@dataclass(frozen=True)
class Conditions:
    """The ranges from which the circumstances of a picture are drawn."""

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
"""A digit leaves some paper at both sides of a sheet."""


def ink(digit: Floats, thin: float = 0.0) -> Floats:
    """A digit (28, 28) written large: ink 0 to 1, cut to its box. `thin`, up to 1, leaves the middle of its
    strokes."""
    large = np.clip(ndimage.zoom(np.pad(digit, 2), ENLARGED, order=3), 0, 1)
    large = ndimage.gaussian_filter(large, ENLARGED / 4)
    if thin:
        ridge = large / np.maximum(ndimage.maximum_filter(large, 3 * ENLARGED), 0.3)
        large = (1 - thin) * large + thin * ndimage.gaussian_filter(ridge**4, 2)
    sharp = np.clip((large - 0.5) * 6 + 0.5, 0, 1)
    rows, columns = np.flatnonzero(sharp.max(axis=1) > 0.5), np.flatnonzero(sharp.max(axis=0) > 0.5)
    return sharp[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def canvas(written: Floats, width: int, height: int, part: float, random: Random) -> Floats:
    """The ink somewhere on a sheet (height, width), `part` of it high unless that is too wide, and nowhere at
    its edge."""
    by = min(part * height / max(written.shape), WIDEST * width / written.shape[1])
    small = np.asarray(
        Image.fromarray(written.astype(np.float32)).resize(
            (max(2, round(written.shape[1] * by)), max(2, round(written.shape[0] * by))),
            Image.Resampling.BOX if by < 1 else Image.Resampling.BICUBIC,
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


def ruled(shape: tuple[int, ...], spacing: float, width: float, random: Random) -> Floats:
    """Lines across a sheet, 0 to 1, `spacing` pixels apart."""
    row = np.arange(shape[0])[:, None] + random.uniform(0, spacing)
    away = np.abs((row + spacing / 2) % spacing - spacing / 2)
    return np.broadcast_to(np.clip(width / 2 + 0.5 - away, 0, 1), shape)


def photographed(
    digit: Floats, random: Random, conditions: Conditions, *, paper: str, pen: str, size: tuple[int, int]
) -> Image.Image:
    """A digit written with a pen on paper (plain, lined, checked), under a lamp, by a camera held by hand."""

    def drawn(name: str) -> float:
        return float(random.uniform(*getattr(conditions, name)))

    width, height = size
    written = ink(
        digit, thin={"pencil": 0.7, "ballpoint": 0.85, "felt pen": 0.0}[pen] * random.uniform(0.6, 1)
    )
    # The sheet is larger than what is seen of it, so that a tilted camera sees paper everywhere.
    wide, tall = int(1.4 * width), int(1.4 * height)
    middle = canvas(written, width, height, drawn("height"), random)
    sheet = np.zeros((tall, wide))
    sheet[(tall - height) // 2 :, (wide - width) // 2 :][:height, :width] = middle
    if pen == "pencil":
        sheet *= 1 - 0.35 * ndimage.gaussian_filter(random.random(sheet.shape), 1.5) / 0.6
    colours = PENS[pen]
    colour = np.array(colours[random.integers(len(colours))])
    ground = np.array([1.0, 1.0, 1.0]) * (1 - 0.06 * random.random(3) * np.array([0.2, 0.5, 1]))
    page = np.ones((tall, wide, 3)) * ground
    if paper != "plain":
        spacing = drawn("spacing") * height
        thick, strong = random.uniform(1.5, 0.006 * height), drawn("line")
        lines = ruled((tall, wide), spacing, thick, random)
        if paper == "checked":
            lines = np.maximum(lines, ruled((wide, tall), spacing, thick, random).T)
        tint = np.array([[0.6, 0.75, 1.0], [0.8, 0.8, 0.8]])[random.integers(2)]
        page *= 1 - strong * lines[..., None] * (1.2 - tint)
    page = page * (1 - sheet[..., None]) + np.minimum(page, colour) * sheet[..., None]
    page *= (
        1 + drawn("grain") * ndimage.gaussian_filter(random.standard_normal((tall, wide)), 1)[..., None] * 3
    )
    seen = _seen(page, width, height, drawn("turn"), drawn("perspective"), random)
    seen *= _light(width, height, drawn("light"), drawn("gradient"), drawn("shadow"), random)[..., None]
    seen = ndimage.gaussian_filter(seen, (drawn("blur"), drawn("blur"), 0))
    seen += drawn("noise") * random.standard_normal(seen.shape)
    return _image(seen)


def _seen(page: Floats, width: int, height: int, turn: float, perspective: float, random: Random) -> Floats:
    """The middle of a page through a tilted camera."""
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


def _light(width: int, height: int, light: float, gradient: float, shadow: float, random: Random) -> Floats:
    """How bright a sheet is everywhere: a lamp at one side, and a shadow with a soft edge."""
    row, column = np.mgrid[:height, :width] / np.array([height, width])[:, None, None] - 0.5
    way = random.uniform(0, 2 * np.pi)
    along = np.cos(way) * row + np.sin(way) * column
    way = random.uniform(0, 2 * np.pi)
    edge = (np.cos(way) * row + np.sin(way) * column - random.uniform(-0.4, 0.4)) / random.uniform(0.02, 0.3)
    return light * (1 - gradient * (along + 0.5)) * (1 - shadow / (1 + np.exp(-np.clip(edge * 4, -50, 50))))


def _image(pixels: Floats) -> Image.Image:
    return Image.fromarray(np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8))


def jpeg(image: Image.Image, random: Random, conditions: Conditions) -> bytes:
    """The picture as a JPEG file."""
    return _jpeg(image, int(random.uniform(*conditions.quality)))


def _jpeg(image: Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def png(image: Image.Image) -> bytes:
    """The picture as a PNG file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _phone(paper: str, pen: str) -> Callable[[Floats, Random, Conditions], bytes]:
    def picture(digit: Floats, random: Random, conditions: Conditions) -> bytes:
        size = (640, 480) if random.random() < 0.5 else (480, 640)
        return jpeg(
            photographed(digit, random, conditions, paper=paper, pen=pen, size=size), random, conditions
        )

    return picture


def _webcam(digit: Floats, random: Random, conditions: Conditions) -> bytes:
    image = photographed(digit, random, conditions, paper="plain", pen="felt pen", size=(320, 240))
    pixels = np.asarray(image) / 255 + 0.03 * random.standard_normal((240, 320, 3))
    return jpeg(_image(pixels), random, conditions)


def _scan(digit: Floats, random: Random, conditions: Conditions) -> bytes:
    sheet = canvas(ink(digit, random.uniform(0, 0.6)), 700, 900, random.uniform(0.08, 0.4), random)
    pixels = 0.97 - 0.85 * sheet + 0.01 * random.standard_normal(sheet.shape)
    specks = random.random(sheet.shape) < 0.0002
    return png(_image(np.where(ndimage.binary_dilation(specks), 0.3, pixels)))


def _pad(thin: float) -> Callable[[Floats, Random, Conditions], bytes]:
    def picture(digit: Floats, random: Random, conditions: Conditions) -> bytes:
        sheet = canvas(ink(digit, thin), 280, 280, random.uniform(*conditions.height) + 0.1, random)
        return png(_image(1 - sheet))

    return picture


def _light_on_dark(digit: Floats, random: Random, conditions: Conditions) -> bytes:
    board = random.uniform(0, 0.25)
    sheet = canvas(ink(digit, random.uniform(0, 0.5)), 400, 300, random.uniform(*conditions.height), random)
    return png(_image(board + (random.uniform(0.7, 1) - board) * sheet))


def _transparent(digit: Floats, random: Random, conditions: Conditions) -> bytes:
    sheet = canvas(ink(digit, random.uniform(0, 0.6)), 320, 320, random.uniform(*conditions.height), random)
    colour = random.uniform(0.8, 1, 3) if random.random() < 0.5 else random.uniform(0, 0.4, 3)
    pixels = np.concatenate([np.broadcast_to(colour, (*sheet.shape, 3)), sheet[..., None]], axis=-1)
    return png(_image(pixels))


def _tiny(digit: Floats, random: Random, conditions: Conditions) -> bytes:
    sheet = canvas(ink(digit), 640, 480, random.uniform(0.06, 0.12), random)
    return png(_image(0.95 - 0.8 * sheet + 0.01 * random.standard_normal(sheet.shape)))


def _as_it_is(digit: Floats, random: Random, conditions: Conditions) -> bytes:
    return png(_image(digit))


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
    """The file of a picture of this kind of a digit (28, 28), from a seed."""
    return KINDS[kind](digit, np.random.default_rng([seed, *kind.encode()]), conditions)


@dataclass(frozen=True)
class Answers:
    """What a network answered: the class and its probability, and the truth; -1 where no digit was found."""

    answered: Labels
    sure: Floats
    truth: Labels

    def line(self, name: str) -> str:
        """The figures in one line of the table."""
        right = self.answered == self.truth
        claimed = self.sure >= SURE
        honest = f"{right[claimed].mean():6.1%}" if claimed.any() else "     -"
        return (
            f"{name:32}{len(right):6}{right.mean():8.1%}{honest:>10}{claimed.mean():8.0%}"
            f"{int((self.answered < 0).sum()):8}"
        )


def together(parts: list[Answers]) -> Answers:
    """Several sets of answers as one."""
    return Answers(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("answered", "sure", "truth"))
    )


def inputs(files: list[bytes], dataset: str) -> list[NDArray[Any] | None]:
    """Picture files, brought the way of an upload, as examples of a data set; None where no digit is."""
    made: list[NDArray[Any] | None] = []
    for file in files:
        try:
            made.append(extract_digit(decode(file, min_side=DECODE_SIDE), dataset).stored)
        except PictureError:
            made.append(None)
    return made


def answers(network: tuple[Plan, State], examples: list[NDArray[Any] | None], truth: Labels) -> Answers:
    """What a trained network says of examples, as they are stored."""
    answered, sure = np.full(len(examples), -1), np.zeros(len(examples))
    for number, stored in enumerate(examples):
        if stored is not None:
            probabilities = probable(*network, stored)
            answered[number], sure[number] = probabilities.argmax(), probabilities.max()
    return Answers(answered, sure, truth)


def probable(made: Plan, state: State, stored: NDArray[np.generic]) -> Floats:
    """The probabilities of all classes for one stored example."""
    out = forward(made.network, state, made.transform(stored[None], made.recipe.dtype))[-1].out[:, 0]
    powers = np.exp(out.astype(np.float64) - out.max())
    return powers / powers.sum()


def trained(recipe: Recipe) -> tuple[Plan, State]:
    """A recipe's plan, and the state in which its run ends."""
    history = History(plan(recipe))
    history.advance(history.plan.iterations)
    return history.plan, history.state(history.plan.iterations)


def digits_of(
    mnist: Dataset, conditions: Conditions, count: int, first: int = 0
) -> tuple[Floats, NDArray[np.intp]]:
    """Digits (count, 28, 28), 0 to 1, with their labels: of the part that these conditions are for."""
    measuring = conditions is MEASURING
    x, targets = (mnist.test_x, mnist.test_targets) if measuring else (mnist.train_x, mnist.train_targets)
    part = slice(first, first + count)
    return np.moveaxis(x[0][..., part], -1, 0) * mnist.scale, targets[:, part].argmax(axis=0)


def took(name: str, file: bytes) -> str:
    """How long a file takes to be decoded, and to become an input."""
    image = decode(file, min_side=DECODE_SIDE)
    decoding = milliseconds(lambda: decode(file, min_side=DECODE_SIDE), ROUNDS)
    reading = milliseconds(lambda: extract_digit(image, "mnist"), ROUNDS)
    return f"{name}: decoded in {decoding:.0f} ms, its stages in {reading:.0f} ms"


def main() -> None:
    """Train with embedded data and with MNIST, and print how pictures of each kind are read."""
    parser = argparse.ArgumentParser(description="How well are drawings and photos read?")
    parser.add_argument("--data-dir", required=True, help="the folder in which mnist/ lies")
    parser.add_argument("--count", type=int, default=100, help="how many pictures of each kind")
    parser.add_argument("--uploads", type=int, default=2000, help="how many of MNIST's test images")
    parser.add_argument("--tuning", action="store_true", help="the pictures for tuning instead")
    options = parser.parse_args()
    os.environ[DATA_DIR] = options.data_dir
    one_thread()
    conditions = TUNING if options.tuning else MEASURING
    mnist = load("mnist")
    sets = {"MNIST's images, uploaded": uploads(mnist, conditions, options.uploads)}
    for which, kind in enumerate(KINDS):
        digits, labels = digits_of(mnist, conditions, options.count, first=which * options.count)
        files = [picture(kind, digit, 1000 + seed, conditions) for seed, digit in enumerate(digits)]
        sets[kind] = files, labels
    examples = {
        dataset: {name: inputs(files, dataset) for name, (files, _) in sets.items()}
        for dataset in ("drawn", "mnist")
    }
    for title, recipe, dataset in (
        ("embedded data alone: drawn digits, 8x8", suggested("drawn", load("drawn")), "drawn"),
        ("embedded data alone: the default recipe", Recipe(batch_size=8), "drawn"),
        ("MNIST, 28x28", MNIST, "mnist"),
    ):
        start = time.perf_counter()
        network = trained(recipe)
        print(f"\n{title} (trained in {time.perf_counter() - start:.0f} s)")
        print(f"{'':32}{'count':>6}{'right':>8}{'if sure':>10}{'sure':>8}{'nothing':>8}")
        parts = [answers(network, made, sets[name][1]) for name, made in examples[dataset].items()]
        for name, part in zip(sets, parts, strict=True):
            print(part.line(name))
        print(together(parts[1:]).line("all pictures"), flush=True)
    print()
    made, state = network
    drawing, photo = sets["pad"][0][0], sets["phone, lined, ballpoint"][0][0]
    print(took("a drawing of 280x280", drawing))
    print(took("a photo of 12 megapixels", _jpeg(Image.open(io.BytesIO(photo)).resize((4000, 3000)), 90)))
    stored = extract_digit(decode(drawing), "mnist").stored
    answering = milliseconds(lambda: probable(made, state, stored), ROUNDS)
    print(f"the answer of the network in {answering:.1f} ms")


def uploads(mnist: Dataset, conditions: Conditions, count: int) -> tuple[list[bytes], Labels]:
    """MNIST's own images as files of 224x224 pixels, with their labels."""
    digits, labels = digits_of(mnist, conditions, count)
    return [png(_image(np.kron(digit, np.ones((8, 8))))) for digit in digits], labels


if __name__ == "__main__":
    main()
