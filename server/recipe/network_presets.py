"""Network presets: recipes whose layers a person can start from."""

from typing import Literal

from server.data import is_ready
from server.frozen import Frozen
from server.nn.initializers import Xavier
from server.nn.ops import (
    Add,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Flatten,
    MaxPool2d,
    ReLU,
    Sigmoid,
    Tanh,
)
from server.nn.optimizers import SGD, Adam
from server.recipe.recipe import Preprocessing, Recipe


class NetworkPreset(Frozen):
    """A network to start from. Its recipe has suitable data and settings."""

    key: str
    title: str
    words: str
    recipe: Recipe


def _conv(filters: int, side: int, padding: int | Literal["same", "valid"]) -> Conv2d:
    return Conv2d(filters, kernel=(side, side), padding=padding)


def _along(filters: int, length: int) -> Conv2d:
    return Conv2d(filters, kernel=(1, length))


RELU, POOL, FLATTEN = ReLU(), MaxPool2d(), Flatten()
NORM, SIGMOID = BatchNorm(), Sigmoid()
TANH, AVERAGE, POOL_ALONG = Tanh(), AvgPool2d(), MaxPool2d(kernel=(1, 2))
ADD = Add(4)
"""Adds the input of three layers (a convolution, a ReLU, a convolution) to their output."""

PRESETS = (
    NetworkPreset(
        key="default",
        title="The default",
        words="Two convolutions, each with ReLU and max-pool, then a dense layer: the usual shape, small.",
        recipe=Recipe(),
    ),
    NetworkPreset(
        key="one-filter",
        title="One filter",
        words="A single 3x3 kernel, so that all there is to see of it fits on the page: what does it learn?",
        recipe=Recipe(network=(_conv(1, 3, "valid"), RELU, FLATTEN, Dense(10))),
    ),
    NetworkPreset(
        key="mlp",
        title="A multilayer perceptron",
        words="No convolution: every pixel is connected to each of 32 hidden units.",
        recipe=Recipe(network=(FLATTEN, Dense(32), RELU, Dense(10))),
    ),
    NetworkPreset(
        key="batch-normalised",
        title="Sigmoids, batch-normalised",
        words=(
            "Three layers of sigmoids, each normalised over the batch. Take the bn layers out, and it learns "
            "next to nothing: the gradients vanish on their way down."
        ),
        recipe=Recipe(
            network=(FLATTEN, *3 * (Dense(16), NORM, SIGMOID), Dense(10)),
            optimizer=SGD(0.3),
            batch_size=16,
        ),
    ),
    NetworkPreset(
        key="residual",
        title="A residual network",
        words=(
            "Two convolutions with a skip connection around them: they only have to learn what to add to "
            "what went into them, and the gradient comes back past them undiminished (He et al. 2016)."
        ),
        recipe=Recipe(
            network=(
                *(_conv(8, 3, "same"), RELU),
                *(_conv(8, 3, "same"), RELU, _conv(8, 3, "same"), ADD, RELU),
                *(POOL, FLATTEN, Dense(10)),
            ),
        ),
    ),
    NetworkPreset(
        key="signals",
        title="A network for signals",
        words="Kernels of one row go along a wave of 64 samples: a convolution in one dimension.",
        recipe=Recipe(
            dataset="signals",
            network=(
                *(_along(8, 5), RELU, POOL_ALONG),
                *(_along(16, 5), RELU, POOL_ALONG),
                *(FLATTEN, Dense(4)),
            ),
        ),
    ),
    NetworkPreset(
        key="tiny-vgg",
        title="Tiny VGG on coloured shapes",
        words=(
            "Two pairs of convolutions, 10 filters 3x3 each, a max-pool after each pair: the network of CNN "
            "Explainer, here on images of 32x32 instead of 64x64, in batches of 8."
        ),
        recipe=Recipe(
            dataset="shapes",
            network=(
                *(_conv(10, 3, "valid"), RELU, _conv(10, 3, "valid"), RELU, POOL),
                *(_conv(10, 3, "valid"), RELU, _conv(10, 3, "valid"), RELU, POOL),
                *(FLATTEN, Dense(4)),
            ),
            optimizer=Adam(0.003),
            batch_size=8,
            epochs=20,
        ),
    ),
    NetworkPreset(
        key="eight-filters",
        title="Eight filters on MNIST",
        words=(
            "The classic first network: 8 filters 3x3 without padding, max-pool 2x2, softmax; one image at a "
            "time, learning rate 0.005."
        ),
        recipe=Recipe(
            dataset="mnist",
            network=(_conv(8, 3, "valid"), POOL, FLATTEN, Dense(10)),
            optimizer=SGD(0.005),
            batch_size=1,
            epochs=3,
        ),
    ),
    NetworkPreset(
        key="lenet-5-original",
        title="LeNet-5 of 1998 on MNIST",
        words=(
            "As LeCun and others drew it: tanh and average pooling, 6 and 16 filters 5x5, then 120, 84 and "
            "10 units. Three things differ: in the paper the averages have weights of their own, most "
            "filters of the second convolution read only some channels, and the end is of radial basis "
            "functions, here a softmax."
        ),
        recipe=Recipe(
            dataset="mnist",
            network=(
                *(_conv(6, 5, 2), TANH, AVERAGE),
                *(_conv(16, 5, "valid"), TANH, AVERAGE),
                *(FLATTEN, Dense(120), TANH, Dense(84), TANH, Dense(10)),
            ),
            preprocessing=Preprocessing(scaling="standardised"),
            optimizer=SGD(0.05),
            initialisation=Xavier(),
            batch_size=32,
        ),
    ),
    NetworkPreset(
        key="lenet-5",
        title="LeNet-5 on MNIST",
        words=(
            "LeCun's network of 1998 as it is built today, with ReLU and max-pooling: 6 and 16 filters 5x5, "
            "then 120, 84 and 10 units."
        ),
        recipe=Recipe(
            dataset="mnist",
            network=(
                *(_conv(6, 5, 2), RELU, POOL),
                *(_conv(16, 5, "valid"), RELU, POOL),
                *(FLATTEN, Dense(120), RELU, Dense(84), RELU, Dense(10)),
            ),
            optimizer=SGD(0.05),
            batch_size=32,
        ),
    ),
)


def network_presets() -> tuple[NetworkPreset, ...]:
    """The presets whose data sets are on this machine now."""
    return tuple(preset for preset in PRESETS if is_ready(preset.recipe.dataset))
