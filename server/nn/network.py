"""A network: layers with their names and shapes, checked before anything is computed."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from server.nn.arrays import Shape, shape_text, size
from server.nn.losses import Loss
from server.nn.ops import Op, ShapeError
from server.nn.ops.capabilities import Stateful

MAX_PARAMETERS = 500_000
MAX_CELLS = 2_000_000


class SkipError(ShapeError):
    """What a layer should add to its input is not there, or has another shape."""


class TooBig(ShapeError):
    """A layer fits, but makes its network larger than any may be."""


@dataclass(frozen=True, slots=True)
class Layer:
    """An op in its place, after the layer named `previous`, or "input"; it may read another, `skip`, too.

    Shapes are those of one example; `signed` says whether its output can be negative. The `frozen` of its
    parameters are held fixed: they have gradients, but no update moves them.
    """

    name: str
    op: Op
    previous: str
    in_shape: Shape
    out_shape: Shape
    signed: bool
    frozen: frozenset[str] = frozenset()
    skip: str | None = None

    @property
    def inputs(self) -> dict[str, str]:
        """The layers, or "input", that it reads: as "x", and as "skip" where it has a second input."""
        return {"x": self.previous} if self.skip is None else {"x": self.previous, "skip": self.skip}

    @property
    def param_shapes(self) -> Mapping[str, Shape]:
        return self.op.param_shapes(self.in_shape)

    @property
    def saved_shapes(self) -> Mapping[str, Shape]:
        return self.op.saved_shapes(self.in_shape)

    @property
    def running_shapes(self) -> Mapping[str, Shape]:
        return self.op.running_shapes(self.in_shape) if isinstance(self.op, Stateful) else {}

    @property
    def parameters(self) -> int:
        """How many numbers this layer learns."""
        return sum(map(size, self.param_shapes.values()))

    @property
    def products(self) -> int:
        """How many input cells all output cells of one example read in all."""
        return size(self.out_shape) * self.op.fan_in(self.in_shape)

    def iteration_bytes(self, batch_size: int, itemsize: int, kept: int = 0) -> int:
        """What an iteration's trace keeps of this layer.

        Each activation has a gradient, each parameter a gradient, a change and a new value, and `kept` more
        numbers of its optimizer's; what the layer keeps from batch to batch has a new value.
        """
        saved = {name: size(shape) for name, shape in self.saved_shapes.items()}
        shared = sum(saved.pop(name) for name in self.op.shared)
        running = 2 * sum(map(size, self.running_shapes.values()))
        of_example = 2 * size(self.out_shape) + sum(saved.values())
        return itemsize * (batch_size * of_example + shared + running + (4 + kept) * self.parameters)


@dataclass(frozen=True, slots=True)
class Network:
    """Layers in order, from inputs of `input_shape`, (C, H, W) or (D,), to the loss."""

    input_shape: Shape
    input_signed: bool
    layers: tuple[Layer, ...]
    loss: Loss

    @property
    def parameters(self) -> int:
        """How many numbers the network learns."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def forks(self) -> frozenset[str]:
        """The layers, or "input", that a skip connection reads, as the layer after them does."""
        return frozenset(layer.skip for layer in self.layers if layer.skip is not None)

    @property
    def cells(self) -> int:
        """How many activations one example has."""
        return size(self.input_shape) + sum(size(layer.out_shape) for layer in self.layers)

    @property
    def products(self) -> int:
        """How many input cells all output cells of one example read in all: the work of a forward pass."""
        return sum(layer.products for layer in self.layers)

    def iteration_bytes(self, batch_size: int, itemsize: int, kept: int = 0) -> int:
        """About what an iteration takes: its trace, and what one of its passes needs beside what of the trace
        is there by then."""
        layers = sum(layer.iteration_bytes(batch_size, itemsize, kept) for layer in self.layers)
        beside, later = 0, 0
        for layer in self.layers:
            beside = max(beside, layer.op.scratch(layer.in_shape, batch_size, itemsize) - later)
            # Gradients of the inputs up to here come after those of the layers behind.
            later += itemsize * batch_size * size(layer.in_shape)
        return layers + beside + itemsize * batch_size * 2 * size(self.input_shape)


def build(
    ops: Sequence[Op],
    input_shape: Shape,
    input_signed: bool,
    loss: Loss,
    targets: int,
    frozen: Collection[str] = (),
) -> Network:
    """The network that these ops make, whose loss compares so many `targets`.

    `frozen` names the parameters held fixed ("dense.b"); names of none are left alone. ShapeError, naming the
    layer, when one does not fit or is too big.
    """
    layers = tuple(placed(ops, input_shape, input_signed, loss, targets, frozen))
    return Network(input_shape, input_signed, layers, loss)


def placed(
    ops: Sequence[Op],
    input_shape: Shape,
    input_signed: bool,
    loss: Loss,
    targets: int,
    frozen: Collection[str] = (),
) -> Iterator[Layer]:
    """The layers of `build` one by one, until the ShapeError of the one that does not fit."""
    layers: list[Layer] = []
    outputs = [Output("input", input_shape, input_signed)]
    for number, (name, op) in enumerate(zip(names(ops), ops, strict=True)):
        previous, shape, signed = outputs[-1]
        try:
            out_shape = op.out_shape(shape)
            skip = _skip(op, outputs) if op.back else None
        except SkipError as error:
            raise SkipError(f"{name} ({op}) {error}", number) from None
        except ShapeError as error:
            raise ShapeError(f"{name} ({op}) {error}", number) from None
        held = frozenset(key for key in op.param_shapes(shape) if f"{name}.{key}" in frozen)
        out_signed = op.signed(signed or (skip is not None and skip.signed))
        layers.append(Layer(name, op, previous, shape, out_shape, out_signed, held, skip and skip.layer))
        outputs.append(Output(name, out_shape, out_signed))
        _check_size(Network(input_shape, input_signed, tuple(layers), loss), number)
        if number == len(ops) - 1:
            try:
                loss.check(out_shape, targets)
            except ShapeError as error:
                raise ShapeError(f"{name} ({op}) {error}", number) from None
        yield layers[-1]


class Output(NamedTuple):
    """What a layer gives to those after it."""

    layer: str
    shape: Shape
    signed: bool


def _skip(op: Op, outputs: Sequence[Output]) -> Output:
    """What an op reads beside the last of the `outputs` so far. SkipError, a sentence from "got" on."""
    *earlier, last = outputs
    fitting = [output.layer for output in earlier if output.shape == last.shape]
    those = f"what has it is {' or '.join(fitting)}" if fitting else "no layer that far back has it"
    if op.back > len(outputs):
        raise SkipError(
            f"reaches back beyond the input: it can add the output of an earlier layer that has the shape of "
            f"what it got, {shape_text(last.shape)}; {those}."
        )
    skip = outputs[-op.back]
    if skip.shape != last.shape:
        raise SkipError(
            f"got {shape_text(last.shape)} and cannot add the output of {skip.layer} to it, which is "
            f"{shape_text(skip.shape)}: both need the same shape; {those}."
        )
    return skip


def names(ops: Sequence[Op]) -> Iterator[str]:
    """A name for each layer: its op's stem, numbered from 1 where the stem occurs more than once."""
    total = Counter(op.stem for op in ops)
    seen: Counter[str] = Counter()
    for op in ops:
        seen[op.stem] += 1
        yield op.stem if total[op.stem] == 1 else f"{op.stem}{seen[op.stem]}"


def _check_size(network: Network, number: int) -> None:
    for what, count, limit in (
        ("parameters", network.parameters, MAX_PARAMETERS),
        ("cells per example", network.cells, MAX_CELLS),
    ):
        if count > limit:
            layer = network.layers[number]
            raise TooBig(
                f"{layer.name} ({layer.op}) brings the network to {count:,} {what}; at most {limit:,} are "
                "allowed: use fewer filters or units, or a larger stride or pooling before it.",
                number,
            )
