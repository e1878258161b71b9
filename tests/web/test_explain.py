"""Explanations over HTTP: what the engine says, in strict JSON, and refusals in sentences."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from server.web.app import create_app
from server.wire.messages import Chain, Cone, Explanation, GradientCheck, Lens, Nudge, Run, Stack
from tests.web.helpers import DIVERGING, new_run, ok, problem


@pytest.fixture(scope="module")
def at() -> Iterator[tuple[TestClient, str]]:
    with TestClient(create_app(), base_url="http://127.0.0.1:8765", raise_server_exceptions=False) as client:
        run = new_run(client, batch_size=2)
        ok(client.post(f"/api/runs/{run}/step", json={"count": 2}))
        yield client, f"/api/runs/{run}/iterations/1"


def test_every_tensor_of_the_stage_can_be_explained(at: tuple[TestClient, str]) -> None:
    client, place = at
    run = Run.model_validate(ok(client.get(place.partition("/iterations")[0])))
    for layer in run.layers:
        for info in layer.tensors:
            asked = {"name": info.name, "cell": 0, "example": 1}
            found = Explanation.model_validate(ok(client.get(f"{place}/explanation", params=asked)))
            assert (found.name, found.cell, found.example) == (info.name, 0, 1)
            assert len(found.terms) == min(found.count, 12)
            Cone.model_validate(ok(client.get(f"{place}/cone", params=asked)))


def test_one_can_click_from_a_weights_gradient_down_to_probability_minus_target(
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


def test_terms_come_in_pages_and_in_either_order(at: tuple[TestClient, str]) -> None:
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


def test_the_chain_of_a_weight_and_of_a_bias(at: tuple[TestClient, str]) -> None:
    client, place = at
    weight = Chain.model_validate(ok(client.get(f"{place}/chain", params={"layer": "conv1", "cell": 4})))
    assert [weight.links[0].name, weight.links[-1].name] == ["dense.dout", "conv1.dw"]
    asked = {"layer": "conv2", "parameter": "b", "cell": 4, "example": 1}
    assert Chain.model_validate(ok(client.get(f"{place}/chain", params=asked))).links[-1].name == "conv2.db"


def test_a_layer_is_checked(at: tuple[TestClient, str]) -> None:
    client, place = at
    found = GradientCheck.model_validate(ok(client.get(f"{place}/check", params={"layer": "conv2"})))
    assert found.passed
    assert found.layer == "conv2"


def test_the_stack_at_a_position(at: tuple[TestClient, str]) -> None:
    client, place = at
    found = Stack.model_validate(ok(client.get(f"{place}/stack", params={"position": 1})))
    assert [record.layer for record in found.records][:2] == ["conv1", "relu1"]
    assert not any(record.pushed for record in found.records)
    assert found.records[0].tensors[0] == ("input.out", 2 * 64 * 4)


def test_a_weight_is_nudged_and_a_cell_watched(at: tuple[TestClient, str]) -> None:
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


@pytest.mark.parametrize("phase", ["forward", "backward"])
def test_the_code_of_every_layer_is_shown(at: tuple[TestClient, str], phase: str) -> None:
    client, place = at
    run = Run.model_validate(ok(client.get(place.partition("/iterations")[0])))
    for layer in run.layers[1:-1]:
        asked = {"phase": phase, "layer": layer.name, "cell": 3, "example": 1}
        found = Lens.model_validate(ok(client.get(f"{place}/lens", params=asked)))
        assert found.agree, found.words
        assert (found.layer, found.phase, found.cell, found.example) == (layer.name, phase, 3, 1)
        assert found.source[0].startswith(f"def {phase}(")
        assert found.file.startswith("server/nn/ops/")


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
        ("lens", {"phase": "forward", "layer": "loss", "cell": 0}, "layer", "Only layers have code"),
        ("lens", {"phase": "backward", "layer": "input", "cell": 0}, "layer", "Only layers have code"),
        ("lens", {"phase": "backward", "layer": "conv1", "cell": 64}, "cell", "the last one is 63."),
        ("lens", {"phase": "update", "layer": "conv1", "cell": 0}, "phase", "'forward' or 'backward'"),
    ],
)
def test_what_is_not_there_is_refused_in_a_sentence(
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
        ("nudge", {"name": "conv1.w", "cell": 0, "amount": 1}),
        ("lens", {"phase": "forward", "layer": "conv1", "cell": 0}),
    ],
)
def test_an_iteration_that_is_not_computed_says_how_to_get_there(
    at: tuple[TestClient, str], what: str, asked: dict[str, Any]
) -> None:
    client, place = at
    refused = problem(client.get(f"{place[:-1]}40/{what}", params=asked), 409)
    assert refused.code == "not_computed"
    assert "seek" in refused.message


def test_a_diverged_iteration_is_explained_in_strict_json(client: TestClient) -> None:
    run = new_run(client, **DIVERGING)
    at = ok(client.post(f"/api/runs/{run}/step", json={"count": 200}))["diverged"]["iteration"]
    columns = Run.model_validate(ok(client.get(f"/api/runs/{run}"))).layers
    place = f"/api/runs/{run}/iterations/{at}"
    for layer in columns:
        for info in layer.tensors:
            asked = {"name": info.name, "cell": 0}
            Explanation.model_validate(ok(client.get(f"{place}/explanation", params=asked)))
        if layer.name not in ("input", "loss"):
            for phase in ("forward", "backward"):
                asked = {"layer": layer.name, "phase": phase, "cell": 0}
                Lens.model_validate(ok(client.get(f"{place}/lens", params=asked)))
        if layer.parameters:
            asked = {"name": f"{layer.name}.w", "cell": 0, "amount": 1, "watch": "loss.probabilities"}
            Nudge.model_validate(ok(client.get(f"{place}/nudge", params=asked)))
            Chain.model_validate(ok(client.get(f"{place}/chain", params={"layer": layer.name, "cell": 0})))
            GradientCheck.model_validate(ok(client.get(f"{place}/check", params={"layer": layer.name})))
