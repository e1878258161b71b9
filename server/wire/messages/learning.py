"""Learning: what one iteration did to parameters and examples."""

from server.frozen import Frozen
from server.probe.step_effect import StepEffect
from server.wire.messages.arrays import TypedArray
from server.wire.messages.frames import FrameTensor
from server.wire.messages.runs import Example, Tensor

__all__ = ["Batch", "Filmstrip", "GradientShares", "ParameterUpdate", "StepEffect", "WeightHistory"]


class ParameterUpdate(Frozen):
    """The update of the parameter `name` in one iteration, exactly as the engine computed it.

    `after` is `before` plus `change`, and what the next iteration starts with unless an edit sets a cell. A
    parameter that is `held` fixed has a gradient and the change 0. `update` is a sentence about the
    optimizer, without its full stop.
    """

    name: str
    before: Tensor
    gradient: Tensor
    change: Tensor
    after: Tensor
    held: bool
    learning_rate: float
    update: str


class GradientShares(Frozen):
    """What each example of the batch adds to the gradient of the parameter `name`, or of one `map` of it.

    `shares` (N, ...) are those of the N slots, whose sum is `gradient` (...), apart from rounding. Each is
    divided by N already. `looked_at` (...) is what an example that is not in the batch would add in its first
    place, else null. `coupled` is true where a share depends on the other examples too. `words` says what the
    shares are.
    """

    name: str
    map: int | None
    shares: Tensor
    gradient: Tensor
    looked_at: Tensor | None
    coupled: bool
    words: str


class Batch(Frozen):
    """All N examples of an iteration's batch.

    `inputs` (N, ...) are the inputs as one byte a cell, `scores` (N, K) the last outputs, `probabilities`
    (N, K) those of the loss (null without any), `losses` (N,) the losses, and `loss` their mean, which the
    iteration learns from; null when it is not finite.
    """

    iteration: int
    examples: tuple[Example, ...]
    inputs: FrameTensor
    scores: Tensor
    probabilities: Tensor | None
    losses: Tensor
    loss: float | None


class WeightHistory(Frozen):
    """One cell of the parameter `name` from the beginning of the run up to an iteration.

    `values` (n,) are its exact numbers before the `iterations` (n,), from 0 to the one asked for. They are
    evenly spaced, or nearly, where that would take too many iterations to compute again. `gradient` is
    that of this iteration, and `after` the value that its update leaves; null when they are not finite.
    `meaning` is the sentence of an explanation of the cell; `words` tells where it began and how far it came.
    """

    name: str
    cell: int
    index: tuple[int, ...]
    iterations: TypedArray
    values: TypedArray
    start: float | None
    value: float | None
    gradient: float | None
    after: float | None
    meaning: str | None
    words: str


class Filmstrip(Frozen):
    """The parameter `name`, or one `map` of it, at several steps of the run.

    `frames` (n, ...) are its numbers before each of the `iterations`, which begin with 0 and end with the one
    asked for.
    """

    name: str
    map: int | None
    iterations: tuple[int, ...]
    frames: Tensor
