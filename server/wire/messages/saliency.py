"""Predictions for a picture, saliency maps, nearest examples, and the effect of training on a picture."""

from typing import Annotated

from pydantic import Field

from server.frozen import Frozen
from server.probe.comparison import MAX_ITERATIONS, Comparison
from server.probe.nearest_neighbours import Metric
from server.probe.prediction import Verdict
from server.probe.saliency_methods import Method, SaliencyMethod
from server.recipe.splits import Split
from server.wire.messages.arrays import TypedArray
from server.wire.messages.runs import Tensor

__all__ = [
    "Comparison",
    "ComparisonQuestion",
    "EffectQuestion",
    "InputQuestion",
    "Nearest",
    "NearestQuestion",
    "Neighbour",
    "PictureQuestion",
    "Prediction",
    "Saliency",
    "SaliencyQuestion",
]


class Prediction(Frozen):
    """The prediction for a picture by the network before `iteration`. Nothing is stored.

    `picture` is the picture as text, in the form of `PictureEdit`. `answers` has a number for each class or
    target: a probability where the loss computes probabilities (see `answer` in `Run`), else the output.
    `margin` is the difference between the answers `winner` and `runner_up`. `verdict` says how far to trust
    the answer, null without probabilities; `words` give the reason. `tensors` are the requested tensors.
    """

    run: str
    iteration: int
    picture: str
    answers: tuple[float | None, ...]
    winner: int | None
    runner_up: int | None
    margin: float | None
    verdict: Verdict | None
    words: str
    tensors: tuple[Tensor, ...]


class Saliency(Frozen):
    """A saliency map over the input for cell `cell` of `layer`'s output, whose value is `value`.

    `map` has the shape of the input, or (1, H, W) where all channels share it. `coarse` is the map before it
    was enlarged: for Grad-CAM with a cell for each row and column of `maps`, the activations of `convolution`
    (one of `convolutions`), for occlusion with a cell for each place of the `patch`, `stride` pixels apart.
    """

    run: str
    iteration: int
    about: SaliencyMethod
    layer: str
    cell: int
    index: tuple[int, ...]
    value: float | None
    map: Tensor
    signed: bool
    coarse: Tensor | None
    convolution: str | None
    convolutions: tuple[str, ...]
    maps: str | None
    patch: int | None
    stride: int | None
    words: str


class Neighbour(Frozen):
    """An example: its number in its split, its class, and the distance between its features and those of the
    input."""

    example: int
    label: int | None
    distance: float | None


class Nearest(Frozen):
    """The examples of the split `part` that are nearest to an input in the tensor `features`, nearest first.

    `images` are their pictures in the same order. `compared` of `total` examples were compared; `words` say
    which.
    """

    part: Split
    metric: Metric
    features: str
    compared: int
    total: int
    neighbours: tuple[Neighbour, ...]
    images: TypedArray
    signed: bool
    words: str


class PictureQuestion(Frozen):
    """A picture in the shape and the scale of the data set, and the tensors to return.

    `names` are names or patterns, as "conv1.out" or "*.out".
    """

    picture: TypedArray
    names: tuple[Annotated[str, Field(max_length=256)], ...] = Field(default=(), max_length=256)


class InputQuestion(Frozen):
    """An input: a picture or, without one, an example as the iteration receives it.

    The example is in slot `example` of the batch or, if `look` is given, training example `look`.
    """

    picture: TypedArray | None = None
    example: int = Field(default=0, ge=0)
    look: int | None = Field(default=None, ge=0)


class SaliencyQuestion(InputQuestion):
    """The saliency map for cell `cell` of `layer`'s output, by `method`.

    Grad-CAM uses `convolution` (null: the last one). Occlusion covers squares of `patch` pixels, `stride`
    pixels apart, with the number `fill`; null selects values that suit the input.
    """

    layer: str = Field(max_length=256)
    cell: int = Field(ge=0)
    method: Method
    convolution: str | None = Field(default=None, max_length=256)
    patch: int | None = Field(default=None, ge=1, le=10**6)
    stride: int | None = Field(default=None, ge=1, le=10**6)
    fill: float = 0


class NearestQuestion(InputQuestion):
    """The `count` examples of the split `part` nearest to an input in the last layer's features."""

    part: Split = "train"
    count: int = Field(default=8, ge=1, le=64)
    metric: Metric = "euclidean"


class EffectQuestion(Frozen):
    """The effect of training on a picture with a label, in slot `slot` of `iterations` consecutive batches.

    `count` is the number of parameters to list.
    """

    picture: TypedArray
    label: int = Field(ge=0)
    slot: int = Field(default=0, ge=0)
    iterations: int = Field(default=1, ge=1, le=MAX_ITERATIONS)
    count: int = Field(default=10, ge=0, le=1000)


class ComparisonQuestion(Frozen):
    """A comparison of this moment with the moment before `iteration` of `run` (null: the same run).

    Both networks predict the `picture`. `count` is the number of parameters to list.
    """

    picture: TypedArray
    label: int | None = Field(default=None, ge=0)
    run: str | None = Field(default=None, max_length=64)
    iteration: int = Field(ge=0)
    count: int = Field(default=10, ge=0, le=1000)
