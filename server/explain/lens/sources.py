"""The engine's code that made a tensor, run again under the tracer for the same batch."""

from dataclasses import replace

from server.explain.lens.loop_calls import gradient_operand
from server.explain.lens.tracer import Listing, Note, execute, listing, listings
from server.explain.place import Place
from server.explain.tensors import RENEWED
from server.nn import step
from server.nn.arrays import Array
from server.nn.network import Network
from server.nn.ops.capabilities import Stateful
from server.nn.optimizers import Optimizer
from server.nn.records import Record, Trace


def source_listings(
    network: Network,
    optimizer: Optimizer,
    trace: Trace,
    record: Record | None,
    here: Place,
    dout: Array | None,
) -> tuple[Listing, ...]:
    """The code that made the tensor, run again for this batch."""
    if here.name == "input.out":
        return (_input_listing(network, trace),)
    if here.role in ("delta", "step"):
        return _change_listings(optimizer, trace, here)
    if here.layer == "loss" or here.name == f"{trace.records[-1].layer}.dout":
        made = execute(network.loss.forward, trace.loss.out, trace.loss.targets)
        tensor = "dout" if here.role == "dout" else here.tensor
        found = made.result
        arrays = {**found.saved, "loss": found.losses, "dout": found.dout}
        return listings(made, arrays[tensor])
    assert record is not None
    if here.role == "renewed":
        assert isinstance(record.op, Stateful)
        made = execute(record.op.renew, record.running, record.saved)
        renewed = made.result
        return listings(made, renewed[here.tensor.removeprefix(RENEWED)], _result_notes(renewed))
    if here.role in ("out", "saved"):
        given = {name: record.saved[name] for name in record.op.drawn}
        if record.skip is not None:
            given["skip"] = record.skip.x
        made = execute(record.op.forward, record.x, record.params, given)
        out, saved = made.result
        return listings(
            made, saved[here.tensor] if here.role == "saved" else out, _result_notes({"out": out, **saved})
        )
    made = execute(record.op.backward, dout, record.x, record.params, record.saved)
    dx, dparams = made.result
    results = _result_notes({"dx": dx, **{f"d{name}": array for name, array in dparams.items()}})
    return listings(made, {"x": dx, **dparams}[gradient_operand(record, here)], results)


def _input_listing(network: Network, trace: Trace) -> Listing:
    """The forward pass up to the first layer. The lit line receives the batch."""
    first = network.layers[0]
    state = step.State(trace.iteration, {first.name: trace.records[0].params})
    drawn = trace.drawn(str(trace.x.dtype))
    made = execute(step.forward, replace(network, layers=(first,)), state, trace.x, drawn)
    return listing(made, (made.code.co_firstlineno,))


def _change_listings(optimizer: Optimizer, trace: Trace, here: Place) -> tuple[Listing, ...]:
    """The lines of the optimizer or, for a frozen parameter, of the engine."""
    record, name, scale = here.record, here.parameter, optimizer.scale(trace.norm)
    assert record is not None
    if name in record.frozen:
        old, number = record.slots.get(name, {}), trace.iteration + 1
        made = execute(
            step.change,
            record.params[name],
            record.dparams[name],
            True,
            old,
            optimizer,
            trace.learning_rate,
            number,
            scale,
        )
        return listings(made, made.result[0])
    w, dw = record.params[name], record.dparams[name]
    if here.tensor == f"g_{name}":
        made = execute(optimizer.gradient, w, dw, scale)
        return listings(made, made.result)
    g, slots = record.intermediates[name].get("g", dw), record.slots.get(name, {})
    made = execute(optimizer.update, w, g, slots, trace.learning_rate, trace.iteration + 1)
    delta, steps = made.result
    wanted = {**steps, "delta": delta}[here.tensor.removesuffix(f"_{name}")]
    return listings(made, wanted, _result_notes({**steps, "delta": delta}))


def _result_notes(arrays: dict[str, Array]) -> tuple[Note, ...]:
    return tuple(Note.of_array(name, array.shape) for name, array in arrays.items())
