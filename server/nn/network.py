"""A network: layers with their names and shapes, checked before anything is computed."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from server.nn.arrays import Shape, shape_text, size
from server.nn.losses import Loss
from server.nn.ops import Op, ShapeError
from server.nn.ops.capabilities import SkipReader, Stateful

MAX_PARAMETERS = 500_000
MAX_CELLS = 2_000_000


class SkipError(ShapeError):
    """The second input of a layer does not exist, or has another shape."""


class TooBig(ShapeError):
    """A layer fits, but its network exceeds a limit."""


@dataclass(frozen=True, slots=True)
class Layer:
    """An op and its place in a network. `previous` and `skip` name the layers, or "input", that it reads.

    Shapes are those of one example. `signed` is True when the output can be negative. `frozen` parameters
    have gradients, but no update moves them.
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
        """The names of the layers, or "input", that it reads: "x", and "skip" where it has a second input."""
        return {"x": self.previous} if self.skip is None else {"x": self.previous, "skip": self.skip}

    @property
    def param_shapes(self) -> Mapping[str, Shape]:
        """The shape of each parameter, by name."""
        return self.op.param_shapes(self.in_shape)

    @property
    def saved_shapes(self) -> Mapping[str, Shape]:
        """The shape of each saved array of one example, by name."""
        return self.op.saved_shapes(self.in_shape)

    @property
    def running_shapes(self) -> Mapping[str, Shape]:
        """The shape of each array kept from batch to batch, by name."""
        return self.op.running_shapes(self.in_shape) if isinstance(self.op, Stateful) else {}

    @property
    def parameters(self) -> int:
        """The number of parameters of the layer."""
        return sum(map(size, self.param_shapes.values()))

    @property
    def products(self) -> int:
        """The number of input cells that all output cells of one example read."""
        return size(self.out_shape) * self.op.fan_in(self.in_shape)

    def iteration_bytes(self, batch_size: int, itemsize: int, kept: int = 0) -> int:
        """The memory in bytes of this layer in the trace of an iteration.

        Each activation has a gradient. Each parameter has a gradient, a change, a new value, and `kept`
        numbers of the optimizer. Each running array has a new value.
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
    def param_shapes(self) -> Mapping[str, Shape]:
        """The shape of each parameter of all layers, by its full name ("conv1.w")."""
        return {
            f"{layer.name}.{name}": shape
            for layer in self.layers
            for name, shape in layer.param_shapes.items()
        }

    @property
    def parameters(self) -> int:
        """The number of parameters of the network."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def forks(self) -> frozenset[str]:
        """The layers, or "input", that a skip connection reads beside the next layer."""
        return frozenset(layer.skip for layer in self.layers if layer.skip is not None)

    @property
    def cells(self) -> int:
        """The number of activations of one example."""
        return size(self.input_shape) + sum(size(layer.out_shape) for layer in self.layers)

    @property
    def products(self) -> int:
        """The number of products of a forward pass of one example."""
        return sum(layer.products for layer in self.layers)

    def example_bytes(self, itemsize: int, kept: int = 0) -> int:
        """The memory in bytes of all tensors of an iteration that belong to one example or to the parameters.

        `kept` is as in `Layer.iteration_bytes`. Integers count like floats.
        """
        layers = sum(layer.iteration_bytes(1, itemsize, kept) for layer in self.layers)
        of_input = 2 * size(self.input_shape)
        parts = sum(size(layer.in_shape) for layer in self.layers if layer.previous in self.forks)
        of_loss = 1 + len(self.loss.saved) * size(self.layers[-1].out_shape)
        return layers + itemsize * (of_input + parts + of_loss)

    def iteration_bytes(self, batch_size: int, itemsize: int, kept: int = 0) -> int:
        """The approximate memory in bytes of an iteration: its trace and its scratch memory.

        The scratch memory of a layer counts only beyond the gradients that are not computed yet.
        """
        layers = sum(layer.iteration_bytes(batch_size, itemsize, kept) for layer in self.layers)
        beside, later = 0, 0
        for layer in self.layers:
            beside = max(beside, layer.op.scratch(layer.in_shape, batch_size, itemsize) - later)
            # The gradients of the inputs up to here are computed later.
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
    """The network of these ops, whose loss compares `targets` outputs.

    `frozen` names the parameters held fixed ("dense.b"); unknown names are ignored. Raises ShapeError, naming
    the layer, when a layer does not fit or is too big.
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
    """The layers of `build` one by one, until the first that does not fit raises ShapeError."""
    layers: list[Layer] = []
    outputs = [Output("input", input_shape, input_signed)]
    for number, (name, op) in enumerate(zip(names(ops), ops, strict=True)):
        previous, shape, signed = outputs[-1]
        try:
            out_shape = op.out_shape(shape)
            skip = _skip(op, outputs) if isinstance(op, SkipReader) else None
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
    """The output of a layer, for the layers after it."""

    layer: str
    shape: Shape
    signed: bool


def _skip(op: SkipReader, outputs: Sequence[Output]) -> Output:
    """The second input of an op, from the `outputs` so far.

    Raises SkipError, with a sentence without its subject, when there is none that fits.
    """
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
    return _numbered([op.stem for op in ops], "")


def titles(ops: Sequence[Op]) -> Iterator[str]:
    """A title for each layer, for readers: its op's title, numbered from 1 where it occurs more than once."""
    return _numbered([op.title for op in ops], " ")


def _numbered(words: Sequence[str], space: str) -> Iterator[str]:
    total = Counter(words)
    seen: Counter[str] = Counter()
    for word in words:
        seen[word] += 1
        yield word if total[word] == 1 else f"{word}{space}{seen[word]}"


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
