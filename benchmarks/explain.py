"""The time that an explanation takes: `python -m benchmarks.explain`.

Explains the middle cell of every tensor, for the default network on 8x8 and on 28x28 images, and includes the
encoding as JSON. The medians should be below 30 ms for 8x8 and below 100 ms for 28x28 images.
"""

import statistics

import numpy as np

from benchmarks.timing import milliseconds
from server.data.dataset import one_hot
from server.explain.catalogue import catalogue
from server.explain.dependencies import dependencies
from server.explain.explanation import explain
from server.explain.gradient_path import gradient_path
from server.nn.arrays import size
from server.nn.initializers import initial_params
from server.nn.losses import SoftmaxCrossEntropy
from server.nn.network import Network, build
from server.nn.optimizers import SGD
from server.nn.records import Trace
from server.nn.step import State, train_step
from server.probe.gradient_check import check_gradients
from server.recipe.recipe import DEFAULT_NETWORK
from server.wire import encode

LOSS, OPTIMIZER, CLASSES = SoftmaxCrossEntropy(), SGD(0.03), 10
ROUNDS = 15


def main() -> None:
    """Print medians and maxima over all tensors, in milliseconds."""
    print("images    batch   explanation      dependencies     gradient path    check")
    print("                  median maximum   median maximum   median maximum   median maximum")
    for side in (8, 28):
        network = build(DEFAULT_NETWORK, (1, side, side), False, LOSS, CLASSES)
        for batch in (1, 32):
            trace = traced(network, batch)
            figures = [f"{median:6.1f} {most:7.1f}" for median, most in measure(network, trace)]
            print(f"{side}x{side:<6} {batch:6}   {'   '.join(figures)}")


def traced(network: Network, batch: int) -> Trace:
    """The trace of a training step on random images."""
    random = np.random.default_rng(1)
    x = random.random((*network.input_shape, batch)).astype(np.float32)
    targets = one_hot(random.integers(0, CLASSES, batch), CLASSES).astype(np.float32)
    state = State(0, initial_params(network, 7, "float32"))
    return train_step(network, LOSS, OPTIMIZER, state, x, targets, 0.03, np.arange(batch))[1]


def measure(network: Network, trace: Trace) -> list[tuple[float, float]]:
    """The median and the maximum, over all tensors or layers, of the milliseconds of each kind of answer."""
    cells = {info.name: size(info.shape) // 2 for info in catalogue(network)}
    learning = {
        layer.name: size(layer.param_shapes["w"]) // 2 for layer in network.layers if layer.parameters
    }

    def explanation(name: str) -> str:
        return explain(LOSS, OPTIMIZER, trace, name, cells[name], 0).model_dump_json()

    def all_dependencies(name: str) -> str:
        found = dependencies(LOSS, OPTIMIZER, trace, name, cells[name], 0)
        return encode.explanations.dependencies(found).model_dump_json()

    def path(layer: str) -> str:
        return gradient_path(OPTIMIZER, trace, layer, "w", learning[layer], 0).model_dump_json()

    def check(layer: str) -> str:
        return check_gradients(network, LOSS, trace, layer, 7).model_dump_json()

    costs = [
        [milliseconds(lambda name=name: explanation(name), ROUNDS) for name in cells],
        [milliseconds(lambda name=name: all_dependencies(name), ROUNDS) for name in cells],
        [milliseconds(lambda layer=layer: path(layer), ROUNDS) for layer in learning],
        [
            milliseconds(lambda layer=layer: check(layer), 1)
            for layer in (layer.name for layer in network.layers)
        ],
    ]
    return [(statistics.median(cost), max(cost)) for cost in costs]


if __name__ == "__main__":
    main()
