"""What an iteration did, over HTTP: updates, shares, effects, and the batch."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from server.web.app import create_app
from server.wire.messages.learning import (
    Batch,
    Filmstrip,
    GradientShares,
    ParameterUpdate,
    StepEffect,
    WeightHistory,
)
from server.wire.messages.runs import Iteration
from tests.web.helpers import new_run, numbers, ok, problem

BATCH = 4


@pytest.fixture(scope="module")
def at() -> Iterator[tuple[TestClient, str]]:
    with TestClient(create_app(), base_url="http://127.0.0.1:8765", raise_server_exceptions=False) as client:
        run = new_run(client, batch_size=BATCH, frozen=["dense.b"])
        ok(client.post(f"/api/runs/{run}/step", json={"count": 3}))
        yield client, f"/api/runs/{run}/iterations/1"


def cells(tensor: Any) -> np.ndarray:
    return numbers(tensor.data.model_dump())


def tensors(client: TestClient, place: str, *names: str, **asked: Any) -> list[np.ndarray]:
    found = Iteration.model_validate(ok(client.get(place, params={"names": names, **asked})))
    return [cells(tensor) for tensor in found.tensors]


def test_an_update_ends_where_the_next_iteration_starts(at: tuple[TestClient, str]) -> None:
    client, place = at
    found = ParameterUpdate.model_validate(ok(client.get(f"{place}/update", params={"name": "conv1.w"})))
    (following,) = tensors(client, place.replace("iterations/1", "iterations/2"), "conv1.w")
    before, gradient = tensors(client, place, "conv1.w", "conv1.dw")
    assert (cells(found.before) == before).all()
    assert (cells(found.gradient) == gradient).all()
    assert (cells(found.after) == following).all()
    assert (cells(found.before) + cells(found.change) == following).all()
    assert not found.held
    assert "against its gradient" in found.update


def test_a_frozen_parameter_has_a_gradient_and_no_change(at: tuple[TestClient, str]) -> None:
    client, place = at
    found = ParameterUpdate.model_validate(ok(client.get(f"{place}/update", params={"name": "dense.b"})))
    assert found.held
    assert cells(found.gradient).any()
    assert not cells(found.change).any()
    assert found.update.startswith("every weight that is not held fixed moved")


def test_the_shares_of_a_filter_add_up_to_its_gradient(at: tuple[TestClient, str]) -> None:
    client, place = at
    asked = {"name": "conv1.w", "map": 3}
    found = GradientShares.model_validate(ok(client.get(f"{place}/shares", params=asked)))
    (gradient,) = tensors(client, place, "conv1.dw")
    assert cells(found.shares).shape == (BATCH, 1, 3, 3)
    assert (cells(found.gradient) == gradient[3]).all()
    np.testing.assert_allclose(cells(found.shares).sum(axis=0), gradient[3], rtol=1e-4, atol=1e-6)
    assert found.looked_at is None


def test_an_example_that_is_looked_at_has_a_share_of_its_own_beside_those_of_the_batch(
    at: tuple[TestClient, str],
) -> None:
    client, place = at
    asked = {"name": "dense.b"}
    batch = GradientShares.model_validate(ok(client.get(f"{place}/shares", params=asked)))
    look = {"look": 1000, **asked}
    found = GradientShares.model_validate(ok(client.get(f"{place}/shares", params=look)))
    (dout,) = tensors(client, place, "dense.dout", look=1000)
    assert found.shares == batch.shares
    assert found.looked_at is not None
    np.testing.assert_allclose(cells(found.looked_at), dout, rtol=1e-5)


def test_the_effect_of_a_step_begins_with_the_answers_of_the_iteration(at: tuple[TestClient, str]) -> None:
    client, place = at
    for choice in ({"example": 2}, {"look": 1000}):
        found = StepEffect.model_validate(ok(client.get(f"{place}/step-effect", params=choice)))
        names = ("loss.probabilities", "loss.loss")
        probabilities, loss = tensors(client, place, *names, **choice)
        assert found.before.answers == pytest.approx(probabilities.tolist())
        assert found.before.loss == pytest.approx(loss[0])
        assert found.after.loss != found.before.loss


def test_the_batch_has_the_scores_and_losses_of_all_examples(at: tuple[TestClient, str]) -> None:
    client, place = at
    found = Batch.model_validate(ok(client.get(f"{place}/batch")))
    head = Iteration.model_validate(ok(client.get(place)))
    assert found.examples == head.examples
    assert found.loss == head.loss == pytest.approx(cells(found.losses).mean(), rel=1e-6)
    assert found.probabilities is not None
    assert found.inputs.data.shape == (BATCH, 1, 8, 8)
    for slot in range(BATCH):
        names = ("dense.out", "loss.probabilities", "loss.loss")
        scores, probabilities, loss = tensors(client, place, *names, example=slot)
        assert (cells(found.scores)[slot] == scores).all()
        assert (cells(found.probabilities)[slot] == probabilities).all()
        assert cells(found.losses)[slot] == loss[0]


@pytest.mark.parametrize(
    ("question", "asked", "field"),
    [
        ("update", {"name": "conv1.out"}, "name"),
        ("shares", {"name": "conv1.w", "map": 8}, "map"),
        ("shares", {"name": "dense.b", "map": 0}, "map"),
        ("step-effect", {"example": BATCH}, "example"),
        ("step-effect", {"look": 10**6}, "look"),
    ],
)
def test_what_does_not_exist_is_refused_in_a_sentence(
    at: tuple[TestClient, str], question: str, asked: dict[str, Any], field: str
) -> None:
    client, place = at
    assert problem(client.get(f"{place}/{question}", params=asked), 422).field == field


def test_an_iteration_that_is_not_computed_is_refused(at: tuple[TestClient, str]) -> None:
    client, place = at
    for question in ("update?name=conv1.w", "shares?name=conv1.w", "step-effect", "batch"):
        reply = client.get(f"{place.replace('iterations/1', 'iterations/50')}/{question}")
        assert problem(reply, 409).code == "not_computed"


def test_the_history_of_a_weight_leads_from_its_start_to_its_next_value(at: tuple[TestClient, str]) -> None:
    client, place = at
    asked = {"name": "conv1.w", "cell": 5}
    found = WeightHistory.model_validate(ok(client.get(f"{place}/weight-history", params=asked)))
    places = [place.replace("iterations/1", f"iterations/{iteration}") for iteration in range(3)]
    values = [tensors(client, other, "conv1.w")[0].ravel()[5] for other in places]
    assert numbers(found.iterations.model_dump()).tolist() == [0, 1]
    assert numbers(found.values.model_dump()).tolist() == values[:2]
    assert (found.start, found.value, found.after) == tuple(values)
    assert found.gradient == tensors(client, place, "conv1.dw")[0].ravel()[5]
    assert found.meaning is not None
    assert found.meaning.startswith("If this weight grew, the loss would ")
    assert found.words.startswith("It started at ")
    first = ok(client.get(f"{places[0]}/weight-history", params=asked))
    assert first["words"] == "This weight still has its random start value."


def test_a_filmstrip_shows_a_filter_from_the_beginning_to_now(at: tuple[TestClient, str]) -> None:
    client, place = at
    place = place.replace("iterations/1", "iterations/2")
    found = Filmstrip.model_validate(
        ok(client.get(f"{place}/filmstrip", params={"name": "conv1.w", "map": 2, "count": 8}))
    )
    assert found.iterations == (0, 1, 2)
    for frame, iteration in zip(cells(found.frames), found.iterations, strict=True):
        (w,) = tensors(client, place.replace("iterations/2", f"iterations/{iteration}"), "conv1.w")
        assert (frame == w[2]).all()


@pytest.mark.parametrize(
    ("question", "asked", "field"),
    [
        ("weight-history", {"name": "conv1.w", "cell": 72}, "cell"),
        ("weight-history", {"name": "conv1.w", "cell": 0, "points": 401}, "points"),
        ("weight-history", {"name": "conv1.out", "cell": 0}, "name"),
        ("filmstrip", {"name": "conv1.w", "map": 8}, "map"),
        ("filmstrip", {"name": "conv1.w", "count": 1}, "count"),
    ],
)
def test_a_history_of_what_does_not_exist_is_refused(
    at: tuple[TestClient, str], question: str, asked: dict[str, Any], field: str
) -> None:
    client, place = at
    assert problem(client.get(f"{place}/{question}", params=asked), 422).field == field
