"""Frames in the event stream: the newest iteration with the tensors that were asked for, encoded once."""

import time
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from server.explain.tensors import tensor
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run.history import History
from server.web.app import create_app
from server.web.settings import Settings
from server.wire import encode
from server.wire.messages.frames import ArrayForm, Frame, ListedArray
from tests.web.helpers import DIVERGING, Stream, call, new_run, problem, serving

QUICK = Settings(events_per_second=1000)
LISTED = "?names=conv1.dw&names=conv1.out&names=loss.loss&arrays=list"


def next_frame(stream: Stream) -> Frame:
    """The data of the next `frame` event."""
    while event := stream.event():
        if event["event"] == "frame":
            return Frame.model_validate(event["data"])
    raise AssertionError("The stream ended.")


def test_a_frame_holds_the_tensors_of_the_newest_iteration_as_plain_numbers() -> None:
    history = History(plan(Recipe()))
    history.advance(5)
    with serving(QUICK) as port:
        run = call(port, "POST", "/api/runs")["id"]
        with Stream(port, run, query=LISTED) as stream:
            stream.open()
            first = stream.event()
            assert first is not None
            assert first["event"] == "progress", "before the first iteration there is no frame"
            call(port, "POST", f"/api/runs/{run}/step", {"count": 5})
            frame = next_frame(stream)
            while frame.iteration < 4:
                frame = next_frame(stream)
    assert (frame.run, frame.iteration, frame.epoch, frame.example) == (run, 4, 0, 0)
    assert frame.loss == history.losses[4]
    # The order is the catalogue's, whatever the order of the names.
    assert [found.name for found in frame.tensors] == ["conv1.out", "conv1.dw", "loss.loss"]
    for found in frame.tensors:
        expected = tensor(history.trace(4), found.name, 0)
        assert isinstance(found.data, ListedArray)
        assert found.data.shape == expected.shape
        assert (np.array(found.data.values, expected.dtype) == expected.ravel()).all()


def test_a_stream_that_begins_late_has_the_newest_frame_at_once_and_no_older_one() -> None:
    with serving(QUICK) as port:
        run = call(port, "POST", "/api/runs")["id"]
        call(port, "POST", f"/api/runs/{run}/step", {"count": 7})
        with Stream(port, run, last_event_id=2, query=LISTED) as stream:
            stream.open()
            assert next_frame(stream).iteration == 6
            call(port, "POST", f"/api/runs/{run}/step", {"count": 1})
            assert next_frame(stream).iteration == 7


def test_while_a_run_trains_frames_go_forward_and_the_last_one_is_of_its_end() -> None:
    with serving(QUICK) as port:
        run = call(port, "POST", "/api/runs", {"epochs": 1})["id"]
        with Stream(port, run, query="?names=loss.*&arrays=shades") as stream:
            stream.open()
            call(port, "POST", f"/api/runs/{run}/run")
            iterations = [next_frame(stream).iteration]
            while iterations[-1] < 1436:
                iterations.append(next_frame(stream).iteration)
    assert iterations == sorted(set(iterations))


def test_a_run_that_leaves_the_finite_numbers_still_sends_json() -> None:
    with serving(QUICK) as port:
        run = call(port, "POST", "/api/runs", DIVERGING)["id"]
        with Stream(port, run, query="?names=*&arrays=list") as stream:
            stream.open()
            call(port, "POST", f"/api/runs/{run}/step", {"count": 100})
            frame = next_frame(stream)
            while not any(found.nonfinite for found in frame.tensors):
                frame = next_frame(stream)
    for found in frame.tensors:
        assert isinstance(found.data, ListedArray)
        assert found.data.values.count(None) == found.nonfinite


def test_without_names_a_stream_has_no_frames() -> None:
    with serving(QUICK) as port:
        run = call(port, "POST", "/api/runs")["id"]
        with Stream(port, run) as stream:
            stream.open()
            events = [stream.event()]
            for _ in range(3):
                call(port, "POST", f"/api/runs/{run}/step")
                events.append(stream.event())
    assert [event and event["event"] for event in events] == ["progress"] * 4


@pytest.mark.parametrize("listeners", [1, 5])
def test_a_frame_is_encoded_once_for_all_streams_that_want_it(
    monkeypatch: pytest.MonkeyPatch, listeners: int
) -> None:
    encoded: list[tuple[int, str]] = []
    original = encode.frames.frame

    def counted(history: History, iteration: int, form: ArrayForm, **others: Any) -> bytes:
        encoded.append((iteration, form))
        time.sleep(0.05)
        return original(history, iteration, form=form, **others)

    monkeypatch.setattr(encode.frames, "frame", counted)
    with serving(QUICK) as port:
        run = call(port, "POST", "/api/runs")["id"]
        streams = [Stream(port, run, query=LISTED) for _ in range(listeners)]
        other = Stream(port, run, query="?names=conv1.dw&arrays=shades")
        for stream in (*streams, other):
            stream.open()
            stream.event()
        call(port, "POST", f"/api/runs/{run}/step")
        frames = [next_frame(stream) for stream in streams]
        assert next_frame(other).iteration == 0
        for stream in (*streams, other):
            stream.socket.close()
    assert all(frame == frames[0] for frame in frames)
    assert sorted(encoded) == [(0, "list"), (0, "shades")]


def test_what_a_frame_cannot_hold_is_refused_before_the_stream_begins(client: TestClient) -> None:
    events = f"/api/runs/{new_run(client)}/events"
    refused = problem(client.get(f"{events}?names=conv1.dww"), 422)
    assert (refused.code, refused.field) == ("invalid", "names")
    assert "did you mean" in refused.message
    assert problem(client.get(f"{events}?names=*&arrays=bytes"), 422).field == "arrays"
    wide = [
        {"kind": "conv2d", "filters": 64, "padding": "same"},
        {"kind": "flatten"},
        {"kind": "dense", "units": 10},
    ]
    large = f"/api/runs/{new_run(client, network=wide)}/events"
    refused = problem(client.get(f"{large}?names=*&arrays=list"), 422)
    assert "The limit is 2 MB" in refused.message
    assert "arrays=shades" in refused.message


def test_the_openapi_document_describes_both_kinds_of_events() -> None:
    document = create_app().openapi()
    content = document["paths"]["/api/runs/{run}/events"]["get"]["responses"]["200"]["content"]
    kinds = [kind["properties"] for kind in content["text/event-stream"]["itemSchema"]["oneOf"]]
    assert [kind["event"]["const"] for kind in kinds] == ["progress", "frame"]
    described = {kind["data"]["contentSchema"]["$ref"].rpartition("/")[2] for kind in kinds}
    assert described == {"Progress", "Frame"}
    assert described | {"FrameTensor", "ListedArray", "ShadedArray"} <= set(document["components"]["schemas"])
