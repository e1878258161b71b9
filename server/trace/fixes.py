"""What to do about a recipe that cannot be run: the nearest changes after which more of it fits."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import islice
from math import gcd
from typing import Any, NamedTuple

from server.data.dataset import Dataset
from server.nn.arrays import Shape, shape_text, size
from server.nn.losses import SquaredError
from server.nn.network import Layer, TooBig, names, placed
from server.nn.ops import Dense, Flatten, MaxPool2d, Op, ShapeError
from server.trace.plan import RecipeError, checked_network
from server.trace.recipe import Recipe

MOST_FIXES = 3
COUNTS = ("filters", "units")
"""What there can be fewer of in a layer."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A recipe close by of which more fits, and in words what it changes ("use a kernel of 2x2")."""

    words: str
    recipe: Recipe


class Fitting(NamedTuple):
    """The layers before the first that does not fit, and what is wrong with that one: None where all fit."""

    layers: tuple[Layer, ...]
    error: ShapeError | None


def fitting(recipe: Recipe, dataset: Dataset) -> Fitting:
    """As many of a recipe's layers as fit."""
    layers: list[Layer] = []
    try:
        for layer in placed(
            recipe.network, dataset.shape, dataset.signed, recipe.loss, dataset.targets, recipe.frozen
        ):
            layers.append(layer)  # noqa: PERF402 (what came before the error counts)
    except ShapeError as error:
        return Fitting(tuple(layers), error)
    return Fitting(tuple(layers), None)


def problem_of(recipe: Recipe, dataset: Dataset) -> RecipeError | None:
    """Why the recipe cannot be run; None where it can."""
    try:
        checked_network(recipe, dataset)
    except RecipeError as error:
        return error
    return None


def fixes(recipe: Recipe, dataset: Dataset) -> tuple[Fix, ...]:
    """At most MOST_FIXES changes, the nearest first. Each helps; something later may still not fit."""
    left, error = _left(recipe, dataset), fitting(recipe, dataset).error
    tried = _layer_fixes(recipe, dataset, error) if error else _recipe_fixes(recipe, dataset)
    helpful = (
        fix for fix in tried if _left(fix.recipe, dataset) < left or problem_of(fix.recipe, dataset) is None
    )
    return tuple(islice(helpful, MOST_FIXES))


def _left(recipe: Recipe, dataset: Dataset) -> tuple[bool, int, int]:
    """How far a recipe is from fitting: whether it lacks an end that suits the loss; its layers from the one
    that does not fit on; and what is wrong with that one: its loss, its size, its shape, or its groups."""
    layers, error = fitting(recipe, dataset)
    if error is None:
        return False, 0, 0
    last, left = recipe.network[-1], len(recipe.network) - len(layers)
    ends_well = isinstance(last, Dense) and last.units == dataset.targets
    in_shape = layers[-1].out_shape if layers else dataset.shape
    op = recipe.network[len(layers)]
    if not _takes(op, in_shape):
        return not ends_well, left, 4 if _other_groups(op, in_shape) else 3
    return not ends_well, left, 2 if isinstance(error, TooBig) else 1


def _layer_fixes(recipe: Recipe, dataset: Dataset, error: ShapeError) -> Iterator[Fix]:
    """What could be done about the first layer that does not fit."""
    layers, _ = fitting(recipe, dataset)
    at, in_shape = len(layers), layers[-1].out_shape if layers else dataset.shape
    before, op, after = recipe.network[:at], recipe.network[at], recipe.network[at + 1 :]

    def instead(words: str, *ops: Op) -> Fix:
        return Fix(words, _with(recipe, (*before, *ops, *after)))

    if not _takes(op, in_shape):
        for words, other in _other_groups(op, in_shape) or _smaller_windows(op, in_shape):
            yield instead(words, other)
        if _takes(op, (size(in_shape),)):
            yield instead("put a flatten layer before it", Flatten(), op)
        for number, earlier in enumerate(before):
            if isinstance(earlier, Flatten):
                moved = (*before[:number], op, *before[number:], *after)
                yield Fix("move it before the flatten layer", _with(recipe, moved))
    elif not isinstance(error, TooBig):
        yield from _ends(instead, op, in_shape, dataset.targets)
    else:
        yield from _fewer(recipe, dataset, at)
        if Flatten() in before:
            number = before.index(Flatten())
            pooled = (*before[:number], MaxPool2d(), *before[number:], op, *after)
            yield Fix("put a max-pool 2x2 before the flatten layer", _with(recipe, pooled))
    if before or after:
        yield instead("leave it out")


def _other_groups(op: Op, in_shape: Shape) -> tuple[tuple[str, Op], ...]:
    """The op with as many groups as its channels and its filters can be cut into, where it has others."""
    if "groups" not in _settings(op) or len(in_shape) != 3 or in_shape[0] % _record(op).groups == 0:
        return ()
    groups = gcd(in_shape[0], _record(op).filters)
    return ((f"use {groups} group" + ("s" if groups > 1 else ""), _changed(op, groups=groups)),)


def _smaller_windows(op: Op, in_shape: Shape) -> Iterator[tuple[str, Op]]:
    """The op with the largest kernel or dilation that fits, and with padding to make its own fit."""
    settings = _settings(op)
    if "kernel" in settings and len(in_shape) == 3:
        kernel = _largest(op, "kernel", in_shape)
        if size(kernel) > 1:
            yield f"use a kernel of {shape_text(kernel)}", _changed(op, kernel=kernel)
    if "dilation" in settings and len(in_shape) == 3:
        dilation = _largest(op, "dilation", in_shape)
        if size(dilation) > 0:
            yield f"use a dilation of {shape_text(dilation)}", _changed(op, dilation=dilation)
    if "padding" in settings:
        yield 'use padding "same"', _changed(op, padding="same")


def _largest(op: Op, name: str, in_shape: Shape) -> tuple[int, int]:
    """The largest kernel or dilation within the op's own that its image has room for; 0 for none."""
    rows, columns = getattr(op, name)
    return (
        _most(rows, lambda side: _takes(_changed(op, **{name: (side, 1)}), in_shape)),
        _most(columns, lambda side: _takes(_changed(op, **{name: (1, side)}), in_shape)),
    )


def _ends(instead: Callable[..., Fix], op: Op, in_shape: Shape, targets: int) -> Iterator[Fix]:
    """The last layer gives as many numbers as there are targets, or one after it does."""
    if isinstance(op, Dense):
        yield instead(f"use {targets} units", replace(op, units=targets))
    row = () if len(op.out_shape(in_shape)) == 1 else (Flatten(),)
    also = "a flatten and a dense layer" if row else "a dense layer"
    yield instead(f"add {also} of {targets} units at the end", op, *row, Dense(targets))


def _fewer(recipe: Recipe, dataset: Dataset, at: int) -> Iterator[Fix]:
    """As many filters or units as there is room for: in the layer at fault, or in one before it."""
    layers = [*zip(names(recipe.network), recipe.network, strict=True)]
    for number in range(at, -1, -1):
        layer, op = layers[number]
        name = next((name for name in COUNTS if name in _settings(op)), None)
        if name is None:
            continue
        fewer = partial(_counted, recipe, number, name)
        counts = _smaller_counts(op, name)
        # Better so few that the layers after it fit too.
        for end in (len(layers) - 1, at):
            if found := _most(len(counts), partial(_fits, fewer, dataset, end, counts)):
                most = counts[found - 1]
                yield Fix(f"use {most} {name}" + (f" in {layer}" if number < at else ""), fewer(most))
                break


def _smaller_counts(op: Op, name: str) -> list[int]:
    """The numbers of filters or units below the op's own that its constructor takes, in order."""
    return [count for count in range(1, getattr(op, name)) if _is_made(op, name, count)]


def _is_made(op: Op, name: str, count: int) -> bool:
    try:
        _changed(op, **{name: count})
    except ValueError:
        return False
    return True


def _fits(
    fewer: Callable[[int], Recipe], dataset: Dataset, end: int, counts: Sequence[int], number: int
) -> bool:
    """Whether, with the count of this number, from 1, no layer up to number `end` is too big."""
    layers, error = fitting(fewer(counts[number - 1]), dataset)
    return len(layers) > end or not isinstance(error, TooBig)


def _counted(recipe: Recipe, number: int, name: str, count: int) -> Recipe:
    """The recipe with so many filters or units in layer `number`."""
    ops = recipe.network
    return _with(recipe, (*ops[:number], _changed(ops[number], **{name: count}), *ops[number + 1 :]))


def _recipe_fixes(recipe: Recipe, dataset: Dataset) -> Iterator[Fix]:
    """What could be done where every layer fits, but not all that the recipe asks of them."""

    def batch(count: int) -> Recipe:
        return recipe.model_copy(update={"batch_size": count})

    # Where a batch is too small, one of the next sizes leaves an epoch no smaller one.
    for count in range(recipe.batch_size + 1, recipe.batch_size + 4):
        if problem_of(batch(count), dataset) is None:
            yield Fix(f"use a batch of {count}", batch(count))
            break
    if most := _most(recipe.batch_size - 1, lambda count: problem_of(batch(count), dataset) is None):
        yield Fix(f"use a batch of {most}", batch(most))
    yield Fix("use squared error as the loss", recipe.model_copy(update={"loss": SquaredError()}))


def _takes(op: Op, in_shape: Shape) -> bool:
    try:
        op.out_shape(in_shape)
    except ShapeError:
        return False
    return True


def _most(limit: int, holds: Callable[[int], bool]) -> int:
    """The largest number from 1 to `limit` for which something holds that holds for all below; 0 for none."""
    least, most = 0, limit
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if holds(middle) else (least, middle - 1)
    return least


def _with(recipe: Recipe, network: tuple[Op, ...]) -> Recipe:
    return recipe.model_copy(update={"network": network})


def _record(op: Op) -> Any:
    """The op as the dataclass that every op is."""
    return op


def _settings(op: Op) -> set[str]:
    """The names of an op's settings."""
    return {field.name for field in fields(_record(op))}


def _changed(op: Op, **settings: object) -> Op:
    """The op with other settings."""
    changed: Op = replace(_record(op), **settings)
    return changed
