"""The update of one cell: the expression that the optimizer computes, and the tensors that it reads."""

from collections.abc import Iterator

from server.nn.factors import Expression
from server.nn.optimizers import SGD, Optimizer, UpdateInputs
from server.nn.records import Record, Trace

PLAIN = SGD(1.0)
"""An optimizer without slots and intermediates."""
BEFORE = "old_"
"""The prefix of a slot's name for its value before the update."""


def tensor_name(layer: str, parameter: str, name: str) -> str:
    """The name on the stage of a tensor that an optimizer calls "gradient", "parameter", "m" or "old_m"."""
    kinds = {"gradient": f"d{parameter}", "parameter": parameter}
    return f"{layer}.{kinds.get(name, f'{name}_{parameter}')}"


def expression(
    optimizer: Optimizer, trace: Trace, record: Record, parameter: str, cell: int, tensor: str
) -> Expression:
    """One cell of an intermediate, or of "delta", of a parameter that is not held fixed."""
    arrays = {
        "parameter": record.params[parameter],
        "gradient": record.dparams[parameter],
        **record.intermediates[parameter],
        **{f"{BEFORE}{slot}": array for slot, array in record.slots.get(parameter, {}).items()},
    }
    inputs = UpdateInputs(
        cells={name: float(array.ravel()[cell]) for name, array in arrays.items()},
        learning_rate=float(record.params[parameter].dtype.type(trace.learning_rate)),
        number=trace.iteration + 1,
        scale=optimizer.scale(trace.norm),
        norm=trace.norm,
    )
    return optimizer.expression(tensor, inputs)


def update_reads(
    optimizer: Optimizer, trace: Trace, record: Record, parameter: str, tensor: str
) -> tuple[str, ...]:
    """The tensors of the update that one of them reads, in the optimizer's names. A cell reads its own index
    only."""
    told = expression(optimizer, trace, record, parameter, 0, tensor)
    return tuple(dict.fromkeys(factor.tensor for term in told.terms for factor in term if factor.tensor))


def update_tensors(record: Record, parameter: str) -> Iterator[str]:
    """The tensors that an update computes for a parameter, in order; for a frozen parameter the change
    alone."""
    yield from record.intermediates.get(parameter, ())
    yield "delta"
