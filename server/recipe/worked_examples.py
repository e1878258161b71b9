"""Worked examples: recipes small enough to check every number by hand, with the moments to look at."""

from server.frozen import Frozen
from server.nn.losses import SquaredError
from server.nn.ops import Conv2d, Dense, Flatten, Sigmoid
from server.nn.optimizers import SGD
from server.recipe.recipe import GivenParameter, Recipe


class Trial(Frozen):
    """A nudge at a stop: add `amount` to the stop's cell, and watch cell `watch_cell` of `watch`."""

    amount: float
    watch: str
    watch_cell: int


class Stop(Frozen):
    """A number to look at: cell `cell` of the tensor `name` at the moment `at`.

    `at` has the form that moments have in the page's address. `published` is the number as the source of the
    example prints it, or as computed by hand.
    """

    words: str
    at: str
    name: str
    cell: int
    published: str
    trial: Trial | None = None


class Preset(Frozen):
    """A worked example: a recipe, and stops in its run. The page opens it at the first stop."""

    key: str
    title: str
    words: str
    recipe: Recipe
    stops: tuple[Stop, ...]


TWO_INPUTS = Preset(
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
            words="The first hidden neuron adds up its inputs times their weights, and its bias.",
            at="0/forward/dense1/out/0",
            name="dense1.out",
            cell=0,
            published="0.3775",
        ),
        Stop(
            words="The sigmoid squeezes that sum: the first hidden neuron's output.",
            at="0/forward/sigmoid1/out/0",
            name="sigmoid1.out",
            cell=0,
            published="0.593269992",
        ),
        Stop(
            words="The network answers: its first output, far above its target 0.01.",
            at="0/forward/sigmoid2/out/1",
            name="sigmoid2.out",
            cell=0,
            published="0.75136507",
        ),
        Stop(
            words="The total error: half of both squared errors.",
            at="0/loss/loss/loss/0",
            name="loss.loss",
            cell=0,
            published="0.298371109",
        ),
        Stop(
            words=(
                "The gradient of the fifth weight, from the first hidden to the first output neuron: error "
                "times slope times input. Open its terms, and follow them."
            ),
            at="0/backward/dense2/dout/1",
            name="dense2.dw",
            cell=0,
            published="0.082167041",
        ),
        Stop(
            words="The fifth weight after the update: minus the learning rate times that gradient.",
            at="0/update/dense2/delta_w/3",
            name="dense2.new_w",
            cell=0,
            published="0.35891648",
        ),
        Stop(
            words="The first weight after the update: its gradient came through both output neurons.",
            at="0/update/dense2/delta_w/3",
            name="dense1.new_w",
            cell=0,
            published="0.149780716",
        ),
        Stop(
            words="After ten thousand iterations the error is small: the outputs are close to 0.01 and 0.99.",
            at="9999/update",
            name="loss.loss",
            cell=0,
            published="0.0000351085",
        ),
    ),
)

SMALLEST_CONVOLUTION = Preset(
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
            words="The first window: 1 · 1 + 0 · 2 + 4 · (−1) + 1 · 1, plus the bias 1.",
            at="0/forward/conv/out/0",
            name="conv.out",
            cell=0,
            published="-1",
        ),
        Stop(
            words="The second window, one step to the right: 0 · 1 + 2 · 2 + 1 · (−1) + 0 · 1 + 1.",
            at="0/forward/conv/out/1",
            name="conv.out",
            cell=1,
            published="4",
        ),
        Stop(
            words="Each error is the upstream gradient of its window: −1 − 2 for the first.",
            at="0/backward/flatten/dout/8",
            name="conv.dout",
            cell=0,
            published="-3",
        ),
        Stop(
            words=(
                "The kernel's gradient: the upstream gradient slides over the image. Drag the chip of conv "
                "to scrub."
            ),
            at="0/backward/conv/dout/8",
            name="conv.dw",
            cell=0,
            published="66",
        ),
        Stop(
            words=(
                "The image's gradient: each window's error stamps the kernel. The middle cells get four "
                "stamps."
            ),
            at="0/backward/conv/dout/8",
            name="input.dout",
            cell=5,
            published="2",
        ),
    ),
)

STRIDED_CONVOLUTION = Preset(
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
            words=(
                "The first window lies on the border: of its four cells only one is inside the image, in "
                "each channel."
            ),
            at="0/forward/conv/out/0",
            name="conv.out",
            cell=0,
            published="2",
        ),
        Stop(
            words="The middle window sees four cells of both channels: eight products and the bias.",
            at="0/forward/conv/out/4",
            name="conv.out",
            cell=4,
            published="-3",
        ),
        Stop(
            words=(
                "With stride 2 no two windows overlap. Each weight's gradient adds one product from each "
                "window in which it meets the image, and not the border."
            ),
            at="0/backward/conv/dout/8",
            name="conv.dw",
            cell=0,
            published="15",
        ),
        Stop(
            words="And each cell of the image belongs to one window only: one stamp.",
            at="0/backward/conv/dout/8",
            name="input.dout",
            cell=5,
            published="-7",
        ),
    ),
)

BRIGHT_PIXEL = Preset(
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
        Stop(
            words="All weights are 0, and so is the output.",
            at="0/forward/conv/out/0",
            name="conv.out",
            cell=0,
            published="0",
        ),
        Stop(
            words="The centre weight. Press Nudge: adding 1 to it raises the output by the centre pixel, 80.",
            at="0/loss",
            name="conv.w",
            cell=4,
            published="0",
            trial=Trial(amount=1, watch="conv.out", watch_cell=0),
        ),
        Stop(
            words=(
                "So its gradient is that pixel times what comes back from the loss, which is the output "
                "minus its target: 80 · (0 − 100)."
            ),
            at="0/backward/conv/dout/0",
            name="conv.dw",
            cell=4,
            published="-8000",
        ),
    ),
)

WORKED_EXAMPLES = (TWO_INPUTS, SMALLEST_CONVOLUTION, STRIDED_CONVOLUTION, BRIGHT_PIXEL)
