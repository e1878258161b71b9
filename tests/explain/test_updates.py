"""The update, for every optimizer: dependencies against brute force, micro-steps, formulas, replays."""

import numpy as np
import pytest

from server.explain.catalogue import catalogue
from server.explain.dependencies import dependencies
from server.explain.explanation import explain
from server.explain.gradient_path import gradient_path
from server.explain.micro_step import micro_step
from server.explain.place import place
from server.explain.tensors import UnknownTensor, tensor
from server.explain.timeline import find, segments
from server.nn.arrays import Array
from server.nn.network import Network, build
from server.nn.nonfinite import first_nonfinite
from server.nn.ops import Dense
from server.nn.optimizers import SGD, Adam, AdamW, Momentum, Optimizer, RMSProp
from server.nn.records import Record, Trace
from server.recipe.plan import plan
from server.run.history import History
from tests.cases import every_optimizer
from tests.explain.test_formulas import text
from tests.networks import LOSS, recipe, traced


def network() -> Network:
    return build([Dense(3), Dense(2)], (2,), True, LOSS, 2)


def updated_with(
    optimizer: Optimizer, trace: Trace, record: Record, arrays: dict[str, Array]
) -> dict[str, Array]:
    """The tensors of the update of "w", computed with `arrays` in place of those of the trace."""
    w, dw = arrays.get("parameter", record.params["w"]), arrays.get("gradient", record.dparams["w"])
    slots = {slot: arrays.get(f"old_{slot}", array) for slot, array in record.slots["w"].items()}
    g = optimizer.gradient(w, dw, optimizer.scale(trace.norm))
    delta, steps = optimizer.update(w, g, slots, trace.learning_rate, trace.iteration + 1)
    return {**({} if g is dw else {"g": g}), **steps, "delta": delta}


@every_optimizer
def test_the_cells_that_change_with_a_cell_are_its_influences(optimizer: Optimizer) -> None:
    trace = traced(network(), 2, optimizer=optimizer, before=2)
    record = trace.records[0]
    given = {"gradient": record.dparams["w"]}
    if optimizer.slots:
        given |= {f"old_{slot}": array for slot, array in record.slots["w"].items()}
    else:
        record = record._replace(slots={"w": {}})
    unchanged = updated_with(optimizer, trace, record, {})
    for name, array in given.items():
        shifted = array.copy()
        shifted[1, 0] += 1e-4
        changed = updated_with(optimizer, trace, record, {name: shifted})
        expected = {step for step, array in changed.items() if array[1, 0] != unchanged[step][1, 0]}
        tensor_name = "dense1.dw" if name == "gradient" else f"dense1.{name}_w"
        found = dependencies(LOSS, optimizer, trace, tensor_name, 2, 0).influences
        assert all(cells.tolist() == [2] for cells in found.values())
        found_steps = {key.partition(".")[2].removesuffix("_w") for key in found} - {"new"}
        assert found_steps >= expected
        # A gradient that is clipped at its limit, or has weight 0 in the mean, influences nothing.
        if optimizer.clip_value is None and getattr(optimizer, "beta1", 1):
            assert found_steps == expected
        for step in expected:
            back = dependencies(LOSS, optimizer, trace, f"dense1.{step}_w", 2, 0).inputs
            assert back[tensor_name].tolist() == [2]


@every_optimizer
def test_a_step_of_an_update_reads_and_writes_one_cell_of_each_tensor(optimizer: Optimizer) -> None:
    trace = traced(network(), 2, optimizer=optimizer, before=1)
    segment = find(segments(network(), optimizer), "update", "dense2", "delta_w")
    seen = micro_step(LOSS, optimizer, trace, segment, 4, 0)
    assert set(seen.writes) == set(segment.writes)
    assert {"dense2.dw", *(f"dense2.old_{slot}_w" for slot in optimizer.slots)} <= set(seen.reads)
    assert set(seen.reads) <= {info.name for info in catalogue(network(), optimizer)} - set(segment.writes)
    assert all(cells.tolist() == [4] for cells in (*seen.reads.values(), *seen.writes.values()))


@every_optimizer
def test_the_trace_has_every_tensor_of_the_catalogue_with_its_shape_and_sign(optimizer: Optimizer) -> None:
    trace = traced(network(), 2, optimizer=optimizer, before=2)
    for info in catalogue(network(), optimizer):
        array = tensor(trace, info.name, 0)
        assert array.shape == info.shape
        assert not array.flags.writeable
        assert info.signed or (array >= 0).all()
        assert (place(trace, info.name, 0, 0).parameter or None) == info.parameter
        if info.lane == "before":
            assert place(trace, info.name, 0, 0).role == "slot"
    with pytest.raises(UnknownTensor):
        tensor(trace, "dense1.q_w", 0)


@every_optimizer
def test_a_gradient_path_ends_with_the_update_of_the_optimizer(optimizer: Optimizer) -> None:
    trace = traced(network(), 2, optimizer=optimizer, before=1)
    found = gradient_path(optimizer, trace, "dense1", "w", 1, 0)
    assert explain(LOSS, optimizer, trace, "dense1.delta_w", 1, 0).words in found.words


@pytest.mark.parametrize(
    ("optimizer", "name", "symbols"),
    [
        (Momentum(0.1), "velocity_w", "μ·old velocity[0,1]+dw[0,1]"),
        (Momentum(0.1), "delta_w", "−η·velocity[0,1]"),
        (RMSProp(0.1), "v_w", "α·old v[0,1]+(1−α)·dw[0,1]·dw[0,1]"),
        (RMSProp(0.1), "step_w", "η / √(v[0,1])+ε"),
        (Adam(0.1), "m_w", "β1·old m[0,1]+(1−β1)·dw[0,1]"),
        (Adam(0.1), "m_hat_w", "1/(1−β1^t)·m[0,1]"),
        (Adam(0.1), "step_w", "η / √(v̂[0,1])+ε"),
        (Adam(0.1), "delta_w", "−step[0,1]·m̂[0,1]"),
        (AdamW(0.1), "delta_w", "−step[0,1]·m̂[0,1]−η·decay·w[0,1]"),
        (SGD(0.1, l2=0.1, l1=0.2), "g_w", "dw[0,1]+l2·w[0,1]+l1·sign(w[0,1])"),
        (SGD(0.1, clip_norm=0.2), "g_w", "clip·dw[0,1]"),
        (SGD(0.1, clip_norm=0.2), "delta_w", "−η·g[0,1]"),
    ],
)
def test_formulas_have_the_symbols_of_the_papers(optimizer: Optimizer, name: str, symbols: str) -> None:
    trace = traced(network(), 2, optimizer=optimizer, before=1)
    found = explain(LOSS, optimizer, trace, f"dense1.{name}", 1, 0)
    assert text(found.symbols) == f"dense1.{name}[0,1]={symbols}"


@pytest.mark.parametrize(
    ("optimizer", "words"),
    [
        ({"clip_norm": 1e-3}, "scaled down alike"),
        ({"clip_norm": 1e3}, "stay as they are"),
        ({"clip_value": 1e-9}, "size is more than"),
        ({"clip_value": 1e3}, "size is not more than"),
    ],
)
def test_the_explanation_of_clipping_says_whether_the_gradient_is_clipped(
    optimizer: dict[str, float], words: str
) -> None:
    sgd = SGD(0.1, **optimizer)
    trace = traced(network(), 2, optimizer=sgd)
    assert words in explain(LOSS, sgd, trace, "dense1.g_w", 1, 0).words


def adam_history(**fields: object) -> History:
    return History(plan(recipe(optimizer={"kind": "adam", "learning_rate": 0.01, **fields})))


def test_a_replay_restores_the_slots_bit_for_bit() -> None:
    history = adam_history(clip_norm=1.0)
    history.advance(12)
    first = {number: history.trace(number) for number in (3, 11)}
    last = history.state(12)
    fresh = adam_history(clip_norm=1.0)
    fresh.advance(12)
    fresh.forget()
    for number, trace in first.items():
        for (name, one), (_, other) in zip(trace.computed(), fresh.trace(number).computed(), strict=True):
            assert one.tobytes() == other.tobytes(), name
    for layer, of in last.slots.items():
        for name, slots in of.items():
            for slot, array in slots.items():
                assert array.tobytes() == fresh.state(12).slots[layer][name][slot].tobytes()
                assert array.any()


def test_a_branch_goes_on_from_the_slots_of_its_parent() -> None:
    history = adam_history()
    history.advance(8)
    edit = {"kind": "learning_rate", "iteration": 5, "value": 0.5}
    fields = {"kind": "adam", "learning_rate": 0.01}
    branch = History(plan(recipe(optimizer=fields, edits=[edit])), history)
    branch.advance(1)
    at = branch.trace(5)
    assert at.learning_rate == 0.5
    for record in at.records:
        for name, slots in record.slots.items():
            for slot, array in slots.items():
                kept = history.trace(4).records[[r.layer for r in at.records].index(record.layer)]
                np.testing.assert_array_equal(array, kept.intermediates[name][slot])


def test_old_values_link_to_the_update_that_wrote_them() -> None:
    history = adam_history()
    history.advance(3)
    optimizer, layer = history.plan.recipe.optimizer, history.trace(0).records[-1].layer
    for kind in ("w", "b", "old_m_w", "old_v_b"):
        name = f"{layer}.{kind}"
        assert explain(LOSS, optimizer, history.trace(0), name, 0, 0).earlier is None
        for number in (1, 2):
            earlier = explain(LOSS, optimizer, history.trace(number), name, 0, 0).earlier
            assert earlier is not None
            np.testing.assert_array_equal(
                tensor(history.trace(number - 1), earlier, 0), tensor(history.trace(number), name, 0)
            )
    assert explain(LOSS, optimizer, history.trace(2), f"{layer}.m_w", 0, 0).earlier is None


def test_a_slot_that_overflows_is_found() -> None:
    history = adam_history()
    history.advance(1)
    state, trace = history.state(1), history.trace(0)
    assert first_nonfinite(trace, state) is None
    record = trace.records[-1]
    v = record.intermediates["w"]["v"]
    v.setflags(write=True)
    v[0, 0] = np.inf
    assert first_nonfinite(trace, state) == f"{record.layer}.v_w"
