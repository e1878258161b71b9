"""Every number equals the function of its explained terms, for every op and every tensor."""

import math
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings

from server.explain.catalogue import catalogue
from server.explain.explanation import Explanation, explain
from server.explain.micro_step import partial
from server.explain.tensors import UnknownCell, UnknownExample, UnknownTensor, tensor
from server.explain.timeline import UnknownMoment
from server.nn.losses import Loss
from server.nn.network import Network, build
from server.nn.ops import Activation, Dense
from server.nn.optimizers import Adam, Optimizer
from server.nn.records import Trace
from tests.cases import Case, convolutions, every_case, every_loss, every_optimizer, poolings
from tests.networks import LOSS, OPTIMIZER, network_of, small_network, traced

ALL = 10**6
TRACE = traced(small_network(), 3)
LAST = TRACE.records[-1].layer


def ask(
    trace: Trace,
    name: str,
    cell: int,
    example: int = 0,
    loss: Loss = LOSS,
    optimizer: Optimizer = OPTIMIZER,
    **page: object,
) -> Explanation:
    return explain(loss, optimizer, trace, name, cell, example, **page)


def follows(explanation: Explanation, trace: Trace = TRACE) -> float:
    """The value that the terms make, recomputed from the terms of the reply alone; of an activation, by the
    array form of the trace's op, where the explanation uses the scalar form."""
    values = [term.value for term in explanation.terms]
    total = math.fsum(values)
    match explanation.function:
        case "sum":
            return total
        case "softmax":
            return next(t.value for t in explanation.terms if t.factors[0].cell == explanation.cell) / total
        case "negative_log":
            return -math.log(total)
        case "root":
            return math.sqrt(total)
        case "quotient":
            return values[0] / math.fsum(values[1:])
        case "sign":
            return 1 if total >= 0 else -1
        case "argmax":
            return values.index(max(values))
        case "sigmoid" if explanation.name == "loss.probabilities":
            return 1 / (1 + math.exp(-total))
    layer = explanation.name.rpartition(".")[0]
    op = next(record.op for record in trace.records if record.layer == layer)
    assert isinstance(op, Activation)
    assert op.kind == explanation.function
    return float(op.value(np.array([total]))[0])


@lru_cache(maxsize=512)
def array_of(trace: Trace, name: str, example: int) -> np.ndarray:
    """A tensor of a trace, read once for all of its cells."""
    return tensor(trace, name, example)


def check_cell(
    trace: Trace, name: str, cell: int, example: int, loss: Loss, optimizer: Optimizer = OPTIMIZER
) -> None:
    explanation = ask(trace, name, cell, example, loss, optimizer, count=ALL, sort="order")
    value = array_of(trace, name, example).flat[cell]
    assert explanation.value == value
    assert explanation.words
    assert explanation.count == len(explanation.terms)
    if explanation.function == "given":
        assert (explanation.count, explanation.total) == (0, None)
        tensor_name = explanation.name.rpartition(".")[2]
        given = tensor_name in ("w", "b", "mask") or tensor_name.startswith(("old_", "running_"))
        assert name == "input.out" or given
        return
    assert follows(explanation, trace) == pytest.approx(value, rel=1e-9, abs=1e-12)
    for term in explanation.terms:
        product = math.prod(factor.value for factor in term.factors)
        assert math.isclose(term.value, product, rel_tol=1e-15, abs_tol=1e-12)
        for factor in term.factors:
            if factor.name is not None and "(" not in factor.symbol:  # the others are functions of their cell
                array = array_of(trace, factor.name, factor.example or 0)
                assert factor.value == array[factor.index] == array.flat[factor.cell]
    if explanation.function == "quotient":
        assert explanation.total is None
    elif explanation.function != "argmax":
        assert explanation.total == math.fsum(term.value for term in explanation.terms)
        assert abs(explanation.rounding) < 1e-9
    if explanation.shares:
        assert math.fsum(share.value for share in explanation.shares) == pytest.approx(value, abs=1e-12)
        for share in explanation.shares:
            own = [t.value for t in explanation.terms if t.factors[0].example == share.example]
            assert share.value == pytest.approx(math.fsum(own), abs=1e-15)


def check_everything(network: Network, batch: int) -> None:
    trace = traced(network, batch)
    for info in catalogue(network):
        for example in range(batch if info.scope == "example" else 1):
            for cell in range(int(np.prod(info.shape))):
                check_cell(trace, info.name, cell, example, network.loss)


@every_case
@pytest.mark.parametrize("batch", [1, 3])
def test_every_cell_of_every_op_equals_the_sum_of_its_terms(case: Case, batch: int) -> None:
    check_everything(network_of(case.op, case.shape), batch)


@every_loss
@pytest.mark.parametrize("batch", [1, 3])
def test_every_cell_of_every_loss_equals_the_sum_of_its_terms(loss: Loss, batch: int) -> None:
    check_everything(build([Dense(3)], (4,), True, loss, 3), batch)


@pytest.mark.parametrize("batch", [1, 3])
def test_every_cell_of_a_whole_network_equals_the_sum_of_its_terms(batch: int) -> None:
    check_everything(small_network(), batch)


@settings(max_examples=25)
@given(convolutions())
def test_every_cell_of_any_convolution_equals_the_sum_of_its_terms(case: Case) -> None:
    check_everything(network_of(case.op, case.shape), min(case.batch, 2))


@settings(max_examples=25)
@given(poolings())
def test_every_cell_of_any_pooling_equals_the_sum_of_its_terms(case: Case) -> None:
    check_everything(network_of(case.op, case.shape), min(case.batch, 2))


@every_optimizer
@pytest.mark.parametrize("before", [0, 3])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_cell_of_every_update_equals_the_sum_of_its_terms(
    optimizer: Optimizer, before: int, dtype: str
) -> None:
    network = build([Dense(3), Dense(2)], (2,), True, LOSS, 2, frozen={"dense2.w"})
    trace = traced(network, 2, dtype, optimizer=optimizer, before=before)
    infos = [info for info in catalogue(network, optimizer) if info.scope != "example"]
    assert {info.tensor for info in infos if info.layer == "dense1"} >= {
        f"{step}_{name}" for step in optimizer.intermediates for name in "wb"
    }
    for info in infos:
        for cell in range(int(np.prod(info.shape))):
            if dtype == "float64":
                check_cell(trace, info.name, cell, 0, LOSS, optimizer)
            else:
                found = ask(trace, info.name, cell, 0, LOSS, optimizer, count=ALL, sort="order")
                if found.count:
                    assert follows(found) == pytest.approx(found.value, rel=1e-4, abs=1e-7)


def test_a_slot_links_to_the_update_that_left_it() -> None:
    network, optimizer = build([Dense(2)], (2,), True, LOSS, 2), Adam(0.01)
    for before, words in ((0, "starts at 0"), (2, "update of iteration 1 left it")):
        trace = traced(network, 1, optimizer=optimizer, before=before)
        assert words in ask(trace, "dense.old_m_w", 0, optimizer=optimizer).words
        assert ask(trace, "dense.m_w", 0, optimizer=optimizer).terms[0].factors
    assert (
        "is held fixed"
        in ask(
            traced(build([Dense(2)], (2,), True, LOSS, 2, frozen={"dense.b"}), optimizer=optimizer),
            "dense.delta_b",
            0,
            optimizer=optimizer,
        ).words
    )


NAMES = [info.name for info in catalogue(small_network())]


@pytest.mark.parametrize("name", NAMES)
def test_pages_cover_all_terms_and_each_page_with_its_rest_is_the_total(name: str) -> None:
    whole = ask(TRACE, name, 0, 1, count=ALL)
    in_order = ask(TRACE, name, 0, 1, count=ALL, sort="order")
    assert sorted(map(repr, whole.terms)) == sorted(map(repr, in_order.terms))
    pages: list[object] = []
    for offset in range(0, whole.count + 5, 5):
        page = ask(TRACE, name, 0, 1, offset=offset, count=5)
        assert (page.count, page.offset, page.total) == (whole.count, offset, whole.total)
        assert page.numbers == whole.numbers
        if page.total is not None:
            own = math.fsum(term.value for term in page.terms)
            assert own + page.rest == pytest.approx(page.total, abs=1e-15)
        pages += page.terms
    assert pages == list(whole.terms)
    if whole.function != "argmax":
        sizes = [abs(term.value) for term in whole.terms]
        assert sizes == sorted(sizes, reverse=True)
    assert whole.rest in (0, None)


def test_terms_of_equal_size_keep_their_order() -> None:
    pool = ask(TRACE, "pool1.out", 0, 0)
    assert [term.factors[0].cell for term in pool.terms if term.value == 0] == sorted(
        term.factors[0].cell for term in pool.terms if term.value == 0
    )


def test_only_a_sum_over_the_batch_has_a_share_for_each_example() -> None:
    assert [share.example for share in ask(TRACE, "conv1.dw", 0).shares] == [0, 1, 2]
    assert [share.example for share in ask(TRACE, "dense2.db", 0).shares] == [0, 1, 2]
    for name in ("conv1.out", "conv1.dout", "conv1.delta_w", "conv1.w", "loss.loss", "dense2.dout"):
        assert ask(TRACE, name, 0).shares == ()
    assert ask(traced(small_network(), 1), "conv1.dw", 0).shares == ()


def test_float32_numbers_are_explained_in_float64_with_their_rounding() -> None:
    trace = traced(small_network(), 3, "float32")
    explanation = ask(trace, "dense1.out", 2, 1, count=ALL)
    assert explanation.value == float(trace.records[6].out[2, 1])
    assert 0 < abs(explanation.rounding) < 1e-6
    assert explanation.rounding == explanation.value - explanation.total


def test_factors_of_inputs_link_to_the_tensors_that_hold_them() -> None:
    assert ask(TRACE, "conv2.x", 3).name == "pool1.out"
    assert ask(TRACE, "conv2.dx", 3).name == "pool1.dout"


def test_the_gradient_begins_with_probability_minus_target() -> None:
    label = int(TRACE.loss.targets[:, 1].argmax())
    right, wrong = (ask(TRACE, "dense2.dout", cell, 1, sort="order") for cell in (label, (label + 1) % 4))
    for explanation, target in ((right, 1), (wrong, 0)):
        p, aim = explanation.terms
        assert [factor.symbol for factor in p.factors] == ["p", "1/3"]
        assert [(factor.symbol, factor.value) for factor in aim.factors] == [
            ("−1/3", -1 / 3),
            ("target", target),
        ]
        assert "Probability minus target" in explanation.words
        assert "divided by 3" in explanation.words
    assert "likelier" in right.words
    assert "less likely" in wrong.words
    alone = ask(traced(small_network(), 1), "dense2.dout", 0, sort="order")
    assert [[factor.symbol for factor in term.factors] for term in alone.terms] == [["p"], ["−1", "target"]]


def test_the_words_describe_this_cell() -> None:
    relu = TRACE.records[1]
    for positive, words in ((True, "open"), (False, "shut")):
        cell = int(np.flatnonzero((relu.x[..., 0].ravel() > 0) == positive)[0])
        assert words in ask(TRACE, "relu1.out", cell).words
        assert words in ask(TRACE, "conv1.dout", cell).words
    assert "goes through" in ask(TRACE, "pool1.out", 0).words
    assert "The top right cell won" in ask(TRACE, "pool1.winner", 0).words
    won = {ask(TRACE, "relu1.dout", cell).words.partition(" of the")[0] for cell in range(40)}
    assert won >= {"This cell won none", "This cell won 1"}
    up, down = (int(np.flatnonzero(sign * TRACE.records[0].dparams["w"].ravel() < 0)[0]) for sign in (1, -1))
    assert "it goes up" in ask(TRACE, "conv1.delta_w", up).words
    assert "it goes down" in ask(TRACE, "conv1.delta_w", down).words
    assert "moves up" in ask(TRACE, "conv1.new_w", up).words
    assert "fall on the padding" in ask(TRACE, "conv1.out", 0).words
    assert ask(TRACE, "conv1.w", 0).words == "This weight still has its start value."
    assert "pixel" in ask(TRACE, "input.out", 0).words


@pytest.mark.parametrize(
    ("name", "cell", "example", "error"),
    [
        ("conv9.out", 0, 0, UnknownTensor),
        ("conv1.out", 10**9, 0, UnknownCell),
        ("conv1.out", -1, 0, UnknownCell),
        ("conv1.out", 0, 3, UnknownExample),
    ],
)
def test_unknown_names_and_cells_are_refused(
    name: str, cell: int, example: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        ask(TRACE, name, cell, example)


@pytest.mark.parametrize("example", [0, 2])
def test_an_incomplete_gradient_is_explained_so_far(example: int) -> None:
    for record in TRACE.records:
        windows = record.dout[..., 0].size
        for done in sorted({1, max(1, windows // 3), windows}):
            for name, picture in partial(record, done, example).items():
                for cell in (0, picture.array.size // 2, picture.array.size - 1):
                    so_far = ask(TRACE, name, cell, example, done=done, count=ALL)
                    value = picture.array.flat[cell]
                    assert so_far.value == value
                    assert follows(so_far) == pytest.approx(value, rel=1e-9, abs=1e-12)
                    assert all(term.factors[0].cell < done for term in so_far.terms)
                    if done == windows:
                        assert so_far.terms == ask(TRACE, name, cell, example, count=ALL).terms


@pytest.mark.parametrize(
    ("name", "done"), [("conv1.out", 1), (f"{TRACE.records[-1].layer}.dout", 1), ("conv1.dw", 10**6)]
)
def test_a_wrong_number_of_windows_is_refused(name: str, done: int) -> None:
    with pytest.raises(UnknownMoment, match="leave `done` out"):
        ask(TRACE, name, 0, done=done)
