"""All examples of a split at once, for small data sets."""

import numpy as np

from server.nn.arrays import Array
from server.recipe.batches import gather
from server.recipe.plan import Plan
from server.recipe.splits import Split


def all_examples(plan: Plan, split: Split) -> tuple[Array, Array]:
    """Inputs (*shape, examples) and targets (K, examples) of all stored training or test examples."""
    dataset = plan.dataset
    count = dataset.test_examples if split == "test" else dataset.train_examples
    return gather(plan, split, np.arange(count))
