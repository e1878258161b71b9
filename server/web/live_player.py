"""A player in memory: its value, its streams, and what it told the run that it wishes."""

import time
from itertools import count
from typing import TYPE_CHECKING

from server.compute.computing import Wish
from server.play.player import Player
from server.web.frame_encoder import FrameRequest

if TYPE_CHECKING:
    from server.web.player_stream import FollowerStream, PlayerStream


class LivePlayer:
    """A player of this server, with the stream of its page and those of its followers.

    `frames` is what its frames hold. `seen` is the time of the last command or of the end of its stream,
    `moved_at` the time to which it has been moved. `token` is that of its followers while it leads.
    """

    def __init__(self, player: Player, frames: FrameRequest | None, now: float) -> None:
        self.player = player
        self.frames = frames
        self.seen = now
        self.moved_at = now
        # Milliseconds, so that a server that is started again goes on above what the page has.
        self.sequence = count(int(time.time() * 1000))
        self.wished: Wish | None = None
        self.stream: PlayerStream | None = None
        self.token: str | None = None
        self.followers: set[FollowerStream] = set()
        self.leader_event: bytes | None = None

    def tell(self, kind: str) -> None:
        """Let an event of this kind be sent to its page."""
        if self.stream is not None:
            self.stream.outbox.put(kind)

    def has_changed(self) -> None:
        """Tell its followers."""
        self.leader_event = None
        for follower in self.followers:
            follower.outbox.put("leader", "frame")
