"""Explanations over HTTP: the engine's numbers in strict JSON, and refusals in sentences."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from server.web.app import create_app
from server.wire.messages.explanations import (
    Chain,
    Cone,
    Explanation,
    GradientCheck,
    Lens,
    Nudge,
    Sliding,
    Stack,
)
from server.wire.messages.runs import Run
from tests.web.helpers import DIVERGING, new_run, numbers, ok, problem

CONV1 = {"phase": "forward", "layer": "conv1", "tensor": "out", "cell": 0}
"""A micro-step."""


@pytest.fixture(scope="module")
def at() -> Iterator[tuple[TestClient, str]]:
    with TestClient(create_app(), base_url="http://127.0.0.1:8765", raise_server_exceptions=False) as client:
        run = new_run(client, batch_size=2)
        ok(client.post(f"/api/runs/{run}/step", json={"count": 2}))
        yield client, f"/api/runs/{run}/iterations/1"


def test_every_tensor_of_the_catalogue_can_be_explained(at: tuple[TestClient, str]) -> None:
    client, place = at
    run = Run.model_validate(ok(client.get(place.partition("/iterations")[0])))
    for layer in run.layers:
        for info in layer.tensors:
            asked = {"name": info.name, "cell": 0, "example": 1}
            found = Explanation.model_validate(ok(client.get(f"{place}/explanation", params=asked)))
            assert (found.name, found.cell, found.example) == (info.name, 0, 1)
            assert len(found.terms) == min(found.count, 12)
            Cone.model_validate(ok(client.get(f"{place}/cone", params=asked)))


def test_factors_lead_from_a_weights_gradient_to_probability_minus_target(
    at: tuple[TestClient, str],
) -> None:
    client, place = at
    name, cell, example, path = "conv1.dw", 4, 0, []
    while name != "loss.probabilities":
        asked = {"name": name, "cell": cell, "example": example}
        found = Explanation.model_validate(ok(client.get(f"{place}/explanation", params=asked)))
        assert found.value == pytest.approx(found.total, rel=1e-5, abs=1e-7)
        path.append(name)
        factor = next(
            f for term in found.terms for f in term.factors if f.name and (".d" in f.name or f.symbol == "p")
        )
        assert factor.name is not None
        assert factor.cell is not None
        name, cell, example = factor.name, factor.cell, factor.example or 0
    assert path[0] == "conv1.dw"
    assert path[1:] == [
        f"{layer}.dout"
        for layer in ("conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "flatten", "dense")
    ]
    assert "Probability minus target" in found.words


def test_terms_are_read_in_pages_and_in_both_orders(at: tuple[TestClient, str]) -> None:
    client, place = at

    def ask(**page: Any) -> Explanation:
        asked = {"name": "dense.out", "cell": 3, **page}
        return Explanation.model_validate(ok(client.get(f"{place}/explanation", params=asked)))

    whole = ask(count=1000)
    assert len(whole.terms) == whole.count == 65
    assert ask(offset=60, count=10).terms == whole.terms[60:]
    assert [term.factors[0].cell for term in ask(sort="order", count=3).terms] == [0, 1, 2]
    assert ask(offset=10**9, count=5).terms == ()
    assert ask(count=0).rest == whole.total


def test_gradient_paths_lead_to_a_weight_and_to_a_bias(at: tuple[TestClient, str]) -> None:
    client, place = at
    weight = Chain.model_validate(ok(client.get(f"{place}/chain", params={"layer": "conv1", "cell": 4})))
    assert [weight.links[0].name, weight.links[-1].name] == ["dense.dout", "conv1.dw"]
    asked = {"layer": "conv2", "parameter": "b", "cell": 4, "example": 1}
    assert Chain.model_validate(ok(client.get(f"{place}/chain", params=asked))).links[-1].name == "conv2.db"


def test_the_gradients_of_a_layer_pass_the_check(at: tuple[TestClient, str]) -> None:
    client, place = at
    found = GradientCheck.model_validate(ok(client.get(f"{place}/check", params={"layer": "conv2"})))
    assert found.passed
    assert found.layer == "conv2"


def test_the_stack_has_the_records_at_a_position(at: tuple[TestClient, str]) -> None:
    client, place = at
    found = Stack.model_validate(ok(client.get(f"{place}/stack", params={"position": 1})))
    assert [record.layer for record in found.records][:2] == ["conv1", "relu1"]
    assert not any(record.pushed for record in found.records)
    assert found.records[0].tensors[0] == ("input.out", 2 * 64 * 4)


def test_a_nudge_has_its_effect_on_the_loss_and_on_a_watched_cell(at: tuple[TestClient, str]) -> None:
    client, place = at
    asked: dict[str, Any] = {"name": "conv2.w", "cell": 4, "amount": 1e-3, "example": 1}
    found = Nudge.model_validate(ok(client.get(f"{place}/nudge", params=asked)))
    assert (found.name, found.cell, found.example, found.watched) == ("conv2.w", 4, None, None)
    assert found.loss.actual == pytest.approx(found.loss.predicted, rel=0.05)
    assert found == Nudge.model_validate(ok(client.get(f"{place}/nudge", params=asked))), "nothing is kept"
    asked |= {"watch": "dense.out", "watch_cell": 3}
    watched = Nudge.model_validate(ok(client.get(f"{place}/nudge", params=asked))).watched
    assert watched is not None
    assert (watched.name, watched.cell, watched.index, watched.example) == ("dense.out", 3, (3,), 1)
    assert watched.actual == pytest.approx(watched.predicted, rel=0.05)


def test_the_lens_has_the_code_of_every_moment(at: tuple[TestClient, str]) -> None:
    client, place = at
    run = Run.model_validate(ok(client.get(place.partition("/iterations")[0])))
    for segment in run.segments:
        moment = {"phase": segment.phase, "layer": segment.layer, "tensor": segment.tensor, "example": 1}
        for cell in {0, segment.cells - 1}:
            found = Lens.model_validate(ok(client.get(f"{place}/lens", params={**moment, "cell": cell})))
            assert found.computed
            assert found.agree or segment.layer == "input", found.words
            assert found.name in segment.writes
            assert (found.phase, found.layer, found.example) == (segment.phase, segment.layer, 1)
            assert [line.mark for line in found.source[-1].lines].count("lit") > 0
        asked = {**moment, "cell": segment.cells - 1, "name": segment.writes[0], "at": 0}
        assert Lens.model_validate(ok(client.get(f"{place}/lens", params=asked))).cell == 0


@pytest.mark.parametrize(
    ("name", "kind", "each", "count"),
    [
        ("conv1.out", "out", "channel", 1),
        ("conv2.out", "out", "channel", 8),
        ("conv2.dw", "dw", "example", 2),
        ("conv2.dx", "dx", "filter", 16),
        ("input.dout", "dx", "filter", 8),
    ],
)
def test_the_windows_of_a_convolution_add_up_to_its_cell(
    at: tuple[TestClient, str], name: str, kind: str, each: str, count: int
) -> None:
    client, place = at
    for way in ("stamps", "correlation"):
        asked = {"name": name, "cell": 5, "example": 1, "count": 64, "way": way}
        found = Sliding.model_validate(ok(client.get(f"{place}/sliding", params=asked)))
        assert (found.kind, found.each, found.count, found.example) == (kind, each, count, 1)
        assert found.way == (way if kind == "dx" else None)
        assert len(found.rows) == count
        bias = 0 if found.bias is None else found.bias.value
        assert bias is not None
        for row in found.rows:
            assert numbers(row.products.model_dump()).sum() == pytest.approx(row.value)
            assert (row.spread is not None) == (found.way == "correlation")
        assert sum(row.value or 0 for row in found.rows) + bias == pytest.approx(found.total)
        assert found.total == pytest.approx(found.value, rel=1e-4, abs=1e-6)
        whole = sum(numbers(row.map.model_dump()) for row in found.rows) + bias
        assert whole == pytest.approx(numbers(found.map.model_dump()), rel=1e-4, abs=1e-6)
        assert (found.agreement is not None) == (kind == "dx")
        assert found.agreement is None or found.agreement.agree


def test_windows_are_read_in_pages_up_to_the_last_one_done(at: tuple[TestClient, str]) -> None:
    client, place = at
    asked: dict[str, Any] = {"name": "conv2.dx", "cell": 5, "done": 20, "sort": "order", "count": 2}
    found = Sliding.model_validate(ok(client.get(f"{place}/sliding", params={**asked, "offset": 1})))
    assert ([row.number for row in found.rows], found.offset, found.done) == ([1, 2], 1, 20)
    assert not numbers(found.rows[1].computed.model_dump()).any()
    assert "So far" in ok(client.get(f"{place}/explanation", params={**asked}))["words"]


@pytest.mark.parametrize(
    ("what", "asked", "field", "words"),
    [
        ("explanation", {"name": "conv1.ouch", "cell": 0}, "name", "did you mean conv1.out"),
        (
            "explanation",
            {"name": "conv1.out", "cell": 512},
            "cell",
            "conv1.out has no cell 512; the last one is 511.",
        ),
        ("explanation", {"name": "conv1.out", "cell": 10**30}, "cell", "the last one is 511."),
        ("explanation", {"name": "conv1.out", "cell": 0, "example": 2}, "example", "no example 2"),
        ("explanation", {"name": "conv1.out", "cell": 0, "sort": "colour"}, "sort", "'size' or 'order'"),
        ("explanation", {"cell": 0}, "name", "is missing"),
        ("cone", {"name": "conv9.out", "cell": 0}, "name", 'no tensor "conv9.out"'),
        ("cone", {"name": "conv1.out", "cell": 512}, "cell", "has no cell 512"),
        ("chain", {"layer": "conv7", "cell": 0}, "layer", "the layers are: conv1, relu1, pool1"),
        ("chain", {"layer": "relu1", "cell": 0}, "parameter", 'relu1 has no parameter "w"; it has none.'),
        ("chain", {"layer": "conv1", "cell": 72}, "cell", "conv1.dw has no cell 72; the last one is 71."),
        ("check", {"layer": "loss"}, "layer", 'no layer "loss"'),
        ("stack", {"position": 10**6}, "position", "is not between 0 and"),
        ("sliding", {"name": "relu1.out", "cell": 0}, "name", "ask for conv1.out, conv1.dw or conv1.dx"),
        ("sliding", {"name": "conv1.b", "cell": 0}, "name", "No window slid over anything to make conv1.b"),
        ("sliding", {"name": "conv1.out", "cell": 512}, "cell", "the last one is 511."),
        ("sliding", {"name": "conv1.out", "cell": 9, "done": 9}, "done", "window 10 makes it"),
        ("sliding", {"name": "conv1.dw", "cell": 0, "done": 513}, "done", "it has 1 to 512"),
        ("sliding", {"name": "conv1.dx", "cell": 0, "way": "twist"}, "way", "'stamps' or 'correlation'"),
        ("nudge", {"name": "conv1.w", "cell": 0}, "amount", "is missing"),
        ("nudge", {"name": "conv1.w", "cell": 0, "amount": "nan"}, "amount", "finite number"),
        ("nudge", {"name": "conv1.w", "cell": 0, "amount": "-inf"}, "amount", "finite number"),
        ("nudge", {"name": "conv1.w", "cell": 0, "amount": 1e7}, "amount", "less than or equal to 1000000"),
        ("nudge", {"name": "conv1.w", "cell": 72, "amount": 1}, "cell", "the last one is 71."),
        ("nudge", {"name": "conv1.q", "cell": 0, "amount": 1}, "name", "did you mean"),
        ("nudge", {"name": "conv1.out", "cell": 0, "amount": 1}, "name", "is computed"),
        ("nudge", {"name": "conv1.w", "cell": 0, "amount": 1, "watch": "q"}, "watch", 'no tensor "q"'),
        (
            "nudge",
            {"name": "conv1.w", "cell": 0, "amount": 1, "watch": "dense.out", "watch_cell": 10},
            "watch_cell",
            "dense.out has no cell 10; the last one is 9.",
        ),
        ("lens", {**CONV1, "layer": "conv9"}, "cell", "There is no segment forward conv9 out"),
        ("lens", {**CONV1, "cell": 512}, "cell", "conv1.out has no cell 512; the last one is 511."),
        ("lens", {**CONV1, "at": 512}, "at", "conv1.out has no cell 512; the last one is 511."),
        ("lens", {**CONV1, "name": "conv2.out"}, "name", "At forward conv1, conv1.out is made"),
        ("lens", {**CONV1, "name": "conv1.q"}, "name", "did you mean"),
        ("lens", {**CONV1, "phase": "sideways"}, "phase", "'forward', 'loss', 'backward' or 'update'"),
    ],
)
def test_unknown_names_are_refused_with_the_known_ones(
    at: tuple[TestClient, str], what: str, asked: dict[str, Any], field: str, words: str
) -> None:
    client, place = at
    refused = problem(client.get(f"{place}/{what}", params=asked), 422)
    assert refused.field == field
    assert words in refused.message


@pytest.mark.parametrize(
    ("what", "asked"),
    [
        ("explanation", {"name": "conv1.out", "cell": 0}),
        ("cone", {"name": "conv1.out", "cell": 0}),
        ("chain", {"layer": "conv1", "cell": 0}),
        ("check", {"layer": "conv1"}),
        ("stack", {"position": 0}),
        ("sliding", {"name": "conv1.out", "cell": 0}),
        ("nudge", {"name": "conv1.w", "cell": 0, "amount": 1}),
        ("lens", CONV1),
    ],
)
def test_an_iteration_that_is_not_computed_is_refused_with_the_way_to_compute_it(
    at: tuple[TestClient, str], what: str, asked: dict[str, Any]
) -> None:
    client, place = at
    refused = problem(client.get(f"{place[:-1]}40/{what}", params=asked), 409)
    assert refused.code == "not_computed"
    assert "seek" in refused.message


def test_a_diverged_iteration_is_explained_in_strict_json(client: TestClient) -> None:
    run = new_run(client, **DIVERGING)
    at = ok(client.post(f"/api/runs/{run}/step", json={"count": 200}))["diverged"]["iteration"]
    network = Run.model_validate(ok(client.get(f"/api/runs/{run}")))
    columns = network.layers
    place = f"/api/runs/{run}/iterations/{at}"
    for segment in network.segments:
        asked = {"phase": segment.phase, "layer": segment.layer, "tensor": segment.tensor, "cell": 0}
        Lens.model_validate(ok(client.get(f"{place}/lens", params=asked)))
    for layer in columns:
        for info in layer.tensors:
            asked = {"name": info.name, "cell": 0}
            Explanation.model_validate(ok(client.get(f"{place}/explanation", params=asked)))
        if layer.parameters:
            asked = {"name": f"{layer.name}.w", "cell": 0, "amount": 1, "watch": "loss.probabilities"}
            Nudge.model_validate(ok(client.get(f"{place}/nudge", params=asked)))
            Chain.model_validate(ok(client.get(f"{place}/chain", params={"layer": layer.name, "cell": 0})))
            GradientCheck.model_validate(ok(client.get(f"{place}/check", params={"layer": layer.name})))
