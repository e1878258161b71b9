"""The dependencies of a cell: all cells that it depends on and all cells that depend on it, through all
layers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from server.explain.place import Place, place
from server.explain.relation import (
    cells_read,
    gates,
    gradient_names,
    in_shape,
    open_cells,
    operand_of,
    out_shape,
    saved_reads,
    signed_operand,
    uses,
)
from server.explain.tensors import RENEWED, is_learned
from server.explain.updates import tensor_name, update_reads, update_tensors
from server.nn.arrays import Cells, size, union
from server.nn.losses import Loss
from server.nn.ops.capabilities import Coupled
from server.nn.optimizers import Optimizer
from server.nn.records import Record, Trace


@dataclass(frozen=True, slots=True, eq=False)
class Dependencies:
    """Row-major cells by tensor, those of other examples left out.

    The inputs of a value reach down to the pixels; its influences reach up to the loss. The inputs of a
    gradient reach up to the tensors of the loss (the values that served as slopes are followed one step
    only); its influences reach down to the gradients of the pixels and to the updated parameters.
    """

    inputs: Mapping[str, Cells]
    influences: Mapping[str, Cells]


def dependencies(
    loss: Loss, optimizer: Optimizer, trace: Trace, name: str, cell: int, example: int
) -> Dependencies:
    """All cells that one cell depends on or influences. Raises UnknownTensor, UnknownCell, UnknownExample.

    Nothing was learned from a separate pass: none of its numbers moves a parameter.
    """
    here = place(trace, name, cell, example)
    inputs = _Walk(loss, optimizer, trace, example).inputs(here).found
    influences = _Walk(loss, optimizer, trace, example).influences(here).found
    if trace.learned is not None:
        if is_learned(trace, here.name):
            inputs = {name: cells for name, cells in inputs.items() if is_learned(trace, name)}
        else:
            influences = {name: cells for name, cells in influences.items() if not is_learned(trace, name)}
    return Dependencies(inputs, influences)


@dataclass(frozen=True, slots=True, eq=False)
class _Walk:
    """A walk through the layers that collects cells in `found`.

    "Below" is towards the input of the network, "above" towards the loss.
    """

    loss: Loss
    optimizer: Optimizer
    trace: Trace
    example: int
    found: dict[str, Cells] = field(default_factory=dict)

    def inputs(self, here: Place) -> "_Walk":
        """Collect all cells that the cell at this place depends on."""
        cells, record, name = np.array([here.cell]), here.record, here.parameter
        match here.role:
            case "saved" if record is not None and here.tensor in record.op.drawn:
                pass
            case "saved" if record is not None and (operand := signed_operand(record, here.tensor)):
                self.signs_below(record, operand, cells)
            case "saved" | "renewed" if record is not None and isinstance(record.op, Coupled):
                self.statistics_below(record, here)
            case "out" | "saved" if record is not None:
                self.values_below(record.layer, cells)
            case "dout":
                self.gradients_above(here.layer, cells)
            case "part" if record is not None:
                self.gradients_above(record.layer, self.gradient_above(record, here.tensor[1:], cells))
            case "gradient" | "step" | "delta" | "updated" if record is not None:
                if here.role != "gradient":
                    self.update_below(record, here)
                use = uses(record, name, self.open_cells(record, name, cells), self.example)
                out = union(use.out, size(out_shape(record)))
                self.add(f"{record.layer}.dout", out)
                if name != "b":
                    self.add(operand_of(record, "x").name, union(use.x, size(in_shape(record))))
                if name in record.op.binarised:
                    self.add(f"{record.layer}.{name}", cells)
                self.gradients_above(record.layer, out)
            case "loss":
                self.loss_below(here)
        return self

    def influences(self, here: Place) -> "_Walk":
        """Collect all cells that depend on the cell at this place."""
        cells, record, name = np.array([here.cell]), here.record, here.parameter
        last = self.trace.records[-1].layer
        match here.role:
            case "out":
                self.values_above(here.layer, cells)
            case "parameter" if record is not None:
                if name in record.op.binarised:
                    self.add(operand_of(record, name).name, cells)
                self.outputs_above(record, name, cells)
            case "saved" if record is not None and (operand := signed_operand(record, here.tensor)):
                self.outputs_above(record, operand, cells)
            case "saved" if record is not None:
                self.saved_above(record, here)
            case "running" if record is not None:
                self.add(f"{record.layer}.{RENEWED}{here.tensor}", cells)
            case "dout":
                self.gradients_below(here.layer, cells)
            case "part" if record is not None:
                source = record.inputs[here.tensor[1:]].layer
                self.add(f"{source}.dout", cells)
                self.gradients_below(source, cells)
            case "gradient" | "slot" | "step" | "delta" if record is not None:
                self.update_above(record, name, here.tensor, cells)
            case "loss":
                of_loss = self.loss_readers("loss", here.tensor, cells)
                self.add("loss.loss", of_loss)
                # A gradient that is divided by the loss depends on everything that the loss depends on.
                dout = np.union1d(
                    self.loss_readers("dout", here.tensor, cells), self.loss_readers("dout", "loss", of_loss)
                )
                self.add(f"{last}.dout", dout)
                self.gradients_below(last, dout)
        return self

    def values_below(self, layer: str, cells: Cells) -> None:
        """The cells that these outputs of a layer depend on, down to the pixels."""
        reached = {layer: cells}
        for record in reversed(self.trace.records):
            if record.layer not in reached:
                continue
            read = cells_read(record, reached[record.layer], self.example)
            for operand in record.op.binarised:
                self.add(operand_of(record, operand).name, read[operand])
            for name, source in record.inputs.items():
                below = read.pop(name)
                self.add(f"{source.layer}.out", below)
                _reach(reached, source.layer, below)
            for name, parameter_cells in read.items():
                self.add(f"{record.layer}.{name}", parameter_cells)

    def statistics_below(self, record: Record, here: Place) -> None:
        """The cells that a statistic of the whole batch depends on, down to the pixels."""
        read = saved_reads(record, here.tensor, here.cell, self.example)
        for name, cells in read.items():
            self.add(name, cells)
            layer, _, tensor = name.rpartition(".")
            if layer == record.layer and tensor in record.saved:
                self.statistics_below(record, replace(here, tensor=tensor, cell=int(cells[0])))
        self.values_below(record.previous, self.found.get(f"{record.previous}.out", np.empty(0, np.intp)))

    def saved_above(self, record: Record, here: Place) -> None:
        """The cells that depend on a saved number: outputs of its layer, and gradients below."""
        op, layer = record.op, record.layer
        out = np.array([here.cell])
        if isinstance(op, Coupled):
            out = op.saved_readers(here.tensor, out, in_shape(record))
        if here.tensor in op.drawn or isinstance(op, Coupled):
            self.add(f"{layer}.out", out)
            self.values_above(layer, out)
        if isinstance(op, Coupled):
            self.coupled_above(record, op, here, out)
        below = open_cells(record, "x", out, self.example)
        for gradient in gradient_names(record, "x"):
            self.add(gradient, below)
        self.gradients_below(record.previous, below)

    def coupled_above(self, record: Record, op: Coupled, here: Place, out: Cells) -> None:
        """Where examples are coupled: the other tensors of the layer that depend on a saved number."""
        layer = record.layer
        if here.tensor != op.through:
            self.add(f"{layer}.{op.through}", out)
            for name in record.renewed:
                if here.name in saved_reads(record, f"{RENEWED}{name}", here.cell, self.example):
                    self.add(f"{layer}.{RENEWED}{name}", np.array([here.cell]))
        weights = cells_read(record, out, self.example)["w"]
        self.add(f"{layer}.dw", weights)
        self.update_above(record, "w", "dw", weights)

    def signs_below(self, record: Record, operand: str, cells: Cells) -> None:
        """The cells that these signs depend on: the same cells of the operand."""
        if operand == "x":
            self.add(f"{record.previous}.out", cells)
            self.values_below(record.previous, cells)
        else:
            self.add(f"{record.layer}.{operand}", cells)

    def outputs_above(self, record: Record, operand: str, cells: Cells) -> None:
        """The cells that depend on these cells of a layer's operand: its outputs, and all values up to the
        loss."""
        out = union(uses(record, operand, cells, self.example).out, size(out_shape(record)))
        self.add(f"{record.layer}.out", out)
        self.values_above(record.layer, out)

    def open_cells(self, record: Record, operand: str, cells: Cells) -> Cells:
        """The cells of an operand that receive a gradient: all but those whose sign has a shut gate."""
        passing = gates(record, operand, cells, self.example)
        return cells if passing is None else cells[passing != 0]

    def values_above(self, layer: str, cells: Cells) -> None:
        """The cells that depend on these outputs of a layer, or of "input", up to the loss."""
        reached = {layer: cells}
        for record in self.trace.records:
            for name, source in record.inputs.items():
                if source.layer in reached:
                    if name in record.op.binarised:
                        self.add(operand_of(record, name).name, reached[source.layer])
                    above = record.op.readers(name, reached[source.layer], in_shape(record))
                    self.add(f"{record.layer}.out", above)
                    _reach(reached, record.layer, above)
        cells = reached[self.trace.records[-1].layer]
        self.add("loss.loss", self.loss_readers("loss", "out", cells))
        for name in self.loss.saved:
            made = self.loss_readers(name, "out", cells)
            self.add(f"loss.{name}", made)
            self.add("loss.loss", self.loss_readers("loss", name, made))

    def gradients_above(self, layer: str, cells: Cells) -> None:
        """The cells that these cells of a layer's dout depend on, up to the tensors of the loss."""
        reached = {layer: cells}
        for record in self.trace.records:
            for name, source in record.inputs.items():
                if source.layer not in reached:
                    continue
                for part in gradient_names(record, name)[1:]:
                    self.add(part, reached[source.layer])
                _reach(reached, record.layer, self.gradient_above(record, name, reached[source.layer]))
        for cell in reached[self.trace.records[-1].layer].tolist():
            for name, read in self.loss_reads("dout", cell).items():
                self.add(f"loss.{name}", read)

    def gradient_above(self, record: Record, operand: str, cells: Cells) -> Cells:
        """The cells of a layer's dout on which these cells of the gradient of one of its inputs depend."""
        if operand in record.op.binarised:
            self.add(f"{record.inputs[operand].layer}.out", cells)
        use = uses(record, operand, self.open_cells(record, operand, cells), self.example)
        passes = np.ones(len(use.out), np.bool_) if use.slope is None else use.slope != 0
        above = union(use.out[passes], size(out_shape(record)))
        self.add(f"{record.layer}.dout", above)
        if use.w is not None:
            self.add(operand_of(record, "w").name, union(use.w, record.params["w"].size))
        return above

    def gradients_below(self, layer: str, cells: Cells) -> None:
        """The cells that depend on these cells of a layer's dout, down to the gradients of the pixels."""
        reached = {layer: cells}
        for record in reversed(self.trace.records):
            if record.layer not in reached:
                continue
            cells = reached[record.layer]
            for name, read in cells_read(record, cells, self.example).items():
                if name in record.params:
                    passed = self.open_cells(record, name, read)
                    self.add(f"{record.layer}.d{name}", passed)
                    self.update_above(record, name, f"d{name}", passed)
            for name, source in record.inputs.items():
                below = open_cells(record, name, cells, self.example)
                for gradient in gradient_names(record, name):
                    self.add(gradient, below)
                _reach(reached, source.layer, below)

    def update_below(self, record: Record, here: Place) -> None:
        """The cells that a cell of an update depends on: its gradient, its slots, its old value."""
        name, layer = here.parameter, record.layer
        wanted = [here.tensor.removesuffix(f"_{name}")]
        if here.role == "updated":
            self.add(f"{layer}.{name}", np.array([here.cell]))
            self.add(f"{layer}.delta_{name}", np.array([here.cell]))
            wanted = ["delta"]
        # The engine reads the gradient of a frozen parameter too; it changes nothing.
        found = ["gradient"]
        while wanted and name not in record.frozen:
            read = update_reads(self.optimizer, self.trace, record, name, wanted.pop())
            found += read
            wanted += [step for step in read if step in record.intermediates[name]]
        for step in found:
            self.add(tensor_name(layer, name, step), np.array([here.cell]))

    def update_above(self, record: Record, name: str, tensor: str, cells: Cells) -> None:
        """The tensors that depend on these cells of a gradient, slot or intermediate, up to the updated
        parameter."""
        moved = {f"{record.layer}.{tensor}"}
        for step in update_tensors(record, name):
            is_read = name in record.frozen or moved & {
                tensor_name(record.layer, name, read)
                for read in update_reads(self.optimizer, self.trace, record, name, step)
            }
            if is_read:
                moved.add(f"{record.layer}.{step}_{name}")
                self.add(f"{record.layer}.{step}_{name}", cells)
        self.add(f"{record.layer}.new_{name}", cells)

    def loss_below(self, here: Place) -> None:
        """The cells that a cell of the loss depends on, down to the pixels."""
        reads, out = self.loss_reads(here.tensor, here.cell), [np.empty(0, np.intp)]
        for name, cells in reads.items():
            if name == "out":
                out.append(cells)
                continue
            self.add(f"loss.{name}", cells)
            out += [self.loss_reads(name, cell)["out"] for cell in cells.tolist()]
        last = self.trace.records[-1]
        below = union(np.concatenate(out), len(self.trace.loss.out))
        self.add(f"{last.layer}.out", below)
        self.values_below(last.layer, below)

    def loss_reads(self, tensor: str, cell: int) -> Mapping[str, Cells]:
        return self.loss.reads(tensor, cell, self.trace.loss, self.example)

    def loss_readers(self, tensor: str, operand: str, cells: Cells) -> Cells:
        """The cells of a tensor of the loss, or of dout, that read any of these cells of an operand."""
        count = 1 if tensor == "loss" else len(self.trace.loss.out)
        reads = [self.loss_reads(tensor, k).get(operand, ()) for k in range(count)]
        return np.flatnonzero([np.isin(read, cells).any() for read in reads])

    def add(self, name: str, cells: Cells) -> None:
        """Collect these cells. A tensor without cells is left out."""
        if len(cells):
            self.found[name] = np.union1d(self.found[name], cells) if name in self.found else cells


def _reach(reached: dict[str, Cells], layer: str, cells: Cells) -> None:
    """Add cells of a layer to those that the walk has reached."""
    reached[layer] = np.union1d(reached[layer], cells) if layer in reached else cells
