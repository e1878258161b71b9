"""Explanations, cones, chains, checks, nudges, lenses, sliding windows and the stack, as messages."""

from dataclasses import asdict, fields

from server.explain import dependencies as cones
from server.explain import explanation as explanations
from server.explain import gradient_path as chains
from server.explain import stack as stacks
from server.explain.convolution import view as slidings
from server.explain.convolution.view import Way
from server.explain.lens import lens as lenses
from server.explain.timeline import Phase, find, segments
from server.probe import gradient_check as checks
from server.probe import nudge as nudges
from server.run.history import History
from server.wire.encode.runs import cells, typed_array
from server.wire.messages import explanations as messages
from server.wire.messages.explanations import Sort


def explanation(
    history: History,
    iteration: int,
    name: str,
    cell: int,
    example: int,
    done: int | None,
    at: str | None,
    offset: int,
    count: int,
    sort: Sort,
) -> messages.Explanation:
    """One cell of a computed iteration.

    NotComputed, UnknownTensor, UnknownCell, UnknownExample, UnknownMoment.
    """
    recipe = history.plan.recipe
    found = explanations.explain(
        recipe.loss,
        recipe.optimizer,
        history.trace(iteration),
        name,
        cell,
        example,
        done=done,
        at=at,
        offset=offset,
        count=count,
        sort=sort,
    )
    return messages.Explanation(**asdict(found))


def cone(history: History, iteration: int, name: str, cell: int, example: int) -> messages.Cone:
    """What one cell was made from and what it influences. Raises as `explanation` does."""
    recipe = history.plan.recipe
    found = cones.cone(recipe.loss, recipe.optimizer, history.trace(iteration), name, cell, example)
    return messages.Cone(inputs=cells(found.inputs), influences=cells(found.influences))


def chain(
    history: History, iteration: int, layer: str, parameter: str, cell: int, example: int
) -> messages.Chain:
    """The strongest path to one parameter.

    NotComputed, UnknownLayer, UnknownParameter, UnknownCell, UnknownExample.
    """
    recipe, trace = history.plan.recipe, history.trace(iteration)
    found = chains.chain(recipe.optimizer, trace, layer, parameter, cell, example)
    return messages.Chain(**asdict(found))


def check(history: History, iteration: int, layer: str) -> messages.GradientCheck:
    """The gradient check of one layer. NotComputed, UnknownLayer."""
    plan = history.plan
    found = checks.check(plan.network, plan.recipe.loss, history.trace(iteration), layer, plan.recipe.seed)
    return messages.GradientCheck(**asdict(found))


def nudge(
    history: History,
    iteration: int,
    name: str,
    cell: int,
    amount: float,
    example: int,
    watch: str | None,
    watch_cell: int | None,
) -> messages.Nudge:
    """What a nudge of one number does.

    NotComputed, NudgeError, UnknownTensor, UnknownCell, UnknownExample.
    """
    plan = history.plan
    found = nudges.nudge(
        plan.network,
        plan.recipe.loss,
        history.trace(iteration),
        name,
        cell,
        amount,
        example,
        watch=watch,
        watch_cell=watch_cell,
    )
    return messages.Nudge(**asdict(found))


def lens(
    history: History,
    iteration: int,
    phase: Phase,
    layer: str,
    tensor: str,
    cell: int,
    example: int,
    name: str | None,
    at: int | None,
) -> messages.Lens:
    """The code that runs at a moment, and one number by plain loops.

    NotComputed, UnknownMoment, UnknownTensor, UnknownCell, UnknownExample.
    """
    network, optimizer = history.plan.network, history.plan.recipe.optimizer
    segment = find(segments(network, optimizer), phase, layer, tensor)
    trace = history.trace(iteration)
    return messages.Lens(**asdict(lenses.lens(network, optimizer, trace, segment, cell, example, name, at)))


def sliding(
    history: History,
    iteration: int,
    name: str,
    cell: int,
    example: int,
    way: Way,
    done: int | None,
    offset: int,
    count: int,
    sort: Sort,
) -> messages.Sliding:
    """One cell of a convolution as its windows make it.

    NotComputed, NotSlid, UnknownTensor, UnknownCell, UnknownExample, UnknownMoment.
    """
    found = slidings.sliding(
        history.trace(iteration),
        name,
        cell,
        example,
        way=way,
        done=done,
        offset=offset,
        count=count,
        sort=sort,
    )
    arrays = ("map", "map_computed", "rest_map", "rest_computed")
    plain = {field.name: getattr(found, field.name) for field in fields(found)}
    plain |= {name: typed_array(plain[name]) for name in arrays}
    plain |= {name: part and asdict(part) for name in ("bias", "agreement") for part in [plain[name]]}
    plain["rows"] = tuple(_row(row) for row in found.rows)
    return messages.Sliding(**plain)


def _row(row: slidings.Row) -> messages.SlidingRow:
    return messages.SlidingRow(
        number=row.number,
        left=_patch(row.left),
        right=_patch(row.right),
        products=typed_array(row.products),
        computed=typed_array(row.computed),
        value=row.value,
        map=typed_array(row.map),
        map_computed=typed_array(row.map_computed),
        spread=None if row.spread is None else _patch(row.spread),
    )


def _patch(patch: slidings.Patch) -> messages.Patch:
    return messages.Patch(
        symbol=patch.symbol,
        name=patch.name,
        example=patch.example,
        cells=typed_array(patch.cells),
        values=typed_array(patch.values),
    )


def stack(history: History, iteration: int, position: int) -> messages.Stack:
    """The stack of records at a position of an iteration. NotComputed, UnknownMoment."""
    order = segments(history.plan.network, history.plan.recipe.optimizer)
    found = stacks.stack(history.trace(iteration), order, position)
    return messages.Stack(records=tuple(messages.StackRecord(**asdict(record)) for record in found))
