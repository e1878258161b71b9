"""Fixes for a recipe that cannot be run: the nearest changes after which more of it fits."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from functools import partial
from itertools import islice
from math import gcd
from typing import Any, NamedTuple

from server.data.dataset import Dataset
from server.frozen import Frozen
from server.nn.arrays import Shape, shape_text, size
from server.nn.losses import SquaredError
from server.nn.network import Layer, SkipError, TooBig, names, placed
from server.nn.ops import Dense, Flatten, MaxPool2d, Op, ShapeError
from server.nn.ops.capabilities import SkipReader
from server.recipe.checks import checked_network
from server.recipe.errors import RecipeError
from server.recipe.recipe import Recipe

MOST_FIXES = 3
COUNTS = ("filters", "units")
"""The settings of layers that can be reduced."""


class Fix(Frozen):
    """A similar recipe of which more layers fit, and what it changes (`words`)."""

    words: str
    recipe: Recipe


class Fitting(NamedTuple):
    """The layers before the first that does not fit, and the error of that one: None where all fit."""

    layers: tuple[Layer, ...]
    error: ShapeError | None


def fitting(recipe: Recipe, dataset: Dataset) -> Fitting:
    """The layers of a recipe that fit."""
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
    """The error of a recipe that cannot be run; None where it can."""
    try:
        checked_network(recipe, dataset)
    except RecipeError as error:
        return error
    return None


def fixes(recipe: Recipe, dataset: Dataset) -> tuple[Fix, ...]:
    """At most MOST_FIXES fixes, the nearest first. A later layer may still not fit."""
    left, error = _left(recipe, dataset), fitting(recipe, dataset).error
    tried = _layer_fixes(recipe, dataset, error) if error else _recipe_fixes(recipe, dataset)
    helpful = (
        fix for fix in tried if _left(fix.recipe, dataset) < left or problem_of(fix.recipe, dataset) is None
    )
    return tuple(islice(helpful, MOST_FIXES))


def _left(recipe: Recipe, dataset: Dataset) -> tuple[bool, int, int]:
    """The distance of a recipe from one that fits, in lexical order.

    It is: whether the last layer does not suit the loss; the number of layers that do not fit; and the error
    of the first of these, from 1 for the loss, 2 for the size, 3 for the shape, to 4 for the groups.
    """
    layers, error = fitting(recipe, dataset)
    if error is None:
        return False, 0, 0
    last, left = recipe.network[-1], len(recipe.network) - len(layers)
    ends_well = isinstance(last, Dense) and last.units == dataset.targets
    in_shape = layers[-1].out_shape if layers else dataset.shape
    op = recipe.network[len(layers)]
    if isinstance(error, SkipError):
        return not ends_well, left, 3
    if not _takes(op, in_shape):
        return not ends_well, left, 4 if _other_groups(op, in_shape) else 3
    return not ends_well, left, 2 if isinstance(error, TooBig) else 1


def _layer_fixes(recipe: Recipe, dataset: Dataset, error: ShapeError) -> Iterator[Fix]:
    """Fixes for the first layer that does not fit."""
    layers, _ = fitting(recipe, dataset)
    at, in_shape = len(layers), _shape_before(layers, len(layers), dataset)
    before, op = recipe.network[:at], recipe.network[at]

    def instead(words: str, *ops: Op) -> Fix:
        return Fix(words=words, recipe=_replaced(recipe, at, at + 1, *ops))

    if isinstance(error, SkipError):
        yield from _other_skips(recipe, dataset, layers)
    elif not _takes(op, in_shape):
        for words, other in _other_groups(op, in_shape) or _smaller_windows(op, in_shape):
            yield instead(words, other)
        if _takes(op, (size(in_shape),)):
            yield instead("put a flatten layer before it", Flatten(), op)
        for number, earlier in enumerate(before):
            if isinstance(earlier, Flatten) and _takes(op, _shape_before(layers, number, dataset)):
                moved = _replaced(_replaced(recipe, at, at + 1), number, number, op)
                yield Fix(words="move it before the flatten layer", recipe=moved)
    elif not isinstance(error, TooBig):
        yield from _ends(instead, op, in_shape, dataset.targets)
    else:
        yield from _fewer(recipe, dataset, at)
        if Flatten() in before:
            number = before.index(Flatten())
            pooled = _replaced(recipe, number, number, MaxPool2d())
            yield Fix(words="put a max-pool 2x2 before the flatten layer", recipe=pooled)
    if len(recipe.network) > 1:
        yield instead("leave it out")


def _shape_before(layers: tuple[Layer, ...], number: int, dataset: Dataset) -> Shape:
    """The input shape of layer `number`."""
    return layers[number - 1].out_shape if number else dataset.shape


def _other_skips(recipe: Recipe, dataset: Dataset, layers: tuple[Layer, ...]) -> Iterator[Fix]:
    """Other layers of the same shape to add, the nearest first; or a number of filters that fits the skip."""
    at, op = len(layers), recipe.network[len(layers)]
    assert isinstance(op, SkipReader)
    shapes = [dataset.shape, *(layer.out_shape for layer in layers)]
    sources = ["input", *(layer.name for layer in layers)]
    backs = [at + 1 - number for number in range(at) if shapes[number] == shapes[-1]]
    for back in sorted(backs, key=lambda back: abs(back - op.back)):
        yield Fix(
            words=f"add {sources[-back]}", recipe=_replaced(recipe, at, at + 1, _changed(op, back=back))
        )
    counted = [number for number in range(at) if _settings(recipe.network[number]) & {*COUNTS}]
    if counted and op.back <= at + 1:
        name = next(iter(_settings(recipe.network[counted[-1]]) & {*COUNTS}))
        count, layer = shapes[-op.back][0], counted[-1]
        if _allows(recipe.network[layer], name, count):
            yield Fix(
                words=f"use {count} {name} in {sources[layer + 1]}",
                recipe=_counted(recipe, layer, name, count),
            )
    if len(recipe.network) == 1:
        row = () if len(dataset.shape) == 1 else (Flatten(),)
        words = f"put {_ending(row)} of {dataset.targets} units in its place"
        yield Fix(words=words, recipe=_replaced(recipe, 0, 1, *row, Dense(dataset.targets)))


def _other_groups(op: Op, in_shape: Shape) -> tuple[tuple[str, Op], ...]:
    """The op with a number of groups that divides its channels and its filters, where its own does not."""
    if "groups" not in _settings(op) or len(in_shape) != 3 or in_shape[0] % _record(op).groups == 0:
        return ()
    groups = gcd(in_shape[0], _record(op).filters)
    return ((f"use {groups} group" + ("s" if groups > 1 else ""), _changed(op, groups=groups)),)


def _smaller_windows(op: Op, in_shape: Shape) -> Iterator[tuple[str, Op]]:
    """The op with the largest kernel or dilation that fits, and with padding so that its own kernel fits."""
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
    """The largest kernel or dilation, up to the op's own, that fits the image; 0 for none."""
    rows, columns = getattr(op, name)
    return (
        _most(rows, lambda side: _takes(_changed(op, **{name: (side, 1)}), in_shape)),
        _most(columns, lambda side: _takes(_changed(op, **{name: (1, side)}), in_shape)),
    )


def _ends(instead: Callable[..., Fix], op: Op, in_shape: Shape, targets: int) -> Iterator[Fix]:
    """Fixes of the last layer: as many outputs as there are targets, or a dense layer after it."""
    if isinstance(op, Dense):
        yield instead(f"use {targets} units", replace(op, units=targets))
    row = () if len(op.out_shape(in_shape)) == 1 else (Flatten(),)
    yield instead(f"add {_ending(row)} of {targets} units at the end", op, *row, Dense(targets))


def _ending(row: tuple[Op, ...]) -> str:
    return "a flatten and a dense layer" if row else "a dense layer"


def _fewer(recipe: Recipe, dataset: Dataset, at: int) -> Iterator[Fix]:
    """As many filters or units as the limits allow: in the layer at fault, or in one before it."""
    layers = [*zip(names(recipe.network), recipe.network, strict=True)]
    for number in range(at, -1, -1):
        layer, op = layers[number]
        name = next((name for name in COUNTS if name in _settings(op)), None)
        if name is None:
            continue
        fewer = partial(_counted, recipe, number, name)
        counts = _smaller_counts(op, name)
        # First the number with which all later layers fit too.
        for end in (len(layers) - 1, at):
            if found := _most(len(counts), partial(_fits, fewer, dataset, end, counts)):
                most = counts[found - 1]
                yield Fix(
                    words=f"use {most} {name}" + (f" in {layer}" if number < at else ""), recipe=fewer(most)
                )
                break


def _smaller_counts(op: Op, name: str) -> list[int]:
    """The numbers of filters or units below the op's own that the op allows, in order."""
    return [count for count in range(1, getattr(op, name)) if _allows(op, name, count)]


def _allows(op: Op, name: str, count: int) -> bool:
    try:
        _changed(op, **{name: count})
    except ValueError:
        return False
    return True


def _fits(
    fewer: Callable[[int], Recipe], dataset: Dataset, end: int, counts: Sequence[int], number: int
) -> bool:
    """True where, with the `number`-th of `counts`, from 1, no layer up to `end` is too big."""
    layers, error = fitting(fewer(counts[number - 1]), dataset)
    return len(layers) > end or not isinstance(error, TooBig)


def _counted(recipe: Recipe, number: int, name: str, count: int) -> Recipe:
    """The recipe with `count` filters or units in layer `number`."""
    return _replaced(recipe, number, number + 1, _changed(recipe.network[number], **{name: count}))


def _recipe_fixes(recipe: Recipe, dataset: Dataset) -> Iterator[Fix]:
    """Fixes where every layer fits, but the recipe breaks another limit."""

    def batch(count: int) -> Recipe:
        return recipe.model_copy(update={"batch_size": count})

    # Where the last batch of an epoch is too small, one of the next batch sizes avoids that.
    for count in range(recipe.batch_size + 1, recipe.batch_size + 4):
        if problem_of(batch(count), dataset) is None:
            yield Fix(words=f"use a batch of {count}", recipe=batch(count))
            break
    if most := _most(recipe.batch_size - 1, lambda count: problem_of(batch(count), dataset) is None):
        yield Fix(words=f"use a batch of {most}", recipe=batch(most))
    yield Fix(
        words="use squared error as the loss", recipe=recipe.model_copy(update={"loss": SquaredError()})
    )


def _takes(op: Op, in_shape: Shape) -> bool:
    try:
        op.out_shape(in_shape)
    except ShapeError:
        return False
    return True


def _most(limit: int, holds: Callable[[int], bool]) -> int:
    """The largest number in 1..`limit` for which `holds` is true, which is true for all below; 0 for none."""
    least, most = 0, limit
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if holds(middle) else (least, middle - 1)
    return least


def _replaced(recipe: Recipe, start: int, stop: int, *ops: Op) -> Recipe:
    """The recipe with the layers `start` to `stop` - 1 replaced by `ops`.

    Skip connections still read the same layer. One that read a replaced layer reads its replacement.
    """
    network, grown = recipe.network, len(ops) - (stop - start)
    after: list[Op] = []
    for number, op in enumerate(network[stop:], start=stop):
        if not isinstance(op, SkipReader):
            after.append(op)
            continue
        source = number - op.back
        if source >= start:
            source = max(source + grown, start + len(ops) - 1)
        back = number + grown - source
        after.append(_changed(op, back=max(back, 2)))
    return recipe.model_copy(update={"network": (*network[:start], *ops, *after)})


def _record(op: Op) -> Any:
    """The op as a dataclass, which every op is, for type checkers."""
    return op


def _settings(op: Op) -> set[str]:
    """The names of an op's settings."""
    return {field.name for field in fields(_record(op))}


def _changed(op: Op, **settings: object) -> Op:
    """The op with other settings."""
    changed: Op = replace(_record(op), **settings)
    return changed
