"""A follower and its leader in the store of players, without routes."""

from server.recipe.recipe import Recipe
from server.web.player_store import PlayerStore
from server.web.run_store import RunStore
from server.wire.messages.players import PlayerCommand
from tests.web.test_run_store import with_store

ONE = "1" * 32


def test_a_follower_that_reads_slowly_does_not_go_on_when_its_leader_has_ended_to_lead() -> None:
    async def scene(runs: RunStore) -> None:
        first, _ = await runs.create(Recipe())
        second, _ = await runs.create(Recipe(seed=1))
        players = PlayerStore(runs)
        players.command(ONE, "browser", PlayerCommand(run=first.id))
        token = players.lead(ONE, "browser").leading
        assert token is not None
        with players.follow(token, (), "shades") as follower:
            assert await follower.outbox.take(0)
            assert players.stop_leading(ONE, "browser").followers == 0
            players.command(ONE, "browser", PlayerCommand(run=second.id))
            assert await follower.outbox.take(0) == ["ended"]
        assert not players.audiences
        assert not first.streams

    with_store(scene)


def test_a_change_at_the_time_at_which_a_stream_joins_is_told() -> None:
    async def scene(runs: RunStore) -> None:
        run, _ = await runs.create(Recipe())
        players = PlayerStore(runs)
        players.command(ONE, "browser", PlayerCommand(run=run.id))
        with players.stream(ONE, "browser", 0) as stream:
            assert await stream.outbox.take(0) == ["player", "progress"]
            run.publish()
            assert await stream.outbox.take(60) == ["progress"]

    with_store(scene)
