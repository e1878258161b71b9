"""Examples that are looked at, over HTTP: one parameter for all that reads a moment."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from server.recipe.batches import batch_examples
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.web.app import create_app
from server.web.settings import Settings
from server.wire.messages.frames import Frame
from server.wire.messages.runs import Iteration
from tests.web.helpers import Stream, call, new_run, numbers, ok, problem, serving

BATCH = 4
LOOK = 1000
FIRST = int(batch_examples(plan(Recipe(batch_size=BATCH)), 1)[3])
"""The example in the last place of the batch of iteration 1."""


@pytest.fixture(scope="module")
def at() -> Iterator[tuple[TestClient, str]]:
    with TestClient(create_app(), base_url="http://127.0.0.1:8765", raise_server_exceptions=False) as client:
        run = new_run(client, batch_size=BATCH)
        ok(client.post(f"/api/runs/{run}/step", json={"count": 2}))
        yield client, f"/api/runs/{run}/iterations/1"


def iteration(at: tuple[TestClient, str], **asked: Any) -> Iteration:
    client, place = at
    names = ["input.out", "conv1.out", "conv1.dw", "dense.dout", "loss.loss"]
    return Iteration.model_validate(ok(client.get(place, params={"names": names, **asked})))


def arrays(found: Iteration) -> dict[str, np.ndarray]:
    return {tensor.name: numbers(tensor.data.model_dump()) for tensor in found.tensors}


def test_an_example_outside_the_batch_is_shown_with_the_gradients_of_the_batch(
    at: tuple[TestClient, str],
) -> None:
    client, _ = at
    found, batch = iteration(at, look=LOOK, example=2), iteration(at)
    assert found.looked_at is not None
    assert (found.looked_at.index, found.example) == (LOOK, 0)
    assert found.targets == tuple(float(k == found.looked_at.label) for k in range(10))
    assert (found.examples, found.loss) == (batch.examples, batch.loss)
    own, others = arrays(found), arrays(batch)
    stored = numbers(ok(client.get("/api/data/digits/train", params={"start": LOOK, "count": 1}))["images"])
    assert own["input.out"] == pytest.approx(stored[0] / stored.max() * own["input.out"].max(), abs=1e-6)
    assert (own["conv1.dw"] == others["conv1.dw"]).all()
    assert all((own[name] != others[name]).any() for name in ("conv1.out", "dense.dout", "loss.loss"))


def test_an_example_of_the_batch_is_shown_as_its_slot(at: tuple[TestClient, str]) -> None:
    found = iteration(at, look=FIRST)
    assert found == iteration(at, example=3)
    assert (found.looked_at, found.example) == (None, 3)


@pytest.mark.parametrize(
    ("route", "asked"),
    [
        ("", {"names": "conv1.out"}),
        ("/window", {"phase": "backward", "layer": "conv2", "tensor": "dout", "cell": 3}),
        ("/explanation", {"name": "dense.out", "cell": 2}),
        ("/cone", {"name": "dense.dout", "cell": 2}),
        ("/chain", {"layer": "conv1", "cell": 2}),
        ("/nudge", {"name": "input.out", "cell": 2, "amount": 0.5}),
        ("/lens", {"phase": "forward", "layer": "conv1", "tensor": "out", "cell": 3}),
        ("/sliding", {"name": "conv1.out", "cell": 20}),
    ],
)
def test_all_that_reads_a_moment_takes_it(
    at: tuple[TestClient, str], route: str, asked: dict[str, Any]
) -> None:
    client, place = at

    def ask(**choice: int) -> Any:
        return ok(client.get(place + route, params={**asked, **choice}))

    assert ask(look=LOOK) != ask(look=LOOK + 1)
    assert ask(look=FIRST) == ask(example=3)
    refused = problem(client.get(place + route, params={**asked, "look": 1437}), 422)
    assert (refused.code, refused.field) == ("invalid", "look")
    assert refused.message == "There is no training example 1437; their numbers go from 0 to 1436."


def test_questions_about_an_input_take_it(at: tuple[TestClient, str]) -> None:
    client, place = at
    near = ok(client.post(f"{place}/nearest", json={"look": LOOK, "count": 1}))["neighbours"][0]
    assert (near["example"], near["distance"]) == (LOOK, pytest.approx(0, abs=1e-3))
    question = {"layer": "dense", "cell": 3, "method": "gradient"}
    seen, other = (ok(client.post(f"{place}/saliency", json={**question, "look": n})) for n in (LOOK, FIRST))
    assert (
        seen["map"]
        != other["map"]
        == ok(client.post(f"{place}/saliency", json={**question, "example": 3}))["map"]
    )


def test_frames_take_it() -> None:
    with serving(Settings(events_per_second=1000)) as port:
        run = call(port, "POST", "/api/runs", {"batch_size": BATCH})["id"]
        query = f"?names=conv1.out&names=conv1.dw&look={LOOK}"
        call(port, "POST", f"/api/runs/{run}/step", {"count": 2})
        with Stream(port, run, query=query) as stream:
            stream.open()
            while (event := stream.event()) is not None and event["event"] != "frame":
                pass
        assert event is not None
        frame = Frame.model_validate(event["data"])
        asked = f"names=conv1.out&names=conv1.dw&look={LOOK}"
        shown = Iteration.model_validate(call(port, "GET", f"/api/runs/{run}/iterations/1?{asked}"))
    assert (frame.iteration, frame.looked_at, frame.loss) == (1, shown.looked_at, shown.loss)
    assert frame.looked_at is not None
    assert [tensor.data for tensor in frame.tensors] == [tensor.data for tensor in shown.tensors]


def test_a_stream_of_a_missing_example_is_refused_before_it_begins(at: tuple[TestClient, str]) -> None:
    client, place = at
    events = f"{place.partition('/iterations')[0]}/events?names=conv1.out&look=5000"
    assert problem(client.get(events), 422).field == "look"
