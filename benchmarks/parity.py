"""The largest differences from PyTorch, in float64: `python -m benchmarks.parity`.

Compares every op and every loss, forward and backward; ten steps of every optimizer; and ten steps and an
evaluation of networks with batch normalisation. Each line is the largest relative difference of any number.
The exit status is 1 when one is above 1e-9. It needs the extra "torch".
"""

import sys

import numpy as np
import torch

from benchmarks.op_parity import Pair, compared, pairs
from server.nn.arrays import Array, shape_text
from server.nn.evaluation import answer
from server.nn.losses import SoftmaxCrossEntropy
from server.nn.network import Network, build
from server.nn.ops import BatchNorm, Dense, Flatten, ReLU
from server.nn.optimizers import Momentum
from server.nn.step import initial_state, train_step
from tests.cases import LOSS_REFERENCES, OPTIMIZER_REFERENCES, RATE, LossReference, OptimizerReference

ALLOWED = 1e-9
STEPS = 10

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
    """Print a line for each comparison, and return the exit status."""
    figures = [(f"{pair.case.name}, {shape_text(pair.case.shape)}", of_op(pair)) for pair in pairs()]
    figures += [(str(pair.optimizer), ten_steps(pair)) for pair in OPTIMIZER_REFERENCES]
    figures += [(str(pair.loss), forward_and_backward(pair)) for pair in LOSS_REFERENCES]
    figures += [(f"batch normalisation, {name}", normalised(*of)) for name, of in NORMALISED.items()]
    for name, figure in figures:
        print(f"{figure:8.1e}  {'as PyTorch' if figure <= ALLOWED else 'DIFFERS'}  {name}")
    return int(any(figure > ALLOWED for _, figure in figures))


def of_op(pair: Pair) -> float:
    """The largest difference of an op's numbers."""
    return max(difference(ours, theirs) for ours, theirs in compared(pair))


def ten_steps(pair: OptimizerReference) -> float:
    """The largest difference of two parameters after any of ten steps with the same gradients."""
    random, ours = np.random.default_rng(1), pair.optimizer
    params = {"w": random.standard_normal((3, 4)), "b": random.standard_normal(3)}
    copies = [torch.tensor(array, requires_grad=True) for array in params.values()]
    optimizer = getattr(torch.optim, pair.torch_class)(copies, lr=RATE, **pair.options)
    slots, worst = ours.initial_slots(params), 0.0
    for number in range(1, STEPS + 1):
        gradients = {name: random.standard_normal(array.shape) for name, array in params.items()}
        scale = ours.scale(ours.norm(gradients.values()))
        for name, array in params.items():
            g = ours.gradient(array, gradients[name], scale)
            delta, computed = ours.update(array, g, slots.get(name, {}), RATE, number)
            params[name] = array + delta
            if ours.slots:
                slots[name] = {slot: computed[slot] for slot in ours.slots}
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
    """The largest difference of any number in ten training steps and an evaluation.

    Compared are outputs, gradients, parameters and running statistics.
    """
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
        their_x = torch.tensor(np.moveaxis(x, -1, 0).copy(), requires_grad=True)
        optimizer.zero_grad()
        out = theirs(their_x)
        torch.nn.functional.cross_entropy(out, torch.tensor(labels)).backward()
        optimizer.step()
        assert their_x.grad is not None
        compared = [(trace.loss.out.T, out), (np.moveaxis(trace.records[0].dx, -1, 0), their_x.grad)]
        for layer, module in own:
            compared += [(w, getattr(module, TORCH[name])) for name, w in state.params[layer.name].items()]
            kept = state.running.get(layer.name, {})
            compared += [(array, getattr(module, name)) for name, array in kept.items()]
        worst = max(worst, *(difference(mine, other.detach().numpy()) for mine, other in compared))
    x, targets = random.standard_normal((*network.input_shape, 4)), np.eye(3)[:, [0, 1, 2, 0]]
    theirs.eval()
    answers = theirs(torch.tensor(np.moveaxis(x, -1, 0).copy())).detach().numpy()
    return max(worst, difference(answer(network, network.loss, state, x, targets).out.T, answers))


def forward_and_backward(pair: LossReference) -> float:
    """The largest difference of the losses of five examples, and of the gradient of their mean."""
    random, loss = np.random.default_rng(2), pair.loss
    out, labels = 3 * random.standard_normal((4, 5)), random.integers(0, 4, 5)
    targets = np.eye(4)[:, labels] if loss.needs_classes else random.uniform(size=(4, 5))
    record = loss.forward(out, targets)
    their_out = torch.tensor(out.T.copy(), requires_grad=True)
    theirs = pair.theirs(torch.nn.functional, their_out, torch.tensor(targets.T.copy()))
    theirs.mean().backward()
    assert their_out.grad is not None
    return max(
        difference(record.losses, theirs.detach().numpy()),
        difference(record.dout.T, their_out.grad.numpy()),
    )


def difference(ours: Array, theirs: Array) -> float:
    """The largest relative difference; the absolute one, divided by 1e-3, below 1e-3."""
    return float((np.abs(ours - theirs) / np.maximum(np.abs(theirs), 1e-3)).max())


if __name__ == "__main__":
    sys.exit(main())
