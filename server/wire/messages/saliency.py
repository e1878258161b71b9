"""What a network answers to a picture, why, and what training on it does."""

from typing import Annotated

from pydantic import Field

from server.frozen import Frozen
from server.probe.comparison import MAX_ITERATIONS
from server.probe.nearest_neighbours import Metric
from server.probe.prediction import Verdict
from server.probe.saliency_methods import Method, SaliencyMethod
from server.recipe.splits import Split
from server.wire.messages.arrays import TypedArray
from server.wire.messages.runs import Evaluation, Tensor


class Prediction(Frozen):
    """What the network before `iteration` answers to a picture of one's own; nothing of it is stored.

    `picture` is that picture as text, as a `PictureEdit` has it. `answers` has a number for each class or
    target: a probability where the loss makes them (see `answer` in `Run`), else the output. The `margin` is
    that between the `winner` and the `runner_up`. `verdict`, only on probabilities, says what the answer is
    worth, and `words` why. `tensors` are those asked for.
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
    """A map over the input of why cell `cell` of `layer`'s output is `value`, made by the engine's passes.

    `map` has the input's shape, or (1, H, W) where it is one for all channels. Grad-CAM and occlusion make it
    from a `coarse` one: a cell for each place in `maps`, the activations of `convolution` (one of
    `convolutions`, those that can be chosen); or for each place of the `patch`, `stride` apart.
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
    """An example by its number in its part, its class, and how far its features are from the picture's."""

    example: int
    label: int | None
    distance: float | None


class Nearest(Frozen):
    """The examples of a part nearest to an input in the tensor `features`, the nearest first, with their
    pictures one after the other. `compared` of `total` were looked at, and `words` say which."""

    part: Split
    metric: Metric
    features: str
    compared: int
    total: int
    neighbours: tuple[Neighbour, ...]
    images: TypedArray
    signed: bool
    words: str


class Side(Frozen):
    """A network before `iteration` of a run: its answer to a picture, the loss of that where the picture has
    a label, and how it does on the examples that the run is evaluated on, where there are any."""

    run: str
    iteration: int
    answers: tuple[float | None, ...]
    winner: int | None
    verdict: Verdict | None
    words: str
    loss: float | None
    test: Evaluation | None


class Moved(Frozen):
    """A cell of the parameter `name` (conv1.w), before and after; numbers that are not finite are null."""

    name: str
    cell: int
    index: tuple[int, ...]
    before: float | None
    after: float | None
    change: float | None


class Comparison(Frozen):
    """Two moments side by side: what they answer to a picture, how good they are, and which parameters moved
    most, the largest change first. `changed` of all `parameters` differ; `distance` is the length of all
    changes together."""

    picture: str
    before: Side
    after: Side
    moved: tuple[Moved, ...]
    changed: int
    parameters: int
    distance: float | None
    words: str


class PictureQuestion(Frozen):
    """A picture of the data set's shape, in numbers as those of the set are meant, and the tensors wanted."""

    picture: TypedArray
    names: tuple[Annotated[str, Field(max_length=256)], ...] = Field(default=(), max_length=256)


class InputQuestion(Frozen):
    """About a picture of one's own or, without one, an example of the iteration's batch, by its slot."""

    picture: TypedArray | None = None
    example: int = Field(default=0, ge=0)


class SaliencyQuestion(InputQuestion):
    """Why cell `cell` of `layer`'s output is what it is. `convolution` is Grad-CAM's: null is the last one.
    `patch`, `stride` (null: some that suit the input) and `fill`, the number that it covers the picture with,
    are those of the occlusion."""

    layer: str = Field(max_length=256)
    cell: int = Field(ge=0)
    method: Method
    convolution: str | None = Field(default=None, max_length=256)
    patch: int | None = Field(default=None, ge=1, le=10**6)
    stride: int | None = Field(default=None, ge=1, le=10**6)
    fill: float = 0


class NearestQuestion(InputQuestion):
    """Which `count` examples of a part are nearest in the last layer's features, by which distance."""

    part: Split = "train"
    count: int = Field(default=8, ge=1, le=64)
    metric: Metric = "euclidean"


class EffectQuestion(Frozen):
    """What training on a picture with this label would do: `iterations` on end, in this slot of the batch.
    `count` is how many of the parameters that move most are told."""

    picture: TypedArray
    label: int = Field(ge=0)
    slot: int = Field(default=0, ge=0)
    iterations: int = Field(default=1, ge=1, le=MAX_ITERATIONS)
    count: int = Field(default=10, ge=0, le=1000)


class ComparisonQuestion(Frozen):
    """A picture, shown to this moment and to another: before `iteration` of `run`, null for the same run."""

    picture: TypedArray
    label: int | None = Field(default=None, ge=0)
    run: str | None = Field(default=None, max_length=64)
    iteration: int = Field(ge=0)
    count: int = Field(default=10, ge=0, le=1000)
