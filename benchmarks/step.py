"""What an iteration of the default network costs: `python -m benchmarks.step`.

Times drift from run to run; the ratios within one run do not. "trace" is what keeping every array in frozen
records costs on top of the same mathematics without them; "check" is the search for numbers that are not
finite, as a share of the step.
"""

import statistics
import time
from collections.abc import Callable, Sequence

from server.nn.arrays import Array
from server.nn.nonfinite import first_nonfinite
from server.nn.records import Trace
from server.nn.step import State, train_step
from server.recipe.batches import batch_examples, gather
from server.recipe.plan import Plan, plan
from server.recipe.recipe import Recipe

ROUNDS = 2000


def main() -> None:
    """Print one line per batch size."""
    print("batch   step [us]   trace   check")
    for size in (1, 8, 32):
        step, bare, check = measure(plan(Recipe(batch_size=size)))
        print(f"{size:5} {step:11.0f} {step / bare - 1:7.1%} {check / step:7.1%}")


def measure(planned: Plan) -> list[float]:
    """Median microseconds of a step with its trace, of one without, and of the check."""
    recipe, state, examples = planned.recipe, planned.initial(), batch_examples(planned, 0)
    x, targets = gather(planned, "train", examples)
    rate = recipe.learning_rate(0)

    def step() -> tuple[State, Trace]:
        return train_step(planned.network, recipe.loss, recipe.optimizer, state, x, targets, rate, examples)

    after, trace = step()
    return medians(
        [step, lambda: bare_step(planned, state, x, targets, rate), lambda: first_nonfinite(trace, after)]
    )


def bare_step(
    planned: Plan, state: State, x: Array, targets: Array, rate: float
) -> dict[str, dict[str, Array]]:
    """The mathematics of `train_step`, forgetting every array as soon as it can."""
    stack = []
    for layer in planned.network.layers:
        params = state.params[layer.name]
        out, saved = layer.op.forward(x, params)
        stack.append((layer, x, params, saved))
        x = out
    dout = planned.recipe.loss.forward(x, targets).dout
    updated = {}
    while stack:
        layer, x, params, saved = stack.pop()
        dout, dparams = layer.op.backward(dout, x, params, saved)
        changes = {
            name: planned.recipe.optimizer.update(params[name], dw, {}, rate, 1)[0]
            for name, dw in dparams.items()
        }
        updated[layer.name] = {name: w + changes[name] for name, w in params.items()}
    return updated


def medians(functions: Sequence[Callable[[], object]]) -> list[float]:
    """The median microseconds of each function, called in turns so that drift hits all alike."""
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(ROUNDS):
        for function, spent in zip(functions, times, strict=True):
            start = time.perf_counter()
            function()
            spent.append(1e6 * (time.perf_counter() - start))
    return [statistics.median(spent) for spent in times]


if __name__ == "__main__":
    main()
