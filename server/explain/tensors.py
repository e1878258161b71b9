"""The tensors of one iteration by name."""

import difflib
from collections.abc import Iterator, Sequence

from server.errors import Refusal
from server.explain.updates import BEFORE
from server.nn.arrays import Array
from server.nn.records import Record, Trace
from server.recipe.quoting import shortened

RENEWED = "new_"
"""The prefix of the name of a running array for its value after the batch."""


class UnknownTensor(Refusal):
    """A tensor that a run does not have. The message gives the closest names."""

    field = "names"


class UnknownExample(Refusal):
    """An example that a batch does not have."""

    field = "example"


class UnknownCell(Refusal):
    """A cell that a tensor does not have."""

    field = "cell"


class UnknownLayer(Refusal):
    """A layer that a run does not have. The message gives the names of its layers."""

    field = "layer"


class UnknownParameter(Refusal):
    """A parameter that a layer does not have."""

    field = "parameter"


def tensor(trace: Trace, name: str, example: int) -> Array:
    """A tensor of an iteration, read-only, without the batch axis.

    Tensors with a batch axis give slot `example` of the batch; parameters, their gradients and their updates
    have no such axis. Beside the names of the catalogue, "<layer>.x" is the out of the previous layer,
    "<layer>.dx" the gradient that this layer passes to it, "<layer>.skip" and "<layer>.dskip" the same for a
    skip connection. Raises UnknownTensor, UnknownExample.
    """
    return read_tensors(trace, (name,), example)[0]


def read_tensors(trace: Trace, names: Sequence[str], example: int) -> list[Array]:
    """Several tensors, each as `tensor` returns it. Raises UnknownTensor, UnknownExample."""
    check_example(trace, example)
    of_examples = dict(_example_tensors(trace))
    of_batch = {**dict(_shared_tensors(trace)), **dict(_learned_tensors(trace))}
    first = trace.records[0]

    def found(name: str) -> Array:
        # The engine computes the gradient of the input on request only.
        if name == "input.dout":
            return trace.dx[..., example]
        if name == f"{first.layer}.dx":
            return first.dx[..., example]
        if name in of_batch:
            return of_batch[name]
        if name not in of_examples:
            raise unknown_tensor(name, ["input.dout", *of_examples, *of_batch])
        if name == "loss.loss":
            return of_examples[name][example : example + 1]
        return of_examples[name][..., example]

    return [found(name) for name in names]


def trace_of(trace: Trace, name: str) -> Trace:
    """The trace that a tensor was computed in, which explains it.

    This is `trace`, but for parameters, their gradients and updates, and running arrays in a separate pass:
    these belong to the iteration that was learned from.
    """
    return trace.learned if trace.learned is not None and is_learned(trace, name) else trace


def is_learned(trace: Trace, name: str) -> bool:
    """True for the tensors that no single example has: parameters, their gradients and updates, and running
    arrays."""
    return name in dict(_learned_tensors(trace))


def record_of(trace: Trace, layer: str) -> Record:
    """The record of a layer. Raises UnknownLayer."""
    for record in trace.records:
        if record.layer == layer:
            return record
    known = ", ".join(record.layer for record in trace.records)
    raise UnknownLayer(f'There is no layer "{shortened(layer)}"; the layers are: {known}.')


def unknown_tensor(name: str, names: Sequence[str]) -> UnknownTensor:
    """The error for a name that is not among `names`. Its message gives the closest ones."""
    close = difflib.get_close_matches(shortened(name), names, n=3) or names
    return UnknownTensor(f'There is no tensor "{shortened(name)}"; did you mean {" or ".join(close)}?')


def check_example(trace: Trace, example: int) -> None:
    """Raise UnknownExample unless the batch of the iteration has this slot."""
    if not 0 <= example < trace.examples.size:
        raise UnknownExample(
            f"Iteration {trace.iteration}'s batch has no example {example}; "
            f"the last one is {trace.examples.size - 1}."
        )


def _example_tensors(trace: Trace) -> Iterator[tuple[str, Array]]:
    yield "input.out", trace.x
    for record in trace.records:
        saved = {name: array for name, array in record.saved.items() if name not in record.op.shared}
        arrays = {"x": record.x, "out": record.out, **saved, "dout": record.dout}
        if record.previous != "input":
            arrays["dx"] = record.dx
        if record.skip is not None:
            arrays |= {"skip": record.skip.x, "dskip": record.skip.dx}
        for name, array in arrays.items():
            yield f"{record.layer}.{name}", array
    for name, array in trace.loss.saved.items():
        yield f"loss.{name}", array
    yield "loss.loss", trace.loss.losses


def _shared_tensors(trace: Trace) -> Iterator[tuple[str, Array]]:
    for record in trace.records:
        for name in record.op.shared:
            yield f"{record.layer}.{name}", record.saved[name]


def _learned_tensors(trace: Trace) -> Iterator[tuple[str, Array]]:
    for record in trace.records:
        for name, array in record.running.items():
            yield f"{record.layer}.{name}", array
            yield f"{record.layer}.{RENEWED}{name}", record.renewed[name]
        for name in record.params:
            yield f"{record.layer}.{name}", record.params[name]
            yield f"{record.layer}.d{name}", record.dparams[name]
            for step, array in record.intermediates.get(name, {}).items():
                yield f"{record.layer}.{step}_{name}", array
            for slot, array in record.slots.get(name, {}).items():
                yield f"{record.layer}.{BEFORE}{slot}_{name}", array
            yield f"{record.layer}.delta_{name}", record.deltas[name]
            yield f"{record.layer}.new_{name}", record.updated[name]
