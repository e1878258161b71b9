"""The example that an iteration is read for: a slot of its batch, or any training example."""

from dataclasses import dataclass

from server.errors import Refusal
from server.nn.arrays import freeze
from server.nn.records import Trace
from server.nn.separate_pass import separate_pass
from server.recipe.batches import training_inputs
from server.recipe.plan import Plan

LOOK_SLOT = 0
"""The slot of the chosen training example in its separate pass."""


@dataclass(frozen=True, slots=True)
class ExampleChoice:
    """The example in slot `slot` of the batch or, if `look` is given, training example `look`."""

    slot: int = 0
    look: int | None = None


class UnknownTrainingExample(Refusal):
    """A number that no training example has. The message gives the valid numbers."""

    field = "look"


def check_training_example(plan: Plan, example: int) -> None:
    """Raise UnknownTrainingExample unless the data set has this training example."""
    if not 0 <= example < plan.dataset.train_examples:
        raise UnknownTrainingExample(
            f"There is no training example {example}; their numbers go from 0 to "
            f"{plan.dataset.train_examples - 1}."
        )


def look_at(plan: Plan, trace: Trace, example: int) -> Trace:
    """The separate pass of a training example, in LOOK_SLOT of the batch of the iteration of `trace`."""
    examples = trace.examples.copy()
    examples[LOOK_SLOT] = example
    x, targets = training_inputs(plan, examples, trace.iteration)
    return separate_pass(plan.network, plan.recipe.loss, trace, x, targets, freeze(examples))
