"""Network presets: recipes whose layers a person can start from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.data import is_ready
from server.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True)
class NetworkPreset:
    """A recipe with a title and a description. `settings` differ from those of the default recipe."""

    key: str
    title: str
    words: str
    settings: Mapping[str, Any]

    @property
    def recipe(self) -> Recipe:
        """The recipe, with all settings."""
        return Recipe.model_validate(self.settings)


def _conv(filters: int, side: int, padding: object) -> dict[str, object]:
    return {"kind": "conv2d", "filters": filters, "kernel": (side, side), "padding": padding}


def _along(filters: int, length: int) -> dict[str, object]:
    return {"kind": "conv2d", "filters": filters, "kernel": (1, length), "padding": "same"}


def _dense(units: int) -> dict[str, object]:
    return {"kind": "dense", "units": units}


RELU, POOL, FLATTEN = {"kind": "relu"}, {"kind": "maxpool2d"}, {"kind": "flatten"}
NORM, SIGMOID = {"kind": "batchnorm"}, {"kind": "sigmoid"}
TANH, AVERAGE, POOL_ALONG = {"kind": "tanh"}, {"kind": "avgpool2d"}, {"kind": "maxpool2d", "kernel": (1, 2)}
ADD = {"kind": "add", "back": 4}
"""Adds the input of three layers (a convolution, a ReLU, a convolution) to their output."""

PRESETS = (
    NetworkPreset(
        key="default",
        title="The default",
        words="Two convolutions, each with ReLU and max-pool, then a dense layer: the usual shape, small.",
        settings={},
    ),
    NetworkPreset(
        key="one-filter",
        title="One filter",
        words="A single 3x3 kernel, so that all there is to see of it fits on the page: what does it learn?",
        settings={"network": [_conv(1, 3, "valid"), RELU, FLATTEN, _dense(10)]},
    ),
    NetworkPreset(
        key="mlp",
        title="A multilayer perceptron",
        words="No convolution: every pixel is connected to each of 32 hidden units.",
        settings={"network": [FLATTEN, _dense(32), RELU, _dense(10)]},
    ),
    NetworkPreset(
        key="batch-normalised",
        title="Sigmoids, batch-normalised",
        words=(
            "Three layers of sigmoids, each normalised over the batch. Take the bn layers out, and it learns "
            "next to nothing: the gradients vanish on their way down."
        ),
        settings={
            "network": [FLATTEN, *3 * (_dense(16), NORM, SIGMOID), _dense(10)],
            "optimizer": {"kind": "sgd", "learning_rate": 0.3},
            "batch_size": 16,
        },
    ),
    NetworkPreset(
        key="residual",
        title="A residual network",
        words=(
            "Two convolutions with a skip connection around them: they only have to learn what to add to "
            "what went into them, and the gradient comes back past them undiminished (He et al. 2016)."
        ),
        settings={
            "network": [
                *(_conv(8, 3, "same"), RELU),
                *(_conv(8, 3, "same"), RELU, _conv(8, 3, "same"), ADD, RELU),
                *(POOL, FLATTEN, _dense(10)),
            ],
        },
    ),
    NetworkPreset(
        key="signals",
        title="A network for signals",
        words="Kernels of one row go along a wave of 64 samples: a convolution in one dimension.",
        settings={
            "dataset": "signals",
            "network": [
                *(_along(8, 5), RELU, POOL_ALONG),
                *(_along(16, 5), RELU, POOL_ALONG),
                *(FLATTEN, _dense(4)),
            ],
        },
    ),
    NetworkPreset(
        key="tiny-vgg",
        title="Tiny VGG on coloured shapes",
        words=(
            "Two pairs of convolutions, 10 filters 3x3 each, a max-pool after each pair: the network of CNN "
            "Explainer, here on images of 32x32 instead of 64x64, in batches of 8."
        ),
        settings={
            "dataset": "shapes",
            "network": [
                *(_conv(10, 3, "valid"), RELU, _conv(10, 3, "valid"), RELU, POOL),
                *(_conv(10, 3, "valid"), RELU, _conv(10, 3, "valid"), RELU, POOL),
                *(FLATTEN, _dense(4)),
            ],
            "optimizer": {"kind": "adam", "learning_rate": 0.003},
            "batch_size": 8,
            "epochs": 20,
        },
    ),
    NetworkPreset(
        key="eight-filters",
        title="Eight filters on MNIST",
        words=(
            "The classic first network: 8 filters 3x3 without padding, max-pool 2x2, softmax; one image at a "
            "time, learning rate 0.005."
        ),
        settings={
            "dataset": "mnist",
            "network": [_conv(8, 3, "valid"), POOL, FLATTEN, _dense(10)],
            "optimizer": {"kind": "sgd", "learning_rate": 0.005},
            "batch_size": 1,
            "epochs": 3,
        },
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
        settings={
            "dataset": "mnist",
            "network": [
                *(_conv(6, 5, 2), TANH, AVERAGE),
                *(_conv(16, 5, "valid"), TANH, AVERAGE),
                *(FLATTEN, _dense(120), TANH, _dense(84), TANH, _dense(10)),
            ],
            "preprocessing": {"scaling": "standardised"},
            "optimizer": {"kind": "sgd", "learning_rate": 0.05},
            "initialisation": {"kind": "xavier"},
            "batch_size": 32,
        },
    ),
    NetworkPreset(
        key="lenet-5",
        title="LeNet-5 on MNIST",
        words=(
            "LeCun's network of 1998 as it is built today, with ReLU and max-pooling: 6 and 16 filters 5x5, "
            "then 120, 84 and 10 units."
        ),
        settings={
            "dataset": "mnist",
            "network": [
                *(_conv(6, 5, 2), RELU, POOL),
                *(_conv(16, 5, "valid"), RELU, POOL),
                *(FLATTEN, _dense(120), RELU, _dense(84), RELU, _dense(10)),
            ],
            "optimizer": {"kind": "sgd", "learning_rate": 0.05},
            "batch_size": 32,
        },
    ),
)


def network_presets() -> tuple[NetworkPreset, ...]:
    """The presets whose data sets are on this machine now."""
    return tuple(preset for preset in PRESETS if is_ready(preset.recipe.dataset))
