"""Every op once more as plain loops: slow, and so simple that they show what the fast code computes.

Each function makes one number in float64. `x`, `dout` and the parameters are one example's tensors, without
the batch axis. `index` are the coordinates of a cell: forward, of the output; backward, of the input, whose
gradient dL/dx the function makes. Arrays drawn for the example, and the second input `skip`, are among the
parameters. The gradient of a parameter is a sum over the batch: there `x` and `dout` have the batch axis.
They also have it where an op couples the examples of a batch, and `index` then ends with the example.

The lens runs these functions and shows their source. Name the result (`total`, `largest`) in a variable that
a statement writes, and unpack `index` into letters in one statement: the lens lights the statement that last
wrote the result, and calls the coordinates by the letters.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

Loop = Callable[..., float]


class Loops(NamedTuple):
    """The loops of an op: `forward(op, x, params, index)` and `backward(op, dout, x, params, index)`.

    `saved` make arrays that the op saves, by name, and take what `forward` takes. `gradients` make those of
    the parameters, by name, over a whole batch, and take what `backward` takes. `running(op, running, x,
    index)` make what the op keeps from batch to batch, by name. `dskip` makes the gradient of a second input.
    """

    forward: Loop
    backward: Loop
    saved: Mapping[str, Loop] = {}
    gradients: Mapping[str, Loop] = {}
    running: Mapping[str, Loop] = {}
    dskip: Loop | None = None
