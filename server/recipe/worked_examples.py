"""Worked examples: recipes small enough to check every number by hand, with the moments to look at."""

from dataclasses import dataclass

from server.nn.losses import SquaredError
from server.nn.ops import Conv2d, Dense, Flatten, Sigmoid
from server.nn.optimizers import SGD
from server.recipe.recipe import GivenParameter, Recipe


@dataclass(frozen=True, slots=True)
class Trial:
    """A nudge to try at a stop: add `amount` to its cell, and watch cell `watch_cell` of tensor `watch`."""

    amount: float
    watch: str
    watch_cell: int


@dataclass(frozen=True, slots=True)
class Stop:
    """One number to look at: cell `cell` of the tensor `name` at the moment `at`, written as in an address.

    `published` is the number as the source of the example prints it, or as computed by hand.
    """

    words: str
    at: str
    name: str
    cell: int
    published: str
    trial: Trial | None = None


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """A recipe with a title, a description, and stops. It opens at the first stop."""

    key: str
    title: str
    words: str
    recipe: Recipe
    stops: tuple[Stop, ...]


TWO_INPUTS = WorkedExample(
    key="two-neurons",
    title="The 2-2-2 network of the textbooks",
    words=(
        "Two inputs, two hidden and two output neurons with sigmoids, half the squared error, learning rate "
        "0.5, biases held fixed: the numbers of M. Mazur's “A Step by Step Backpropagation Example” (2015)."
    ),
    recipe=Recipe(
        dataset="two_inputs",
        network=(Dense(2), Sigmoid(), Dense(2), Sigmoid()),
        loss=SquaredError(),
        optimizer=SGD(0.5),
        dtype="float64",
        epochs=10_000,
        given=(
            GivenParameter(name="dense1.w", values=(0.15, 0.20, 0.25, 0.30)),
            GivenParameter(name="dense1.b", values=(0.35, 0.35)),
            GivenParameter(name="dense2.w", values=(0.40, 0.45, 0.50, 0.55)),
            GivenParameter(name="dense2.b", values=(0.60, 0.60)),
        ),
        frozen=("dense1.b", "dense2.b"),
    ),
    stops=(
        Stop(
            "The first hidden neuron adds up its inputs times their weights, and its bias.",
            "0/forward/dense1/out/0",
            "dense1.out",
            0,
            "0.3775",
        ),
        Stop(
            "The sigmoid squeezes that sum: the first hidden neuron's output.",
            "0/forward/sigmoid1/out/0",
            "sigmoid1.out",
            0,
            "0.593269992",
        ),
        Stop(
            "The network answers: its first output, far above its target 0.01.",
            "0/forward/sigmoid2/out/1",
            "sigmoid2.out",
            0,
            "0.75136507",
        ),
        Stop(
            "The total error: half of both squared errors.",
            "0/loss/loss/loss/0",
            "loss.loss",
            0,
            "0.298371109",
        ),
        Stop(
            "The gradient of the fifth weight, from the first hidden to the first output neuron: error times "
            "slope times input. Open its terms, and follow them.",
            "0/backward/dense2/dout/1",
            "dense2.dw",
            0,
            "0.082167041",
        ),
        Stop(
            "The fifth weight after the update: minus the learning rate times that gradient.",
            "0/update/dense2/delta_w/3",
            "dense2.new_w",
            0,
            "0.35891648",
        ),
        Stop(
            "The first weight after the update: its gradient came through both output neurons.",
            "0/update/dense2/delta_w/3",
            "dense1.new_w",
            0,
            "0.149780716",
        ),
        Stop(
            "After ten thousand iterations the error is small: the outputs are close to 0.01 and 0.99.",
            "9999/update",
            "loss.loss",
            0,
            "0.0000351085",
        ),
    ),
)

SMALLEST_CONVOLUTION = WorkedExample(
    key="smallest-convolution",
    title="The smallest convolution",
    words=(
        "One 4x4 image, one 2x2 filter, one channel, all integers: every product of both passes can be done "
        "in one's head. Step by cell and watch the window slide."
    ),
    recipe=Recipe(
        dataset="small_image",
        network=(Conv2d(1, kernel=(2, 2), padding="valid"), Flatten()),
        loss=SquaredError(),
        optimizer=SGD(0.01),
        dtype="float64",
        epochs=100,
        given=(
            GivenParameter(name="conv.w", values=(1, 2, -1, 1)),
            GivenParameter(name="conv.b", values=(1,)),
        ),
    ),
    stops=(
        Stop(
            "The first window: 1 · 1 + 0 · 2 + 4 · (−1) + 1 · 1, plus the bias 1.",
            "0/forward/conv/out/0",
            "conv.out",
            0,
            "-1",
        ),
        Stop(
            "The second window, one step to the right: 0 · 1 + 2 · 2 + 1 · (−1) + 0 · 1 + 1.",
            "0/forward/conv/out/1",
            "conv.out",
            1,
            "4",
        ),
        Stop(
            "Each error is the upstream gradient of its window: −1 − 2 for the first.",
            "0/backward/flatten/dout/8",
            "conv.dout",
            0,
            "-3",
        ),
        Stop(
            "The kernel's gradient: the upstream gradient slides over the image. Drag the chip of conv to "
            "scrub.",
            "0/backward/conv/dout/8",
            "conv.dw",
            0,
            "66",
        ),
        Stop(
            "The image's gradient: each window's error stamps the kernel. The middle cells get four stamps.",
            "0/backward/conv/dout/8",
            "input.dout",
            5,
            "2",
        ),
    ),
)

STRIDED_CONVOLUTION = WorkedExample(
    key="strided-convolution",
    title="Its twin: stride 2, padding 1, two channels",
    words=(
        "The same image in the first of two channels, a border of zeros around it, and a window that goes by "
        "twos: what stride, padding and channels change, and what they do not."
    ),
    recipe=Recipe(
        dataset="two_channels",
        network=(Conv2d(1, kernel=(2, 2), stride=(2, 2), padding=1), Flatten()),
        loss=SquaredError(),
        optimizer=SGD(0.01),
        dtype="float64",
        epochs=100,
        given=(
            GivenParameter(name="conv.w", values=(1, 2, -1, 1, 2, 0, 1, -1)),
            GivenParameter(name="conv.b", values=(1,)),
        ),
    ),
    stops=(
        Stop(
            "The first window lies on the border: of its four cells only one is inside the image, in each "
            "channel.",
            "0/forward/conv/out/0",
            "conv.out",
            0,
            "2",
        ),
        Stop(
            "The middle window sees four cells of both channels: eight products and the bias.",
            "0/forward/conv/out/4",
            "conv.out",
            4,
            "-3",
        ),
        Stop(
            "With stride 2 no two windows overlap. Each weight's gradient adds one product from each window "
            "in which it meets the image, and not the border.",
            "0/backward/conv/dout/8",
            "conv.dw",
            0,
            "15",
        ),
        Stop(
            "And each cell of the image belongs to one window only: one stamp.",
            "0/backward/conv/dout/8",
            "input.dout",
            5,
            "-7",
        ),
    ),
)

BRIGHT_PIXEL = WorkedExample(
    key="bright-pixel",
    title="Nudge one weight: why the gradient is the pixel",
    words=(
        "A 3x3 image under a 3x3 filter of zeros gives one output, 0. Raising the centre weight by 1 raises "
        "the output by the centre pixel."
    ),
    recipe=Recipe(
        dataset="bright_pixel",
        network=(Conv2d(1, kernel=(3, 3), padding="valid"), Flatten()),
        loss=SquaredError(),
        optimizer=SGD(0.00001),
        dtype="float64",
        epochs=100,
        given=(
            GivenParameter(name="conv.w", values=(0,) * 9),
            GivenParameter(name="conv.b", values=(0,)),
        ),
    ),
    stops=(
        Stop("All weights are 0, and so is the output.", "0/forward/conv/out/0", "conv.out", 0, "0"),
        Stop(
            "The centre weight. Press Nudge: adding 1 to it raises the output by the centre pixel, 80.",
            "0/loss",
            "conv.w",
            4,
            "0",
            Trial(1, "conv.out", 0),
        ),
        Stop(
            "So its gradient is that pixel times what comes back from the loss, which is the output minus "
            "its target: 80 · (0 − 100).",
            "0/backward/conv/dout/0",
            "conv.dw",
            4,
            "-8000",
        ),
    ),
)

WORKED_EXAMPLES = (TWO_INPUTS, SMALLEST_CONVOLUTION, STRIDED_CONVOLUTION, BRIGHT_PIXEL)
