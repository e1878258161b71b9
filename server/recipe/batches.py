"""The examples of a plan as the network receives them: batches, single examples, and pictures."""

from functools import lru_cache

import numpy as np

from server.data.augment import augment
from server.nn.arrays import Array, Cells, freeze
from server.nn.rng import generator
from server.recipe.edits import ExampleEdit, PictureEdit
from server.recipe.picture import decoded, stored
from server.recipe.plan import Plan
from server.recipe.splits import Split

PICTURE = -1
"""The example number of a picture that an edit has put into a batch."""


def gather(plan: Plan, split: Split, examples: Cells) -> tuple[Array, Array]:
    """Inputs (*shape, n) and targets (K, n) of n examples of a split, in the recipe's dtype.

    Memory is proportional to n: the data set stays as it is stored.
    """
    x = plan.transform(_stored(plan, split, examples), plan.recipe.dtype)
    return freeze(x), freeze(_targets(plan, split, examples))


def training_batch(plan: Plan, iteration: int) -> tuple[Array, Array, Cells]:
    """The batch of an iteration: inputs (*shape, N), targets (K, N), and example numbers (N,).

    PICTURE is the number of a picture. The augmentation depends on the seed and the iteration alone: read
    again, the batch is the same.
    """
    examples = batch_examples(plan, iteration)
    return *training_inputs(plan, examples, iteration), examples


def batch_examples(plan: Plan, iteration: int) -> Cells:
    """The (N,) numbers of the training examples in an iteration's batch, edits included.

    Each epoch takes every training example once, in an order of its own. Its last batch may be smaller.
    PICTURE is the number of a picture.
    """
    epoch, number = divmod(iteration, plan.iterations_per_epoch)
    size = plan.recipe.batch_size
    order = _order(plan.recipe.seed, plan.training.size, epoch)
    examples = freeze(plan.training[order[number * size : (number + 1) * size]])
    edits = plan.replaced.get(iteration)
    if edits is None:
        return examples
    examples = examples.copy()
    for slot, edit in edits.items():
        examples[slot] = edit.example if isinstance(edit, ExampleEdit) else PICTURE
    return freeze(examples)


def training_inputs(plan: Plan, examples: Cells, iteration: int) -> tuple[Array, Array]:
    """Inputs (*shape, n) and targets (K, n) of training examples, augmented as in an iteration.

    A PICTURE is that of the iteration's edit of the same slot.
    """
    rows, targets = _stored(plan, "train", examples), _targets(plan, "train", examples)
    for slot in np.flatnonzero(examples == PICTURE).tolist():
        edit = plan.replaced[iteration][slot]
        assert isinstance(edit, PictureEdit)
        rows[slot] = stored(plan.dataset, decoded(plan.dataset, edit.picture))
        targets[:, slot] = np.arange(len(targets)) == edit.label
    augmentation = plan.recipe.augmentation
    if augmentation.changes_examples:
        rows = augment(
            rows.astype(np.float64),
            generator(plan.recipe.seed, "augmentation", iteration),
            shift=augmentation.shift,
            rotation=augmentation.rotation,
            scale=augmentation.scale,
            noise=augmentation.noise / plan.dataset.scale,
        )
    x = plan.transform(rows, plan.recipe.dtype)
    return freeze(x), freeze(targets)


def picture_input(plan: Plan, picture: Array) -> Array:
    """The network's input (*shape, 1) for a picture (*shape): the same as for an equal stored example."""
    return freeze(plan.transform(stored(plan.dataset, picture)[None], plan.recipe.dtype))


def _stored(plan: Plan, split: Split, examples: Cells) -> Array:
    """Stored examples (n, *shape)."""
    stored = plan.dataset.test_x if split == "test" else plan.dataset.train_x
    return np.moveaxis(stored, -1, 0)[examples]


def _targets(plan: Plan, split: Split, examples: Cells) -> Array:
    """Targets (K, n), with wrong labels where the recipe asks for some."""
    if split == "train" and plan.labels is not None:
        targets: Array = np.arange(plan.dataset.targets)[:, None] == plan.labels[examples]
    else:
        whole = plan.dataset.test_targets if split == "test" else plan.dataset.train_targets
        targets = np.take(whole, examples, axis=-1)
    return targets.astype(plan.recipe.dtype, copy=False)


@lru_cache(maxsize=64)
def _order(seed: int, count: int, epoch: int) -> Cells:
    return freeze(generator(seed, "shuffle", epoch).permutation(count))
