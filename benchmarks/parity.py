"""How far we are from PyTorch: `python -m benchmarks.parity`, where torch is installed.

Every op forward and backward, ten steps of its parameters and of every optimizer, every loss and layer that
multiplies signs forward and backward, and ten steps with batch normalisations, whose training, running
statistics and evaluation are compared, in float64; the figure is the largest relative difference of any
number. Ends with 1 when one is above 1e-9.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from benchmarks.op_parity import OPS, Pair, compared
from server.nn.arrays import Array, shape_text
from server.nn.losses import (
    BinaryCrossEntropy,
    Loss,
    MeanSquaredError,
    RootMeanSquaredError,
    SoftmaxCrossEntropy,
    SquaredError,
)
from server.nn.network import Network, build
from server.nn.ops import BatchNorm, Conv2d, Dense, Flatten, ReLU
from server.nn.optimizers import SGD, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSProp
from server.nn.step import answer, initial_state, train_step

ALLOWED = 1e-9
STEPS, RATE = 10, 0.01
WEIGHTS = (0.5, 2.0, 1.0, 3.0)

Theirs = Callable[[list[torch.Tensor]], torch.optim.Optimizer]

OPTIMIZERS: list[tuple[Optimizer, Theirs]] = [
    (SGD(RATE), lambda p: torch.optim.SGD(p, RATE)),
    (SGD(RATE, l2=0.1), lambda p: torch.optim.SGD(p, RATE, weight_decay=0.1)),
    (SGD(RATE, clip_norm=0.5), lambda p: torch.optim.SGD(p, RATE)),
    (SGD(RATE, clip_value=0.3), lambda p: torch.optim.SGD(p, RATE)),
    (Momentum(RATE), lambda p: torch.optim.SGD(p, RATE, momentum=0.9)),
    (Momentum(RATE, l2=0.1), lambda p: torch.optim.SGD(p, RATE, momentum=0.9, weight_decay=0.1)),
    (Nesterov(RATE), lambda p: torch.optim.SGD(p, RATE, momentum=0.9, nesterov=True)),
    (RMSProp(RATE), lambda p: torch.optim.RMSprop(p, RATE)),
    (RMSProp(RATE, l2=0.1), lambda p: torch.optim.RMSprop(p, RATE, weight_decay=0.1)),
    (Adam(RATE), lambda p: torch.optim.Adam(p, RATE)),
    (Adam(RATE, l2=0.1), lambda p: torch.optim.Adam(p, RATE, weight_decay=0.1)),
    (Adam(RATE, clip_norm=0.5), lambda p: torch.optim.Adam(p, RATE)),
    (AdamW(RATE), lambda p: torch.optim.AdamW(p, RATE)),
    (AdamW(RATE, weight_decay=0.3), lambda p: torch.optim.AdamW(p, RATE, weight_decay=0.3)),
]


TORCH = {"w": "weight", "b": "bias"}
LOSS = SoftmaxCrossEntropy()
ROWS = BatchNorm(eps=1e-3, momentum=0.3)
NORMALISED: dict[str, tuple[Network, torch.nn.Sequential]] = {
    "images": (
        build([BatchNorm(), Flatten(), Dense(3)], (2, 3, 4), True, LOSS, 3),
        torch.nn.Sequential(torch.nn.BatchNorm2d(2), torch.nn.Flatten(), torch.nn.Linear(24, 3)),
    ),
    "rows": (
        build([Dense(5), ROWS, ReLU(), Dense(3)], (4,), True, LOSS, 3),
        torch.nn.Sequential(
            torch.nn.Linear(4, 5),
            torch.nn.BatchNorm1d(5, eps=ROWS.eps, momentum=ROWS.momentum),
            torch.nn.ReLU(),
            torch.nn.Linear(5, 3),
        ),
    ),
}


def main() -> int:
    """Print a line for each; 1 when one differs."""
    figures = [(f"{pair.ours} of {shape_text(pair.shape)}", of_op(pair)) for pair in OPS]
    figures += [(str(ours), ten_steps(ours, theirs)) for ours, theirs in OPTIMIZERS]
    figures += [(str(loss), forward_and_backward(loss)) for loss in losses()]
    figures += [(f"{op}, {op.binary}", of_binary(op, shape)) for op, shape in BINARY]
    figures += [(f"batch normalisation, {name}", normalised(*of)) for name, of in NORMALISED.items()]
    for name, figure in figures:
        print(f"{figure:8.1e}  {'as PyTorch' if figure <= ALLOWED else 'DIFFERS'}  {name}")
    return int(any(figure > ALLOWED for _, figure in figures))


def of_op(pair: Pair) -> float:
    """The largest difference of an op's numbers."""
    return max(difference(ours, theirs) for ours, theirs in compared(pair))


def ten_steps(ours: Optimizer, theirs: Theirs) -> float:
    """Two parameters, moved by the same gradients: the largest difference after any of ten steps."""
    random = np.random.default_rng(1)
    params = {"w": random.standard_normal((3, 4)), "b": random.standard_normal(3)}
    copies = [torch.tensor(array, requires_grad=True) for array in params.values()]
    optimizer = theirs(copies)
    slots, worst = ours.initial(params), 0.0
    for number in range(1, STEPS + 1):
        gradients = {name: random.standard_normal(array.shape) for name, array in params.items()}
        scale = ours.scale(ours.norm(gradients.values()))
        for name, array in params.items():
            g = ours.gradient(array, gradients[name], scale)
            delta, steps = ours.update(array, g, slots.get(name, {}), RATE, number)
            params[name] = array + delta
            if ours.slots:
                slots[name] = {slot: steps[slot] for slot in ours.slots}
        for copy, gradient in zip(copies, gradients.values(), strict=True):
            copy.grad = torch.tensor(gradient)
        if ours.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(copies, ours.clip_norm)
        if ours.clip_value is not None:
            torch.nn.utils.clip_grad_value_(copies, ours.clip_value)
        optimizer.step()
        for array, copy in zip(params.values(), copies, strict=True):
            worst = max(worst, difference(array, copy.detach().numpy()))
    return worst


def normalised(network: Network, theirs: torch.nn.Sequential) -> float:
    """Ten training steps, then an evaluation: the largest difference of an output, a gradient, a parameter, a
    running statistic or an answer."""
    random = np.random.default_rng(3)
    theirs.double()
    params = {
        layer.name: {name: random.standard_normal(shape) for name, shape in layer.param_shapes.items()}
        for layer in network.layers
    }
    own = list(zip(network.layers, theirs, strict=True))
    for layer, module in own:
        for name, array in params[layer.name].items():
            getattr(module, TORCH[name]).data = torch.tensor(array)
    ours, worst = Momentum(RATE), 0.0
    state, optimizer = initial_state(network, ours, params), torch.optim.SGD(theirs.parameters(), RATE, 0.9)
    for _ in range(STEPS):
        x, labels = random.standard_normal((*network.input_shape, 6)), random.integers(0, 3, 6)
        state, trace = train_step(
            network, network.loss, ours, state, x, np.eye(3)[:, labels], RATE, np.arange(6)
        )
        given = torch.tensor(np.moveaxis(x, -1, 0).copy(), requires_grad=True)
        optimizer.zero_grad()
        out = theirs(given)
        torch.nn.functional.cross_entropy(out, torch.tensor(labels)).backward()
        optimizer.step()
        assert given.grad is not None
        compared = [(trace.loss.out.T, out), (np.moveaxis(trace.records[0].dx, -1, 0), given.grad)]
        for layer, module in own:
            compared += [(w, getattr(module, TORCH[name])) for name, w in state.params[layer.name].items()]
            kept = state.running.get(layer.name, {})
            compared += [(array, getattr(module, name)) for name, array in kept.items()]
        worst = max(worst, *(difference(mine, other.detach().numpy()) for mine, other in compared))
    x, targets = random.standard_normal((*network.input_shape, 4)), np.eye(3)[:, [0, 1, 2, 0]]
    theirs.eval()
    answers = theirs(torch.tensor(np.moveaxis(x, -1, 0).copy())).detach().numpy()
    return max(worst, difference(answer(network, network.loss, state, x, targets).out.T, answers))


def losses() -> list[Loss]:
    """Every loss, and every option of the softmax cross-entropy."""
    return [
        SoftmaxCrossEntropy(),
        SoftmaxCrossEntropy(label_smoothing=0.1),
        SoftmaxCrossEntropy(class_weights=WEIGHTS),
        SoftmaxCrossEntropy(label_smoothing=0.1, class_weights=WEIGHTS),
        BinaryCrossEntropy(),
        SquaredError(),
        MeanSquaredError(),
        RootMeanSquaredError(),
    ]


def forward_and_backward(loss: Loss) -> float:
    """The largest difference of the losses of five examples, and of the gradient of their mean."""
    random = np.random.default_rng(2)
    out, labels = 3 * random.standard_normal((4, 5)), random.integers(0, 4, 5)
    targets = np.eye(4)[:, labels] if loss.needs_classes else random.uniform(size=(4, 5))
    record = loss.forward(out, targets)
    given = torch.tensor(out.T.copy(), requires_grad=True)
    theirs = of_torch(loss, given, torch.tensor(targets.T.copy()), torch.tensor(labels))
    theirs.mean().backward()
    assert given.grad is not None
    return max(
        difference(record.losses, theirs.detach().numpy()), difference(record.dout.T, given.grad.numpy())
    )


def of_torch(loss: Loss, out: torch.Tensor, targets: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """PyTorch's losses of each example."""
    functional = torch.nn.functional
    match loss:
        case SoftmaxCrossEntropy():
            weights = torch.tensor(loss.class_weights, dtype=out.dtype) if loss.class_weights else None
            return functional.cross_entropy(
                out, labels, weight=weights, label_smoothing=loss.label_smoothing, reduction="none"
            )
        case BinaryCrossEntropy():
            return functional.binary_cross_entropy_with_logits(out, targets, reduction="none").sum(dim=1)
    squares = functional.mse_loss(out, targets, reduction="none")
    match loss:
        case SquaredError():
            return squares.sum(dim=1) / 2
        case MeanSquaredError():
            return squares.mean(dim=1)
        case RootMeanSquaredError():
            return squares.mean(dim=1).sqrt()
    raise AssertionError(loss)


BINARY: list[tuple[Conv2d | Dense, tuple[int, ...]]] = [
    (Conv2d(3, stride=(2, 1), padding=1, binary="weights"), (2, 6, 5)),
    (Conv2d(3, stride=(2, 1), padding=1, binary="both"), (2, 6, 5)),
    (Dense(4, binary="weights"), (7,)),
    (Dense(4, binary="both"), (7,)),
]


class StraightThrough(torch.autograd.Function):
    """The sign of a number, +1 of 0, whose gradient goes straight through it from -1 to 1."""

    @staticmethod
    def forward(context: Any, given: torch.Tensor) -> torch.Tensor:
        context.save_for_backward(given)
        return torch.where(given >= 0, 1.0, -1.0).to(given.dtype)

    @staticmethod
    def backward(context: Any, *upstream: torch.Tensor) -> torch.Tensor:
        (given,) = context.saved_tensors
        return upstream[0] * (given.abs() <= 1)


def of_binary(op: Conv2d | Dense, shape: tuple[int, ...]) -> float:
    """The largest difference of the outputs of five examples, and of all their gradients."""
    random = np.random.default_rng(3)
    x = random.standard_normal((*shape, 5))
    params = {name: random.standard_normal(of) for name, of in op.param_shapes(shape).items()}
    out, saved = op.forward(x, params)
    dout = random.standard_normal(out.shape)
    dx, dparams = op.backward(dout, x, params, saved)
    given, w, b = (torch.tensor(array, requires_grad=True) for array in (x, params["w"], params["b"]))
    inputs = given.movedim(-1, 0)
    signs: torch.Tensor = StraightThrough.apply(w)
    if op.binary == "both":
        inputs = StraightThrough.apply(inputs)
    if isinstance(op, Conv2d):
        theirs = torch.nn.functional.conv2d(inputs, signs, b, stride=op.stride, padding=1)
    else:
        theirs = torch.nn.functional.linear(inputs, signs, b)
    theirs = theirs.movedim(0, -1)
    theirs.backward(torch.tensor(dout))
    pairs = [(out, theirs.detach()), (dx, given.grad), (dparams["w"], w.grad), (dparams["b"], b.grad)]
    return max(difference(ours, tensor.numpy()) for ours, tensor in pairs if tensor is not None)


def difference(ours: Array, theirs: Array) -> float:
    """The largest relative difference; absolute below 1e-3."""
    return float((np.abs(ours - theirs) / np.maximum(np.abs(theirs), 1e-3)).max())


if __name__ == "__main__":
    sys.exit(main())
