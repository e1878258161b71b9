"""What made one cell: derived from the ops' `reads` and `readers`, whatever the layer.

A cell is a function of a sum of terms, a term is a product of factors, a factor is a cell of some tensor or a
plain number. Backwards, the chain rule reads the very same relation from its other side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from server.explain.place import Place
from server.explain.relation import (
    Operand,
    Uses,
    gates,
    in_shape,
    operand_of,
    readers,
    reads,
    signed_operand,
    stage_name,
    uses,
)
from server.explain.tensors import tensor
from server.explain.updates import BEFORE, expression, tensor_name
from server.nn.arrays import Array, Cells, Shape, number_text
from server.nn.curve import Curve
from server.nn.factors import Expression, Factor, FactorColumn
from server.nn.losses import Loss
from server.nn.ops import LAYERS, Activation, kind_of
from server.nn.ops.binary import SIGN, gate_words
from server.nn.optimizers import Optimizer
from server.nn.records import Record, Trace
from server.recipe.one_of import OneWordOf

Word = Literal["sum", "softmax", "negative_log", "root", "quotient", "argmax", "given"]
Function = Word | Curve
"""What a cell is of the sum of its terms."""
CURVES = (*(kind_of(op) for op in LAYERS if issubclass(op, Activation) and op.symbol), SIGN.name)
Rule = Word | Annotated[str, OneWordOf(CURVES)]
"""The name of a function in messages: a word, the kind of an activation, or "sign"."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One factor of each of K terms: `symbol` names it, `values` (K,) are its numbers, float64.

    They are cells (K,) of the tensor `name`, whose shape is `shape`, of `examples` (K,) of the batch (None
    where it belongs to no example); or, where `name` is None, plain numbers.
    """

    symbol: str
    values: Array
    name: str | None = None
    shape: Shape = ()
    cells: Cells | None = None
    examples: Cells | None = None

    def at(self, rows: NDArray[np.bool_]) -> "Column":
        """These rows of it alone."""
        cells = None if self.cells is None else self.cells[rows]
        examples = None if self.examples is None else self.examples[rows]
        return Column(self.symbol, self.values[rows], self.name, self.shape, cells, examples)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """K terms of one kind: the products of the columns' numbers, row by row."""

    columns: tuple[Column, ...]

    @property
    def products(self) -> Array:
        """The terms' values (K,), float64."""
        with np.errstate(over="ignore", invalid="ignore"):
            products: Array = np.multiply.reduce([column.values for column in self.columns])
        return products


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """What made a cell: a function of the sum of all terms of the blocks; `own` is the numerator's term.

    `earlier` is the tensor of the iteration before whose same cell this one is, where that update left it.
    """

    function: Function
    blocks: tuple[Block, ...]
    words: str
    own: int = 0
    earlier: str | None = None


def accumulators(trace: Trace, place: Place) -> tuple[Record, ...]:
    """The records whose upstream gradients the cell at `place` is put together from, window by window.

    In the order in which they add to it: several where several read the output of one layer.
    """
    if place.role == "dout":
        return tuple(record for record, _ in readers(trace, place.layer))
    return (place.record,) if place.role in ("gradient", "part") and place.record else ()


def so_far(made: Origin, done: Mapping[str, int]) -> Origin:
    """Of a gradient's terms, those of the first so many cells of each upstream gradient, their first column:
    as many as `done` says by its name, of others none."""
    blocks = []
    for block in made.blocks:
        upstream = block.columns[0]
        assert upstream.cells is not None
        assert upstream.name is not None
        reached = upstream.cells < done.get(upstream.name, 0)
        blocks.append(Block(tuple(column.at(reached) for column in block.columns)))
    return Origin(made.function, tuple(blocks), made.words, made.own)


def origin(loss: Loss, optimizer: Optimizer, trace: Trace, place: Place) -> Origin:
    """What made the cell at `place`."""
    record = place.record
    if place.role == "loss":
        return _from_expression(
            trace, place, loss.expression(place.tensor, place.cell, trace.loss, place.example)
        )
    if place.role == "dout":
        reading = readers(trace, place.layer)
        if reading:
            return _dout(reading, place)
        told = loss.expression("dout", place.cell, trace.loss, place.example)
        return _from_expression(trace, place, told)
    if record is None:
        return _given("A pixel of the image: it was given, nothing in the network made it.")
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
            return _dx(record, place.tensor.removeprefix("d"), place)
        case "gradient":
            return _dparameter(record, place)
        case "delta" if place.parameter in record.frozen:
            return Origin("sum", (), "This parameter is held fixed: whatever its gradient, its change is 0.")
        case "delta" | "step":
            step = place.tensor.removesuffix(f"_{place.parameter}")
            told = expression(optimizer, trace, record, place.parameter, place.cell, step)
            return _from_expression(trace, place, told)
        case "slot":
            return _slot(trace, place)
        case "updated":
            return _updated(record, place)
    if trace.iteration == 0:
        return _given(
            "The run began with this parameter, drawn from its seed or set by its recipe: nothing in this "
            "iteration made it."
        )
    return _given(
        f"The update of iteration {trace.iteration - 1} left this parameter here: what it was "
        "before, plus its change.",
        f"{place.layer}.new_{place.tensor}",
    )


def _slot(trace: Trace, place: Place) -> Origin:
    if trace.iteration == 0:
        return _given("Before the first update there is nothing that could have been kept: it starts at 0.")
    return _given(
        f"The update of iteration {trace.iteration - 1} left it here.",
        f"{place.layer}.{place.tensor.removeprefix(BEFORE)}",
    )


def _running(trace: Trace, record: Record, place: Place) -> Origin:
    if trace.iteration == 0:
        start = number_text(record.op.running[place.tensor])
        return _given(f"Before the first batch there was nothing to keep: it starts at {start}.")
    return _given(
        f"The batch of iteration {trace.iteration - 1} left it here.", f"{place.layer}.new_{place.tensor}"
    )


def _given(words: str, earlier: str | None = None) -> Origin:
    return Origin("given", (), words, earlier=earlier)


def _out(record: Record, place: Place) -> Origin:
    """The products of what the cell reads with their slopes, and the bias."""
    made = reads(record, np.array([place.cell]), place.example)
    inside = made.x[0] >= 0
    use = Uses(
        out=np.full(int(inside.sum()), place.cell),
        read=made.x[0][inside],
        x=made.x[0][inside],
        w=None if made.w is None else made.w[0][inside],
        slope=None if made.slope is None else made.slope[0][inside],
    )
    x, slopes = _input(record, use, place.example), _slopes(record, use, place.example)
    if record.op.function == "softmax":
        words = record.op.out_words(x.values, slopes[0].values)
        return Origin("softmax", (Block((_powers(x),)),), words, int((use.read == place.cell).argmax()))
    if record.op.function is not None:
        return Origin(record.op.function, (Block((x,)),), record.op.out_words(x.values, slopes[0].values))
    blocks = [Block((x, *slopes))]
    if made.b is not None:
        blocks.append(Block((_parameter(record, "b", made.b),)))
    if made.skip is not None:
        skip = record.inputs["skip"]
        added = _column("skip", skip.x[..., place.example], f"{skip.layer}.out", made.skip, place.example)
        blocks.append(Block((added,)))
    padding = int((~inside).sum())
    words = record.op.out_words(x.values, slopes[0].values if slopes else np.ones(len(x.values)))
    if padding:
        words += f" {padding} of its {inside.size} products fall on the padding: they are 0 and left out."
    return Origin("sum", tuple(blocks), words)


def _powers(x: Column) -> Column:
    """exp(x − m) of each, where m is the largest of them."""
    with np.errstate(invalid="ignore"):
        powers = np.exp(x.values - x.values.max())
    return Column("exp(x − m)", powers, x.name, x.shape, x.cells, x.examples)


def _made(trace: Trace, record: Record, place: Place) -> Origin | None:
    """What the op says that made what it saves, or keeps; None where it says no more than `saved_words`."""
    made = record.op.made(place.tensor, place.cell, place.example, record.x, record.saved, record.running)
    if made is None:
        return None
    blocks = (
        Block(tuple(_column_of(trace, record, place, factor) for factor in factors))
        for factors in made.blocks
    )
    return Origin("sum", tuple(blocks), made.words)


def _column_of(trace: Trace, record: Record, place: Place, factor: FactorColumn) -> Column:
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


def _saved(record: Record, place: Place) -> Origin:
    """What the op says that it is of the inputs that its output's cell reads; or a sign of one cell."""
    operand = signed_operand(record, place.tensor)
    if operand is not None:
        of = _operand(record, operand, np.array([place.cell]), place.example)
        return Origin(SIGN, (Block((of,)),), record.op.saved_words(place.tensor, of.values))
    made = reads(record, np.array([place.cell]), place.example).x[0]
    x = _column("x", record.x[..., place.example], f"{record.previous}.out", made, place.example)
    words = record.op.saved_words(place.tensor, x.values)
    function = record.op.saved_functions.get(place.tensor)
    return _given(words) if function is None else Origin(function, (Block((x,)),), words)


def _dout(reading: Sequence[tuple[Record, str]], place: Place) -> Origin:
    """The sum of what all layers send back that read this cell."""
    made = [_dx(record, operand, place) for record, operand in reading]
    if len(made) == 1:
        return made[0]
    words = " ".join(f"{record.layer}: {part.words}" for (record, _), part in zip(reading, made, strict=True))
    return Origin(
        "sum",
        tuple(block for part in made for block in part.blocks),
        f"{len(made)} layers read this cell, and what they send back adds up. {words}",
    )


def _dx(record: Record, operand: str, place: Place) -> Origin:
    """The chain rule: over all outputs that read this input, their upstream gradient times their slope."""
    if record.op.through is not None:
        return _coupled_dx(record, place)
    use = uses(record, operand, np.array([place.cell]), place.example)
    if not len(use.out):
        return Origin(
            "sum", (), "No output reads this cell: whatever it is, the loss stays, and its gradient is 0."
        )
    slopes = _slopes(record, use, place.example)
    x = float(record.inputs[operand].x[..., place.example].ravel()[place.cell])
    words = record.op.dx_words(x, slopes[0].values if slopes else np.ones(len(use.out)))
    upstream = _column(
        "dout", record.dout[..., place.example], f"{record.layer}.dout", use.out, place.example
    )
    passing = _gates(record, "x", np.full(len(use.out), place.cell), place.example)
    return Origin("sum", (Block((upstream, *slopes, *passing)),), words)


def _coupled_dx(record: Record, place: Place) -> Origin:
    """The chain rule, through what was saved to the outputs of all examples that this input's cell moves."""
    out, batch = record.op.readers("x", np.array([place.cell]), in_shape(record)), record.x.shape[-1]
    upstream = _over_batch("dout", record.dout, f"{record.layer}.dout", out)
    assert upstream.cells is not None
    assert upstream.examples is not None
    weights = reads(record, upstream.cells, place.example).w
    assert weights is not None
    made, read = upstream.cells * batch + upstream.examples, np.array([place.cell * batch + place.example])
    slopes = record.op.slopes(made, read, record.saved).astype(np.float64)
    columns = upstream, _parameter(record, "w", weights[:, 0]), Column(f"∂{record.op.through}/∂x", slopes)
    x = float(record.x[..., place.example].ravel()[place.cell])
    return Origin("sum", (Block(columns),), record.op.dx_words(x, slopes))


def _dparameter(record: Record, place: Place) -> Origin:
    """The chain rule, summed over the batch: reading a weight has the input cell as its slope."""
    parameter, batch = place.parameter, record.x.shape[-1]
    # What is read depends on shapes alone where there are weights: one example stands for all.
    use = uses(record, parameter, np.array([place.cell]), 0)
    columns = [_over_batch("dout", record.dout, f"{record.layer}.dout", use.out)]
    if parameter != "b":
        x = operand_of(record, "x")
        columns.append(_over_batch(x.symbol, x.array, x.name, use.x))
        columns += _gates(record, parameter, np.full(len(use.x) * batch, place.cell), place.example)
    times = "" if parameter == "b" else " times the number that it was multiplied with there"
    places = "one place" if len(use.out) == 1 else f"{len(use.out):,} places"
    of = "" if batch == 1 else f" of each of the {batch} examples"
    straight = ""
    if parameter in record.op.binarised:
        straight = f" {gate_words('weight', float(record.params[parameter].ravel()[place.cell]))}"
    mean = "" if batch == 1 else f" They are divided by {batch} already: the loss is the batch's mean."
    return Origin(
        "sum",
        (Block(tuple(columns)),),
        f"The network uses this parameter in {places}{of}; each adds the upstream gradient there{times}."
        f"{mean}{straight}",
    )


def _updated(record: Record, place: Place) -> Origin:
    """The parameter plus its change."""
    here, name = np.array([place.cell]), place.parameter
    delta = float(record.deltas[name].ravel()[place.cell])
    blocks = tuple(
        Block((_column(symbol, array, f"{record.layer}.{tensor}", here, None),))
        for symbol, tensor, array in (
            (name, name, record.params[name]),
            (f"Δ{name}", f"delta_{name}", record.deltas[name]),
        )
    )
    moves = "It stays where it is" if delta == 0 else f"It moves {'up' if delta > 0 else 'down'}"
    return Origin(
        "sum", blocks, f"The parameter plus its change. {moves}; the next iteration starts from here."
    )


def _from_expression(trace: Trace, place: Place, told: Expression) -> Origin:
    """What a loss or an optimizer says about its own numbers."""
    blocks = tuple(
        Block(tuple(_factors(trace, place, factors) for factors in zip(*terms, strict=True)))
        for terms in _alike(told.terms)
    )
    return Origin(told.function, blocks, told.words, told.numerator)


def _alike(terms: Sequence[tuple[Factor, ...]]) -> list[list[tuple[Factor, ...]]]:
    """Neighbours with the same symbols together."""
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


def _input(record: Record, use: Uses, example: int) -> Column:
    return _used(operand_of(record, "x"), use.x, example)


def _used(of: Operand, cells: Cells, example: int) -> Column:
    return _column(of.symbol, of.array[..., example], of.name, cells, example)


def _operand(record: Record, operand: str, cells: Cells, example: int) -> Column:
    """Cells of the operand itself, whatever the products take for it."""
    if operand == "x":
        return _column("x", record.x[..., example], f"{record.previous}.out", cells, example)
    return _parameter(record, operand, cells)


def _gates(record: Record, operand: str, cells: Cells, example: int) -> tuple[Column, ...]:
    """What a gradient is multiplied with on its way through these cells' signs; nothing without them."""
    passing = gates(record, operand, cells, example)
    if passing is None:
        return ()
    return (replace(_operand(record, operand, cells, example), symbol=f"gate({operand})", values=passing),)


def _slopes(record: Record, use: Uses, example: int) -> tuple[Column, ...]:
    """The weights, or the numbers that stand in for them; nothing where they are all ones."""
    if use.w is not None:
        w = operand_of(record, "w")
        return (_column(w.symbol, w.array, w.name, use.w, None),)
    symbol = record.op.slope_text(in_shape(record))
    if symbol is None or use.slope is None:
        return ()
    if symbol in record.saved:
        saved = record.saved[symbol][..., example]
        return (_column(symbol, saved, f"{record.layer}.{symbol}", use.out, example),)
    values = use.slope.astype(np.float64)
    if not symbol.endswith("(x)"):
        return (Column(symbol, values),)
    x = _input(record, use, example)
    return (Column(symbol, values, x.name, x.shape, x.cells, x.examples),)


def _parameter(record: Record, name: str, cells: Cells) -> Column:
    return _column(name, record.params[name], f"{record.layer}.{name}", cells, None)


def _column(symbol: str, array: Array, name: str, cells: Cells, example: int | None) -> Column:
    values = array.ravel()[cells].astype(np.float64)
    examples = None if example is None else np.full(len(cells), example)
    return Column(symbol, values, name, array.shape, cells, examples)


def _over_batch(symbol: str, array: Array, name: str, cells: Cells) -> Column:
    """These cells of every example of the batch, example by example."""
    batch = array.shape[-1]
    values = array.reshape(-1, batch)[cells].T.astype(np.float64).ravel()
    return Column(
        symbol, values, name, array.shape[:-1], np.tile(cells, batch), np.repeat(np.arange(batch), len(cells))
    )
