"""The provenance of a cell: the terms that it was computed from, for every layer.

A cell is a function of a sum of terms. A term is a product of factors. A factor is a cell of some tensor, or
a plain number. All of it is derived from `reads` and `readers` of the ops; the chain rule uses the same
relation backwards.
"""

from collections.abc import Sequence

import numpy as np

from server.explain.columns import column, input_column, operand_column, parameter_column, slope_columns
from server.explain.gradient_provenance import dout_provenance, dx_provenance, parameter_gradient
from server.explain.place import Place
from server.explain.relation import Uses, readers, reads, signed_operand, stage_name
from server.explain.start import NOUNS, latest_setting, start_words
from server.explain.tensors import tensor
from server.explain.terms import Block, Column, Provenance, given
from server.explain.updates import BEFORE, expression, tensor_name
from server.nn.arrays import number_text
from server.nn.factors import Expression, Factor, FactorColumn
from server.nn.losses import Loss
from server.nn.ops.binary import SIGN
from server.nn.ops.capabilities import Coupled, Selector, Stateful
from server.nn.optimizers import Optimizer
from server.nn.records import Record, Trace
from server.recipe.recipe import Recipe


def accumulators(trace: Trace, place: Place) -> tuple[Record, ...]:
    """The records whose upstream gradients add up to the cell at `place`, in the order of the backward pass.

    There are several where several layers read the output of one layer.
    """
    if place.role == "dout":
        return tuple(record for record, _ in readers(trace, place.layer))
    return (place.record,) if place.role in ("gradient", "part") and place.record else ()


def provenance(
    loss: Loss, optimizer: Optimizer, trace: Trace, place: Place, recipe: Recipe | None = None
) -> Provenance:
    """The computation of the cell at `place`. The `recipe` tells where start values come from."""
    record = place.record
    if place.role == "loss":
        return _from_expression(
            trace, place, loss.expression(place.tensor, place.cell, trace.loss, place.example)
        )
    if place.role == "dout":
        reading = readers(trace, place.layer)
        if reading:
            return dout_provenance(reading, place)
        told = loss.expression("dout", place.cell, trace.loss, place.example)
        return _from_expression(trace, place, told)
    if record is None:
        return given("A pixel of the image: it was given, nothing in the network made it.")
    match place.role:
        case "out":
            return _out(record, place)
        case "saved":
            return _made(trace, record, place) or _saved(record, place)
        case "renewed":
            made = _made(trace, record, place)
            assert made is not None
            return made
        case "running":
            return _running(trace, record, place)
        case "part":
            return dx_provenance(record, place.tensor.removeprefix("d"), place)
        case "gradient":
            return parameter_gradient(record, place)
        case "delta" if place.parameter in record.frozen:
            return Provenance(
                "sum", (), "This parameter is held fixed: whatever its gradient, its change is 0."
            )
        case "delta" | "step":
            step = place.tensor.removesuffix(f"_{place.parameter}")
            told = expression(optimizer, trace, record, place.parameter, place.cell, step)
            return _from_expression(trace, place, told)
        case "slot":
            return _slot(trace, place)
        case "updated":
            return _updated(record, place)
    return _parameter(trace, record, place, recipe)


def _parameter(trace: Trace, record: Record, place: Place, recipe: Recipe | None) -> Provenance:
    """A parameter before the update: its start value, what the last update left, or what a person set."""
    noun, setting = NOUNS[place.tensor], latest_setting(recipe, place.name, place.cell, trace.iteration)
    if setting is not None and setting.iteration == trace.iteration:
        return given(f"A person set this {noun} to {number_text(setting.value)} at this step.")
    if trace.iteration == 0:
        return given(start_words(recipe, record, place.tensor))
    words = f"Step {trace.iteration - 1} left this {noun} here: what it was before, plus its change."
    if setting is not None:
        words += f" A person set it to {number_text(setting.value)} at step {setting.iteration}."
    return given(words, f"{place.layer}.new_{place.tensor}")


def _slot(trace: Trace, place: Place) -> Provenance:
    if trace.iteration == 0:
        return given("Before the first update there is nothing that could have been kept: it starts at 0.")
    return given(
        f"The update of iteration {trace.iteration - 1} left it here.",
        f"{place.layer}.{place.tensor.removeprefix(BEFORE)}",
    )


def _running(trace: Trace, record: Record, place: Place) -> Provenance:
    if trace.iteration == 0:
        assert isinstance(record.op, Stateful)
        start = number_text(record.op.running[place.tensor])
        return given(f"Before the first batch there was nothing to keep: it starts at {start}.")
    return given(
        f"The batch of iteration {trace.iteration - 1} left it here.", f"{place.layer}.new_{place.tensor}"
    )


def _out(record: Record, place: Place) -> Provenance:
    """An output: the products of the cells that it reads with their slopes, and the bias."""
    made = reads(record, np.array([place.cell]), place.example)
    inside = made.x[0] >= 0
    use = Uses(
        out=np.full(int(inside.sum()), place.cell),
        read=made.x[0][inside],
        x=made.x[0][inside],
        w=None if made.w is None else made.w[0][inside],
        slope=None if made.slope is None else made.slope[0][inside],
    )
    x, slopes = input_column(record, use, place.example), slope_columns(record, use, place.example)
    if record.op.function == "softmax":
        words = record.op.out_words(x.values, slopes[0].values)
        return Provenance("softmax", (Block((_powers(x),)),), words, int((use.read == place.cell).argmax()))
    if record.op.function is not None:
        return Provenance(record.op.function, (Block((x,)),), record.op.out_words(x.values, slopes[0].values))
    blocks = [Block((x, *slopes))]
    if made.b is not None:
        blocks.append(Block((parameter_column(record, "b", made.b),)))
    if made.skip is not None:
        skip = record.inputs["skip"]
        added = column("skip", skip.x[..., place.example], f"{skip.layer}.out", made.skip, place.example)
        blocks.append(Block((added,)))
    padding = int((~inside).sum())
    words = record.op.out_words(x.values, slopes[0].values if slopes else np.ones(len(x.values)))
    if padding:
        words += f" {padding} of its {inside.size} products fall on the padding: they are 0 and left out."
    return Provenance("sum", tuple(blocks), words)


def _powers(x: Column) -> Column:
    """exp(x − m), where m is the largest of the numbers."""
    with np.errstate(invalid="ignore"):
        powers = np.exp(x.values - x.values.max())
    return Column("exp(x − m)", powers, x.name, x.shape, x.cells, x.examples)


def _made(trace: Trace, record: Record, place: Place) -> Provenance | None:
    """A cell of a saved or running array, as the op tells it; None where the op has only `saved_words`."""
    if not isinstance(record.op, Coupled):
        return None
    made = record.op.made(place.tensor, place.cell, place.example, record.x, record.saved, record.running)
    blocks = (
        Block(tuple(_series_column(trace, record, place, factor) for factor in factors))
        for factors in made.blocks
    )
    return Provenance("sum", tuple(blocks), made.words)


def _series_column(trace: Trace, record: Record, place: Place, factor: FactorColumn) -> Column:
    if factor.tensor is None or factor.cells is None:
        assert factor.values is not None
        return Column(factor.symbol, factor.values)
    name = stage_name(record, factor.tensor)
    whole = tensor(trace, name, place.example)
    values = factor.values
    if values is None:
        array = record.x if factor.examples is not None else whole
        at = factor.cells if factor.examples is None else (factor.cells, factor.examples)
        values = array.reshape(whole.size, -1)[at].ravel().astype(np.float64) + factor.shift
    return Column(factor.symbol, values, name, whole.shape, factor.cells, factor.examples)


def _saved(record: Record, place: Place) -> Provenance:
    """A cell of a saved array with the shape of the output: a function of the inputs, or the sign of one
    cell."""
    operand = signed_operand(record, place.tensor)
    if operand is not None:
        of = operand_column(record, operand, np.array([place.cell]), place.example)
        return Provenance(SIGN, (Block((of,)),), record.op.saved_words(place.tensor, of.values))
    made = reads(record, np.array([place.cell]), place.example).x[0]
    x = column("x", record.x[..., place.example], f"{record.previous}.out", made, place.example)
    words = record.op.saved_words(place.tensor, x.values)
    if isinstance(record.op, Selector) and place.tensor == record.op.selected:
        return Provenance("argmax", (Block((x,)),), words)
    return given(words)


def _updated(record: Record, place: Place) -> Provenance:
    """An updated parameter: the parameter plus its change."""
    here, name = np.array([place.cell]), place.parameter
    delta = float(record.deltas[name].ravel()[place.cell])
    blocks = tuple(
        Block((column(symbol, array, f"{record.layer}.{tensor}", here, None),))
        for symbol, tensor, array in (
            (name, name, record.params[name]),
            (f"Δ{name}", f"delta_{name}", record.deltas[name]),
        )
    )
    moves = "It stays where it is" if delta == 0 else f"It moves {'up' if delta > 0 else 'down'}"
    return Provenance(
        "sum", blocks, f"The parameter plus its change. {moves}; the next iteration starts from here."
    )


def _from_expression(trace: Trace, place: Place, told: Expression) -> Provenance:
    """A number of a loss or of an optimizer, as it tells it."""
    blocks = tuple(
        Block(tuple(_factors(trace, place, factors) for factors in zip(*terms, strict=True)))
        for terms in _alike(told.terms)
    )
    return Provenance(told.function, blocks, told.words, told.numerator)


def _alike(terms: Sequence[tuple[Factor, ...]]) -> list[list[tuple[Factor, ...]]]:
    """Groups of neighbouring terms whose factors have the same symbols."""
    groups: list[list[tuple[Factor, ...]]] = []
    for term in terms:
        if groups and [factor.symbol for factor in groups[-1][0]] == [factor.symbol for factor in term]:
            groups[-1].append(term)
        else:
            groups.append([term])
    return groups


def _factors(trace: Trace, place: Place, factors: Sequence[Factor]) -> Column:
    first, values = factors[0], np.array([factor.value for factor in factors])
    if first.tensor is None:
        return Column(first.symbol, values)
    if first.cell is None:
        name = tensor_name(place.layer, place.parameter, first.tensor)
        symbols = {
            "gradient": f"d{place.parameter}",
            "w": place.parameter,
            "sign(w)": f"sign({place.parameter})",
        }
        symbol = symbols.get(first.symbol, first.symbol)
        return Column(symbol, values, name, place.array.shape, np.full(len(factors), place.cell))
    cells = np.array([factor.cell for factor in factors])
    name = f"{trace.records[-1].layer}.out" if first.tensor == "out" else f"loss.{first.tensor}"
    shape = tensor(trace, name, place.example).shape
    return Column(first.symbol, values, name, shape, cells, np.full(len(cells), place.example))
