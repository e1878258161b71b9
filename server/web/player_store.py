"""The players of one server: the commands and streams of pages, and the clock that moves players."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from server.compute.computing import Wish
from server.errors import Refusal
from server.play import player as playing
from server.play.permission import Action, may
from server.play.player import RunFacts
from server.run.look import ExampleChoice
from server.web.audience import Audience
from server.web.frame_encoder import FrameRequest
from server.web.identity import token_of
from server.web.live_player import LivePlayer
from server.web.live_run import LiveRun
from server.web.player_stream import FollowerStream, PlayerStream, Stream
from server.web.run_store import RunStore
from server.wire.messages.frames import ArrayForm
from server.wire.messages.players import Player, PlayerCommand

logger = logging.getLogger(__name__)
_WISHED = PlayerCommand.model_fields.keys() & Player.model_fields.keys()


class PlayerStore:
    """The players of one server, bounded in number and in age. A page creates a forgotten player again."""

    def __init__(self, runs: RunStore, clock: Callable[[], float] = time.monotonic) -> None:
        self.runs = runs
        self.settings = runs.settings
        self.players: OrderedDict[str, LivePlayer] = OrderedDict()
        self.audiences: dict[str, Audience] = {}
        self.leaders: dict[str, LivePlayer] = {}
        self._clock = clock
        self._moving: set[str] = set()
        self._ticker: asyncio.Task[None] | None = None

    def get(self, id: str, who: str | None, action: Action) -> LivePlayer:
        """The player with this id. Raises Refusal if there is none, or `who` may not perform the action."""
        live = self.players.get(id)
        if live is None or self._is_forgotten(live):
            raise Refusal(
                "This server has no such player (any more). Create it with a PUT to its address.",
                "player",
                code="no_such_player",
            )
        _check_may(who, action, live)
        return live

    def command(self, id: str, who: str, command: PlayerCommand) -> Player:
        """Replace the command of a player. The first command creates the player for the browser `who`.

        Raises Refusal for an unknown run, for a moment, an example or tensors that the run does not have, for
        a player of another browser, and if there are too many players.
        """
        self.check_may_command(id, who)
        run = self.runs.get(command.run)
        facts = _facts(run)
        live = self.players.get(id)
        if live is None or self._is_forgotten(live):
            player, frames = playing.created(id, who, command, facts), _frames(run, command)
            self._make_room()
            live = self.players[id] = LivePlayer(player, frames, self._clock())
        else:
            player, frames = playing.commanded(live.player, command, facts), _frames(run, command)
            self._replace(live, player, frames, run)
        self.players.move_to_end(id)
        live.seen = live.moved_at = self._clock()
        self._advance(live)
        return self.message(live)

    def check_may_command(self, id: str, who: str) -> None:
        """Refusal for a player of another browser."""
        live = self.players.get(id)
        if live is not None and not self._is_forgotten(live):
            _check_may(who, "command", live)

    def message(self, live: LivePlayer) -> Player:
        """The message that describes a player to its page."""
        command = live.player.command
        audience = self.audiences.get(command.run)
        others = audience.players - {live.player.id} if audience else set()
        leading = [self.players[id].token for id in sorted(others)]
        return Player(
            **{name: getattr(command, name) for name in Player.model_fields if name in _WISHED},
            id=live.player.id,
            sequence=next(live.sequence),
            others=len(others),
            leading=live.token,
            leaders=tuple(token for token in leading if token is not None),
            followers=len(live.followers),
        )

    @contextmanager
    def stream(self, id: str, who: str | None, since: int) -> Iterator[PlayerStream]:
        """Open the stream of a player, for as long as the context lasts. An earlier stream of it ends.

        `since` is the number of iterations whose losses the client has. Raises Refusal as `get`, for an
        unknown run, and if there are too many streams.
        """
        live = self.get(id, who, "watch")
        run = self.runs.get(live.player.command.run)
        if live.stream is not None:
            live.stream.outbox.put("ended")
            self._leave(live.stream)
        stream = PlayerStream(live, since, partial(self.message, live))
        self._join(stream, run)
        if live.player.moves:
            live.tell("frame")
        live.moved_at = self._clock()
        self._advance(live)
        try:
            yield stream
        finally:
            self._leave(stream)
            if live.stream is stream:
                live.stream, live.seen = None, self._clock()
                self.players.move_to_end(id)

    def lead(self, id: str, who: str | None) -> Player:
        """Let others follow a player. The message has their token in `leading`. Raises Refusal as `get`."""
        live = self.get(id, who, "lead")
        if live.token is None:
            live.token = token_of(live.player.owner, id)
            self.leaders[live.token] = live
            self._tell_others(live)
        return self.message(live)

    def stop_leading(self, id: str, who: str | None) -> Player:
        """Stop leading, and end the streams of all followers. Raises Refusal as `get`."""
        live = self.get(id, who, "lead")
        self._release(live)
        return self.message(live)

    @contextmanager
    def follow(self, token: str, names: tuple[str, ...], form: ArrayForm) -> Iterator[FollowerStream]:
        """Follow a leader, for as long as the context lasts.

        Raises Refusal for an unknown token, for tensors that the leader's run does not have, and if there are
        too many streams.
        """
        leader = self.leaders.get(token)
        if leader is None or self._is_forgotten(leader):
            raise Refusal(
                "No player leads with this token (any more). Its page must let others follow it again.",
                "token",
                code="no_such_leader",
            )
        run = self.runs.get(leader.player.command.run)
        stream = FollowerStream(leader, names, form)
        stream.request_of(run)
        self._join(stream, run)
        leader.followers.add(stream)
        leader.tell("player")
        try:
            yield stream
        finally:
            self._leave(stream)
            leader.followers.discard(stream)
            leader.tell("player")

    def tick(self) -> None:
        """Move all players that play to the current time."""
        for id in tuple(self._moving):
            self._advance(self.players[id])

    def close(self) -> None:
        """Stop moving players."""
        self._moving.clear()
        if self._ticker is not None:
            self._ticker.cancel()

    def _advance(self, live: LivePlayer) -> None:
        """Move a player to the current time, and update its wish."""
        now = self._clock()
        run = self.runs.runs.get(live.player.command.run)
        is_here = live.stream is not None or now - live.seen < self.settings.grace_seconds
        if run is None or not is_here:
            self._rest(live)
            return
        facts, before = _facts(run), live.player
        live.player = playing.moved(before, now - live.moved_at, facts)
        live.moved_at = now
        self._wish(live, run, playing.wish(live.player, facts))
        if live.player.command is not before.command:
            live.tell("frame")
            live.has_changed()
        if live.player.moves:
            self._moving.add(live.player.id)
            self._keep_ticking()
        else:
            self._moving.discard(live.player.id)
            if before.moves:
                live.tell("player")

    def _rest(self, live: LivePlayer) -> None:
        """Withdraw the wish of a player, and stop moving it."""
        self._moving.discard(live.player.id)
        if (run := self.runs.runs.get(live.player.command.run)) is not None:
            self._wish(live, run, None)
        live.wished = None

    def _wish(self, live: LivePlayer, run: LiveRun, wish: Wish | None) -> None:
        if wish != live.wished:
            live.wished = wish
            self.runs.wish(run, live.player.id, wish)

    def _replace(
        self, live: LivePlayer, player: playing.Player, frames: FrameRequest | None, run: LiveRun
    ) -> None:
        """Replace a player and its frames after a command. Its streams change to the run of the command."""
        before = live.player.command
        if player.command.run != before.run:
            self._rest(live)
        live.player, live.frames = player, frames
        if live.stream is not None:
            live.stream.outbox.intervals["frame"] = 1 / player.command.frames_per_second
        if player.command.run != before.run:
            for stream in (*filter(None, [live.stream]), *live.followers):
                self._leave(stream)
                stream.known = 0
                self._join(stream, run)
        where = player.command.run, player.command.moment.iteration
        if where != (before.run, before.moment.iteration):
            live.tell("frame")
        live.has_changed()

    def _join(self, stream: Stream, run: LiveRun) -> None:
        """Add a stream to a run, and tell the run's players. Raises Refusal if there are too many streams."""
        stream.place.enter_context(self.runs.stream(run))
        if (audience := self.audiences.get(run.id)) is None:
            audience = self.audiences[run.id] = Audience(run)
        audience.outboxes.add(stream.outbox)
        stream.joined(audience)
        if isinstance(stream, PlayerStream):
            stream.live.stream = stream
            audience.players.add(stream.live.player.id)
            self._tell_others(stream.live)

    def _leave(self, stream: Stream) -> None:
        audience = stream.audience
        if audience is None:
            return
        stream.audience = None
        stream.place.close()
        audience.outboxes.discard(stream.outbox)
        if isinstance(stream, PlayerStream):
            audience.players.discard(stream.live.player.id)
            self._tell(audience)
        if not audience.outboxes:
            audience.close()
            del self.audiences[audience.live.id]

    def _tell_others(self, live: LivePlayer) -> None:
        """Tell the players of a run that a player has joined them, leads, or has stopped leading."""
        if (audience := self.audiences.get(live.player.command.run)) is not None:
            self._tell(audience)

    def _tell(self, audience: Audience) -> None:
        for id in audience.players:
            self.players[id].tell("player")

    def _release(self, live: LivePlayer) -> None:
        """Stop leading: end the streams of all followers, and forget the token."""
        if live.token is None:
            return
        del self.leaders[live.token]
        live.token = None
        for stream in live.followers:
            stream.outbox.put("ended")
        # A slow follower may not have read the end yet. It must not go with the leader to another run.
        live.followers.clear()
        self._tell_others(live)

    def _is_forgotten(self, live: LivePlayer) -> bool:
        return live.stream is None and self._clock() - live.seen > self.settings.player_seconds

    def _make_room(self) -> None:
        """Forget players without a page so that one more fits: those that are too old, then the oldest.

        Raises Refusal if all have a page.
        """
        for live in tuple(self.players.values()):
            if live.stream is None and (
                self._is_forgotten(live) or len(self.players) >= self.settings.max_players
            ):
                self._rest(live)
                self._release(live)
                del self.players[live.player.id]
        if len(self.players) >= self.settings.max_players:
            raise Refusal(
                f"This server has {len(self.players)} pages open, the maximum. Close one.", code="full"
            )

    def _keep_ticking(self) -> None:
        if self._ticker is None or self._ticker.done():
            self._ticker = asyncio.create_task(self._tick_on())
            self._ticker.add_done_callback(_log_failure)

    async def _tick_on(self) -> None:
        while self._moving:
            await asyncio.sleep(1 / self.settings.events_per_second)
            self.tick()


def _facts(run: LiveRun) -> RunFacts:
    """The facts of a run that a player depends on. A run that has failed counts as ended."""
    report = run.report
    return RunFacts(
        iterations=run.plan.iterations,
        iterations_per_epoch=run.plan.iterations_per_epoch,
        positions=run.positions,
        computed=report.computed,
        ended=report.ended or report.failed,
        evaluations=report.evaluations,
    )


def _frames(run: LiveRun, command: PlayerCommand) -> FrameRequest | None:
    """The content of a player's frames; None without names.

    Raises UnknownTensor, TooMuch, UnknownTrainingExample.
    """
    choice = ExampleChoice(command.example, command.look)
    return run.frames.request(command.names, choice, command.arrays)


def _check_may(who: str | None, action: Action, live: LivePlayer) -> None:
    if not may(who, action, live.player):
        raise Refusal(
            "This player belongs to another browser. Create one with an id of your own.",
            "player",
            code="not_yours",
        )


def _log_failure(ticker: asyncio.Task[None]) -> None:
    if not ticker.cancelled() and (error := ticker.exception()):
        logger.error("Moving the players failed.", exc_info=error)
