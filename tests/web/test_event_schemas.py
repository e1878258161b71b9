"""The bytes of every event are what the OpenAPI document says of it."""

from functools import cache
from typing import Any, get_args

import jsonschema_rs
import pytest

from server.recipe.recipe import Recipe
from server.run.look import ExampleChoice
from server.web.app import create_app
from server.web.event_stream import ALIVE, ENDED
from server.web.player_store import PlayerStore
from server.web.run_store import RunStore
from server.web.run_stream import run_events
from server.wire.messages.frames import ArrayForm
from server.wire.messages.players import Moment, OpenCell, PlayerCommand
from tests.web.helpers import DIVERGING, strict
from tests.web.test_run_store import with_store

PLAYER = "5" * 32
FORMS: tuple[ArrayForm, ...] = get_args(ArrayForm)
NAMES = ("conv1.*", "dense.*", "loss.*", "input.*")


@cache
def schemas(path: str) -> dict[str, jsonschema_rs.Validator]:
    """What checks the data of each kind of event of a stream."""
    document = create_app().openapi()
    content = document["paths"][path]["get"]["responses"]["200"]["content"]["text/event-stream"]
    kinds = [kind["properties"] for kind in content["itemSchema"]["oneOf"]]
    components = {"components": document["components"]}
    return {
        kind["event"]["const"]: jsonschema_rs.validator_for(kind["data"]["contentSchema"] | components)
        for kind in kinds
    }


def check(path: str, data: bytes) -> list[str]:
    """Check each of the events in some bytes; their kinds."""
    assert data.endswith(b"\n\n")
    kinds = []
    for part in data.decode().split("\n\n")[:-1]:
        fields: dict[str, Any] = dict(line.split(": ", 1) for line in part.split("\n"))
        errors = list(schemas(path)[fields["event"]].iter_errors(strict(fields["data"])))
        assert not errors, errors[0]
        kinds.append(fields["event"])
    return kinds


@pytest.mark.parametrize("form", FORMS)
def test_events_of_a_player_and_of_its_leader(form: ArrayForm) -> None:
    async def scene(runs: RunStore) -> None:
        run, _ = await runs.create(Recipe(batch_size=4))
        await runs.step(run, 30)
        players = PlayerStore(runs)
        for look, view in ((None, None), (7, OpenCell(name="conv1.w", cell=3))):
            command = PlayerCommand(
                run=run.id,
                moment=Moment(iteration=20, position=5),
                look=look,
                view=view,
                names=NAMES,
                arrays=form,
            )
            players.command(PLAYER, "browser", command)
            token = players.lead(PLAYER, "browser").leading
            assert token is not None
            with players.stream(PLAYER, "browser", 0) as own, players.follow(token, NAMES, form) as other:
                path = "/api/players/{player}/events"
                sent = b"".join([await own.part(kind) for kind in ("player", "progress", "frame")])
                assert check(path, sent + ALIVE + ENDED) == list(schemas(path))
                path = "/api/leaders/{token}/events"
                sent = b"".join([await other.part(kind) for kind in ("leader", "progress", "frame")])
                assert check(path, sent + ALIVE + ENDED) == list(schemas(path))

    with_store(scene)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("settings", [{}, DIVERGING])
def test_events_of_a_run_also_where_it_diverges(form: ArrayForm, settings: dict[str, Any]) -> None:
    async def scene(runs: RunStore) -> None:
        run, _ = await runs.create(Recipe.model_validate(settings))
        await runs.step(run, 100)
        frames = run.frames.request(("*",), ExampleChoice(), form)
        events = run_events(run, 0, frames, events_per_second=30)
        sent = b"".join([await anext(events), await anext(events)])
        assert check("/api/runs/{run}/events", sent) == ["progress", "frame"]
        assert (run.status == "diverged") == bool(settings)

    with_store(scene)


def test_every_kind_of_event_is_described_by_a_schema_that_refuses_others() -> None:
    for path in ("/api/players/{player}/events", "/api/leaders/{token}/events", "/api/runs/{run}/events"):
        for validator in schemas(path).values():
            assert not validator.is_valid({"unknown": 1})
