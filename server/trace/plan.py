"""What a recipe means: its network built, its data at hand, its batches in order."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from server.data import load
from server.data.dataset import Dataset
from server.nn.arrays import Array, Cells, freeze, shape_text, size
from server.nn.initializers import initial_params
from server.nn.network import Network, build
from server.nn.ops import ShapeError
from server.nn.rng import generator
from server.nn.step import State, initial_state
from server.trace.recipe import ExampleEdit, Recipe

MAX_BATCH_PRODUCTS = 128_000_000
MAX_ITERATION_BYTES = 256_000_000
MAX_ITERATIONS = 2_000_000


class RecipeError(ValueError):
    """A recipe that cannot be run, in a sentence; `field` is the path of what is at fault ("network.3")."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A recipe ready to run. The examples are the data set's in the recipe's dtype.

    `replaced` holds the recipe's example edits: iteration -> slot of its batch -> training example.
    """

    recipe: Recipe
    dataset: Dataset
    network: Network
    train_x: Array
    train_targets: Array
    test_x: Array
    test_targets: Array
    iterations_per_epoch: int
    replaced: Mapping[int, Mapping[int, int]]

    @property
    def iterations(self) -> int:
        """How many iterations the whole run has."""
        return self.recipe.epochs * self.iterations_per_epoch

    def epoch(self, iteration: int) -> int:
        """The epoch, from 0, that an iteration belongs to."""
        return iteration // self.iterations_per_epoch

    def initial(self) -> State:
        """The state before iteration 0."""
        given = {parameter.name: parameter.values for parameter in self.recipe.given}
        params = initial_params(
            self.network, self.recipe.seed, self.recipe.dtype, given, self.recipe.initialisation
        )
        return initial_state(self.network, self.recipe.optimizer, params)


def plan(recipe: Recipe) -> Plan:
    """The plan of a recipe. RecipeError when any part of it is impossible."""
    dataset = load(recipe.dataset)
    network = _network(recipe, dataset)
    _check_parameters(recipe, network)
    count = dataset.train_examples
    if recipe.batch_size > count:
        raise RecipeError(
            f"The batch size is {recipe.batch_size}, but there are only {count} training examples.",
            "batch_size",
        )
    result = Plan(
        recipe=recipe,
        dataset=dataset,
        network=network,
        **{
            name: freeze(getattr(dataset, name).astype(recipe.dtype, copy=False))
            for name in ("train_x", "train_targets", "test_x", "test_targets")
        },
        iterations_per_epoch=-(-count // recipe.batch_size),
        replaced=_replaced(recipe),
    )
    if result.iterations > MAX_ITERATIONS:
        raise RecipeError(
            f"{recipe.epochs:,} epochs are {result.iterations:,} iterations; at most {MAX_ITERATIONS:,} are "
            "allowed: use fewer epochs or larger batches.",
            "epochs",
        )
    _check_edits(result)
    return result


def batch(plan: Plan, iteration: int) -> Cells:
    """The (N,) training examples of an iteration's batch: each once an epoch, in an order of its own.

    The last batch of an epoch may be smaller. Example edits are applied.
    """
    epoch, number = divmod(iteration, plan.iterations_per_epoch)
    size = plan.recipe.batch_size
    examples = _order(plan.recipe.seed, plan.dataset.train_examples, epoch)[
        number * size : (number + 1) * size
    ]
    edits = plan.replaced.get(iteration)
    if edits is None:
        return examples
    examples = examples.copy()
    for slot, example in edits.items():
        examples[slot] = example
    return freeze(examples)


@lru_cache(maxsize=64)
def _order(seed: int, count: int, epoch: int) -> Cells:
    return freeze(generator(seed, "shuffle", epoch).permutation(count))


def _network(recipe: Recipe, dataset: Dataset) -> Network:
    if recipe.loss.needs_classes and not dataset.classes:
        raise RecipeError(
            f"{recipe.loss.kind} needs examples that belong to classes, and those of {dataset.name} have "
            "targets instead: use squared_error.",
            "loss",
        )
    if unfit := recipe.loss.unfit(dataset.train_targets):
        raise RecipeError(unfit, "loss")
    try:
        network = build(
            recipe.network, dataset.shape, dataset.signed, recipe.loss, dataset.targets, recipe.frozen
        )
    except ShapeError as error:
        raise RecipeError(str(error), f"network.{error.layer}") from None
    products = network.products * recipe.batch_size
    if products > MAX_BATCH_PRODUCTS:
        raise RecipeError(
            f"One forward pass of a batch of {recipe.batch_size} takes {products:,} multiplications; at most "
            f"{MAX_BATCH_PRODUCTS:,} are allowed: use a smaller batch, fewer filters, or a smaller kernel.",
            "batch_size",
        )
    _check_bytes(recipe, network)
    return network


def _check_parameters(recipe: Recipe, network: Network) -> None:
    shapes = {
        f"{layer.name}.{name}": shape
        for layer in network.layers
        for name, shape in layer.param_shapes.items()
    }
    named = [(f"given.{i}.name", parameter.name) for i, parameter in enumerate(recipe.given)]
    named += [(f"frozen.{i}", name) for i, name in enumerate(recipe.frozen)]
    for field, name in named:
        if name not in shapes:
            raise RecipeError(
                f'There is no parameter "{name}"; the parameters are: {", ".join(shapes) or "none"}.', field
            )
    for i, parameter in enumerate(recipe.given):
        shape = shapes[parameter.name]
        if len(parameter.values) != size(shape):
            raise RecipeError(
                f"{parameter.name} is {shape_text(shape)}: it takes {size(shape):,} numbers, and was given "
                f"{len(parameter.values):,}.",
                f"given.{i}.values",
            )


def _check_bytes(recipe: Recipe, network: Network) -> None:
    itemsize = np.dtype(recipe.dtype).itemsize
    kept = len(recipe.optimizer.steps) + len(recipe.optimizer.slots)
    fixed, one, whole = (
        network.iteration_bytes(count, itemsize, kept) for count in (0, 1, recipe.batch_size)
    )
    if whole <= MAX_ITERATION_BYTES:
        return
    fits = (MAX_ITERATION_BYTES - fixed) // (one - fixed)
    wanted = f"a batch of at most {fits}" if fits else "fewer filters or units, or a smaller kernel"
    raise RecipeError(
        f"One iteration of a batch of {recipe.batch_size} takes {whole / 1e6:,.0f} MB of memory; at most "
        f"{MAX_ITERATION_BYTES / 1e6:,.0f} MB are allowed: use {wanted}.",
        "batch_size" if fits else "network",
    )


def _replaced(recipe: Recipe) -> dict[int, dict[int, int]]:
    replaced: dict[int, dict[int, int]] = {}
    for edit in recipe.edits:
        if isinstance(edit, ExampleEdit):
            replaced.setdefault(edit.iteration, {})[edit.slot] = edit.example
    return replaced


def _check_edits(plan: Plan) -> None:
    for number, edit in enumerate(plan.recipe.edits):
        field = f"edits.{number}"
        if edit.iteration >= plan.iterations:
            raise RecipeError(
                f"The edit at iteration {edit.iteration} comes after the run's last, {plan.iterations - 1}.",
                f"{field}.iteration",
            )
        if not isinstance(edit, ExampleEdit):
            continue
        if edit.example >= plan.dataset.train_examples:
            raise RecipeError(
                f"There is no training example {edit.example}; the last one is "
                f"{plan.dataset.train_examples - 1}.",
                f"{field}.example",
            )
        first = edit.iteration % plan.iterations_per_epoch * plan.recipe.batch_size
        slots = min(plan.recipe.batch_size, plan.dataset.train_examples - first)
        if edit.slot >= slots:
            raise RecipeError(
                f"Iteration {edit.iteration}'s batch has no slot {edit.slot}; the last one is {slots - 1}.",
                f"{field}.slot",
            )
