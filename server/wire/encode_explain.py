"""Explanations, cones, chains, checks, nudges, lenses and the stack of records, as messages."""

from dataclasses import asdict

from server.trace import chain as chains
from server.trace import check as checks
from server.trace import cone as cones
from server.trace import explain as explanations
from server.trace import lens as lenses
from server.trace import nudge as nudges
from server.trace import stack as stacks
from server.trace.history import History
from server.trace.lens import Direction
from server.trace.timeline import segments
from server.wire import messages
from server.wire.encode import cells
from server.wire.messages import Sort


def explanation(
    history: History,
    iteration: int,
    name: str,
    cell: int,
    example: int,
    done: int | None,
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
        offset=offset,
        count=count,
        sort=sort,
    )
    return messages.Explanation(**asdict(found))


def cone(history: History, iteration: int, name: str, cell: int, example: int) -> messages.Cone:
    """What one cell was made from and what it influences. Raises as `explanation` does."""
    found = cones.cone(history.plan.recipe.loss, history.trace(iteration), name, cell, example)
    return messages.Cone(inputs=cells(found.inputs), influences=cells(found.influences))


def chain(
    history: History, iteration: int, layer: str, parameter: str, cell: int, example: int
) -> messages.Chain:
    """The strongest path to one parameter.

    NotComputed, UnknownLayer, UnknownParameter, UnknownCell, UnknownExample.
    """
    recipe, trace = history.plan.recipe, history.trace(iteration)
    found = chains.chain(recipe.loss, recipe.optimizer, trace, layer, parameter, cell, example)
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
    history: History, iteration: int, phase: Direction, layer: str, cell: int, example: int
) -> messages.Lens:
    """The code of one layer, and one number by plain loops.

    NotComputed, UnknownLayer, UnknownCell, UnknownExample.
    """
    return messages.Lens(**asdict(lenses.lens(history.trace(iteration), phase, layer, cell, example)))


def stack(history: History, iteration: int, position: int) -> messages.Stack:
    """The stack of records at a position of an iteration. NotComputed, UnknownMoment."""
    found = stacks.stack(history.trace(iteration), segments(history.plan.network), position)
    return messages.Stack(records=tuple(messages.StackRecord(**asdict(record)) for record in found))
