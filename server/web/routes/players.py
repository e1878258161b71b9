"""Routes of players: the commands and the stream of a page, leading, and the streams of followers."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Body, Depends, Header, Path, Query, Request, Response

from server.web.body_limits import COMMAND
from server.web.event_stream import EventStream, described
from server.web.identity import browser, identified
from server.web.player_store import PlayerStore
from server.web.player_stream import FollowerStream, PlayerStream
from server.web.routes.dependencies import Names, Since, Store, resource
from server.web.run_store import RunStore
from server.wire.messages.frames import ArrayForm
from server.wire.messages.players import LeaderEvents, Player, PlayerCommand, PlayerEvents

router = resource("/api")


async def player_store(request: Request) -> PlayerStore:
    """The players of this server."""
    store: PlayerStore = request.app.state.players
    return store


async def known_browser(request: Request) -> str | None:
    """The name of the browser; None without a cookie."""
    return browser(request)


_HEXADECIMAL = Path(pattern="^[0-9a-f]{32}$", description="32 hexadecimal digits.")
Players = Annotated[PlayerStore, Depends(player_store)]
Browser = Annotated[str | None, Depends(known_browser)]
PlayerId = Annotated[str, _HEXADECIMAL]
Token = Annotated[str, _HEXADECIMAL]


@router.put("/players/{player}", max_body_size=COMMAND)
async def command_player(
    player: PlayerId,
    players: Players,
    runs: Store,
    request: Request,
    response: Response,
    command: Annotated[PlayerCommand, Body()],
) -> Player:
    """Replace the command of a player. The first command creates the player for the browser that sends it."""
    return await commanded(players, runs, player, identified(request, response), command)


async def commanded(
    players: PlayerStore, runs: RunStore, player: str, who: str, command: PlayerCommand
) -> Player:
    """Replace the command of a player of the browser `who`. Raises Refusal."""
    if command.playing and command.goal is not None:
        # The user's cache is not read for somebody who may not command the player.
        players.check_may_command(player, who)
        await runs.restore(runs.get(command.run))
    return players.command(player, who, command)


@router.get("/players/{player}")
async def read_player(player: PlayerId, players: Players, who: Browser) -> Player:
    """The current moment, command and followers of a player."""
    return players.message(players.get(player, who, "watch"))


async def player_stream(
    player: PlayerId,
    players: Players,
    who: Browser,
    since: Since = 0,
    last_event_id: Annotated[
        int | None,
        Header(ge=0, description="The id of the last event of a lost stream. Overrides `since`."),
    ] = None,
) -> AsyncIterator[PlayerStream]:
    """The stream of a player, for as long as it lasts."""
    with players.stream(player, who, since if last_event_id is None else last_event_id) as stream:
        yield stream


@router.get("/players/{player}/events", response_class=EventStream, responses=described(PlayerEvents))
async def player_events(stream: Annotated[PlayerStream, Depends(player_stream)]) -> EventStream:
    """The event stream of a page.

    It sends `player` at once and after each change that the page did not command, and `progress` at once and
    after each change of the player's run. With `names`, it sends a `frame` each time that the player reaches
    another iteration. It sends `alive` after a second without another event, and `ended` when a newer
    stream of the player replaces it. A client that reads slowly gets fewer events; each is up to date.
    """
    return EventStream(stream.events())


@router.post("/players/{player}/lead")
async def lead(player: PlayerId, players: Players, who: Browser) -> Player:
    """Let other pages follow this player. `leading` of the reply is the token that they need."""
    return players.lead(player, who)


@router.delete("/players/{player}/lead")
async def stop_leading(player: PlayerId, players: Players, who: Browser) -> Player:
    """Stop leading. The streams of all followers end."""
    return players.stop_leading(player, who)


async def follower_stream(
    token: Token,
    players: Players,
    names: Names,
    arrays: Annotated[ArrayForm, Query(description="The form of the arrays of a frame.")] = "shades",
) -> AsyncIterator[FollowerStream]:
    """The stream of a follower, for as long as it lasts."""
    with players.follow(token, tuple(names), arrays) as stream:
        yield stream


@router.get("/leaders/{token}/events", response_class=EventStream, responses=described(LeaderEvents))
async def leader_events(stream: Annotated[FollowerStream, Depends(follower_stream)]) -> EventStream:
    """The event stream of a page that follows a leader.

    It sends `leader` at once and after each change, at most ten times a second, and `progress` at once and
    after each change of the leader's run. With `names`, it sends a `frame` each time that the leader reaches
    another iteration. It sends `alive` after a second without another event, and `ended` when the leader
    stops leading.
    """
    return EventStream(stream.events())
