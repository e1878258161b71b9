"""Every op a second time, as plain loops. They are slow, and show what the fast code computes.

Each function returns one number in float64. `x`, `dout` and the parameters are one example's tensors, without
the batch axis. `index` is the coordinates of a cell: of the output in a forward loop, of the input in a
backward loop, which returns a cell of dL/dx. `params` also holds the random arrays of the example and the
second input `skip`. The gradient of a parameter is a sum over the batch: there `x` and `dout` have the batch
axis. They also have it when an op couples the examples of a batch, and `index` then ends with the example.

The lens runs these functions and shows their source. Name the result (`total`, `largest`) in a variable that
a statement writes, and unpack `index` into letters in one statement: the lens lights the statement that last
wrote the result, and calls the coordinates by the letters.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

Loop = Callable[..., float]


class Loops(NamedTuple):
    """The loops of an op: `forward(op, x, params, index)` and `backward(op, dout, x, params, index)`.

    `saved` holds the loops of the saved arrays, by name, with the arguments of `forward`. `gradients` holds
    those of the parameters' gradients over a whole batch, by name, with the arguments of `backward`.
    `running` holds those of the arrays kept from batch to batch, by name: `loop(op, running, x, index)`.
    `dskip` returns the gradient of the second input, with the arguments of `backward`.
    """

    forward: Loop
    backward: Loop
    saved: Mapping[str, Loop] = {}
    gradients: Mapping[str, Loop] = {}
    running: Mapping[str, Loop] = {}
    dskip: Loop | None = None
