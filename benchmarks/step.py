"""The time of a training step of the default network: `python -m benchmarks.step`.

Compare the ratios of one run: absolute times vary between runs. "trace" is the additional time for keeping
every array in frozen records, relative to the same mathematics without records. "check" is the time of the
search for numbers that are not finite, as a fraction of the step.
"""

from benchmarks.timing import medians, processor_timer
from server.nn.arrays import Array
from server.nn.nonfinite import first_nonfinite
from server.nn.records import Trace
from server.nn.step import State, train_step
from server.recipe.batches import batch_examples, gather
from server.recipe.plan import Plan, plan
from server.recipe.recipe import Recipe

SECONDS = 6.0
"""Processor time for each batch size."""


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
    measured = (
        step,
        lambda: bare_step(planned, state, x, targets, rate),
        lambda: first_nonfinite(trace, after),
    )
    return medians([processor_timer(function) for function in measured], SECONDS, turn=0)


def bare_step(
    planned: Plan, state: State, x: Array, targets: Array, rate: float
) -> dict[str, dict[str, Array]]:
    """The mathematics of `train_step` without records: each array is freed after its last use."""
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


if __name__ == "__main__":
    main()
