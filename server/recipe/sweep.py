"""A sweep: variants of one recipe, trained side by side and compared."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Annotated, Any, Literal

from pydantic import Field

from server.errors import Refusal
from server.frozen import Frozen
from server.nn.arrays import number_text
from server.nn.ops import AvgPool2d, Conv2d, Dense, Dropout, MaxPool2d, Op
from server.recipe.errors import RecipeError
from server.recipe.plan import plan
from server.recipe.recipe import Initialisation, KFold, Layer, Optimizer, Recipe

MAX_RUNS = 24
MAX_AXES = 2
MAX_SWEEP_ITERATIONS = 250_000

Value = float | str
"""The name of a value: a number, or the kind of an optimizer, initialisation or pool."""
_Values = Field(min_length=1, max_length=MAX_RUNS)


class SweepError(Refusal):
    """A sweep that cannot be run. `field` is the path of the setting at fault ("axes.0")."""


class Folds(Frozen):
    """k-fold cross-validation: each of `folds` folds of the training examples is held out once."""

    kind: Literal["fold"] = "fold"
    folds: int = Field(ge=2, le=20)

    @property
    def values(self) -> tuple[int, ...]:
        """The folds, counted from 1."""
        return tuple(range(1, self.folds + 1))

    def applied(self, recipe: Recipe, value: int) -> Recipe:
        return _with(recipe, validation=KFold(folds=self.folds, fold=value - 1))


class LearningRates(Frozen):
    """Learning rates of the optimizer."""

    kind: Literal["learning_rate"] = "learning_rate"
    values: tuple[Annotated[float, Field(gt=0, le=1000)], ...] = _Values

    def applied(self, recipe: Recipe, value: float) -> Recipe:
        return _with(recipe, optimizer=replace(recipe.optimizer, learning_rate=value))


class BatchSizes(Frozen):
    """Batch sizes."""

    kind: Literal["batch_size"] = "batch_size"
    values: tuple[Annotated[int, Field(ge=1, le=256)], ...] = _Values

    def applied(self, recipe: Recipe, value: int) -> Recipe:
        return _with(recipe, batch_size=value)


class Widths(Frozen):
    """Factors for the numbers of filters and units of all hidden layers. The last dense layer keeps its
    units."""

    kind: Literal["width"] = "width"
    values: tuple[Annotated[float, Field(gt=0, le=16)], ...] = _Values

    def applied(self, recipe: Recipe, value: float) -> Recipe:
        last = max((i for i, op in enumerate(recipe.network) if isinstance(op, Dense)), default=-1)
        hidden = {
            i: op for i, op in enumerate(recipe.network) if isinstance(op, Conv2d | Dense) and i != last
        }
        if not hidden:
            raise ValueError(
                "The network has no hidden layer to make wider: add a Conv2d, or a Dense before the last one."
            )
        return _with_layers(recipe, {i: _widened(op, value) for i, op in hidden.items()})


class DropoutRates(Frozen):
    """Rates of all dropout layers."""

    kind: Literal["dropout"] = "dropout"
    values: tuple[Annotated[float, Field(ge=0, lt=1)], ...] = _Values

    def applied(self, recipe: Recipe, value: float) -> Recipe:
        dropouts = {i: op for i, op in enumerate(recipe.network) if isinstance(op, Dropout)}
        if not dropouts:
            raise ValueError(
                "The network has no dropout whose rate could vary: add a Dropout, say before the last Dense."
            )
        return _with_layers(recipe, {i: replace(op, rate=value) for i, op in dropouts.items()})


class Poolings(Frozen):
    """Kinds of pooling, for all pools with windows."""

    kind: Literal["pooling"] = "pooling"
    values: tuple[Literal["max", "average"], ...] = _Values

    def applied(self, recipe: Recipe, value: str) -> Recipe:
        pools = {i: op for i, op in enumerate(recipe.network) if isinstance(op, MaxPool2d | AvgPool2d)}
        if not pools:
            raise ValueError(
                "The network has no pool whose kind could vary: add a MaxPool2d or an AvgPool2d."
            )
        kind = MaxPool2d if value == "max" else AvgPool2d
        return _with_layers(recipe, {i: kind(op.kernel, op.stride) for i, op in pools.items()})


class Optimizers(Frozen):
    """Optimizers, with their settings."""

    kind: Literal["optimizer"] = "optimizer"
    values: tuple[Optimizer, ...] = _Values

    def applied(self, recipe: Recipe, value: Any) -> Recipe:
        return _with(recipe, optimizer=value)


class Initialisations(Frozen):
    """Initialisations, with their settings."""

    kind: Literal["initialisation"] = "initialisation"
    values: tuple[Initialisation, ...] = _Values

    def applied(self, recipe: Recipe, value: Any) -> Recipe:
        return _with(recipe, initialisation=value)


Axis = Annotated[
    Folds | LearningRates | BatchSizes | Widths | DropoutRates | Poolings | Optimizers | Initialisations,
    Field(discriminator="kind"),
]


class Sweep(Frozen):
    """A recipe and one or two axes: a run for each value, or for each pair of values.

    Runs have no edits, because edits belong to the iterations of one run.
    """

    recipe: Recipe
    axes: tuple[Axis, ...] = Field(min_length=1, max_length=MAX_AXES)

    @property
    def id(self) -> str:
        """16 hexadecimal digits: the name of this sweep, the same on every machine."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Variant:
    """One run of a sweep: its value on each axis, its recipe, and its number of iterations."""

    values: tuple[Value, ...]
    recipe: Recipe
    iterations: int


def variants(sweep: Sweep) -> tuple[Variant, ...]:
    """The runs of a sweep, in order. SweepError, RecipeError, DataUnavailable."""
    _check_axes(sweep)
    plan(_bare(sweep.recipe))
    runs = tuple(_variants(sweep))
    iterations = sum(variant.iterations for variant in runs)
    if iterations > MAX_SWEEP_ITERATIONS:
        epochs = sweep.recipe.epochs * MAX_SWEEP_ITERATIONS // iterations
        wanted = f"fewer values, or at most {epochs} epochs" if epochs else "fewer values, or larger batches"
        raise SweepError(
            f"{len(runs)} runs of {sweep.recipe.epochs:,} epochs are {iterations:,} iterations; at most "
            f"{MAX_SWEEP_ITERATIONS:,} are allowed: use {wanted}.",
            "axes",
        )
    return runs


def _check_axes(sweep: Sweep) -> None:
    kinds = [axis.kind for axis in sweep.axes]
    if len(set(kinds)) < len(kinds):
        raise SweepError(f"The {_words(kinds[0])} can vary once only: choose something else.", "axes.1")
    for number, axis in enumerate(sweep.axes):
        if len(set(axis.values)) < len(axis.values):
            raise SweepError(
                f"The values of the {_words(axis.kind)} should all differ.", f"axes.{number}.values"
            )
    count = prod(len(axis.values) for axis in sweep.axes)
    if count > MAX_RUNS:
        raise SweepError(f"These are {count} runs; at most {MAX_RUNS} are allowed: use fewer values.", "axes")


def _variants(sweep: Sweep) -> Iterator[Variant]:
    for values in product(*(axis.values for axis in sweep.axes)):
        names = tuple(_name(value) for value in values)
        recipe = _bare(sweep.recipe)
        # The optimizer first: a learning rate applies to the optimizer of the same variant.
        order = sorted(range(len(values)), key=lambda i: sweep.axes[i].kind != "optimizer")
        for i in order:
            axis: Any = sweep.axes[i]
            try:
                recipe = axis.applied(recipe, values[i])
            except ValueError as error:
                raise SweepError(str(error), f"axes.{i}") from None
        try:
            iterations = plan(recipe).iterations
        except RecipeError as error:
            told = ", ".join(
                f"{_words(axis.kind)} {_shown(name)}" for axis, name in zip(sweep.axes, names, strict=True)
            )
            raise SweepError(f"With {told}: {error}", "axes") from None
        yield Variant(names, recipe, iterations)


def _name(value: Any) -> Value:
    return value if isinstance(value, int | float | str) else str(value.kind)


def _shown(name: Value) -> str:
    return name if isinstance(name, str) else number_text(name)


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _bare(recipe: Recipe) -> Recipe:
    return _with(recipe, edits=())


def _with(recipe: Recipe, **fields: Any) -> Recipe:
    return recipe.model_copy(update=fields)


def _with_layers(recipe: Recipe, changed: dict[int, Any]) -> Recipe:
    network: tuple[Layer, ...] = tuple(changed.get(i, op) for i, op in enumerate(recipe.network))
    return _with(recipe, network=network)


def _widened(op: Conv2d | Dense, factor: float) -> Op:
    if isinstance(op, Dense):
        return replace(op, units=max(1, round(factor * op.units)))
    return replace(op, filters=max(1, round(factor * op.filters)))
