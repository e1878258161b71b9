"""An update from close by: what its optimizer made one cell from, and which cells that reads."""

from collections.abc import Iterator

from server.nn.factors import Expression
from server.nn.optimizers import SGD, Optimizer, UpdateInputs
from server.nn.records import Record, Trace

PLAIN = SGD(1.0)
"""An optimizer that keeps nothing and computes nothing on its way to a change."""
BEFORE = "old_"
"""Before the name of a slot: as it was before the update."""


def tensor_name(layer: str, parameter: str, name: str) -> str:
    """What the stage calls a tensor that an optimizer calls "gradient", "parameter", "m" or "old_m"."""
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


def reads(optimizer: Optimizer, trace: Trace, record: Record, parameter: str, tensor: str) -> tuple[str, ...]:
    """Which of the update's tensors a cell of one of them is made from: always the cell at the same place."""
    told = expression(optimizer, trace, record, parameter, 0, tensor)
    return tuple(dict.fromkeys(factor.tensor for term in told.terms for factor in term if factor.tensor))


def made(record: Record, parameter: str) -> Iterator[str]:
    """What an update computes of a parameter, in order; nothing but the change where it is held fixed."""
    yield from record.intermediates.get(parameter, ())
    yield "delta"
