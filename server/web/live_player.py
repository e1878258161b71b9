"""A player in memory: its value, its streams, and its wish."""

import time
from itertools import count
from typing import TYPE_CHECKING

from server.compute.computing import Wish
from server.play.player import Player
from server.web.frame_encoder import FrameRequest

if TYPE_CHECKING:
    from server.web.player_stream import FollowerStream, PlayerStream


class LivePlayer:
    """A player of this server, with the stream of its page and the streams of its followers.

    `frames` is the content of its frames. `seen` is the time of its last command, or of the end of its last
    stream. `moved_at` is the time to which it has been moved. Both are in seconds of the store's clock.
    `token` is the token of its followers; None if it does not lead.
    """

    def __init__(self, player: Player, frames: FrameRequest | None, now: float) -> None:
        self.player = player
        self.frames = frames
        self.seen = now
        self.moved_at = now
        # It starts at the time in milliseconds, so that a restarted server counts on from larger numbers.
        self.sequence = count(int(time.time() * 1000))
        self.wished: Wish | None = None
        self.stream: PlayerStream | None = None
        self.token: str | None = None
        self.followers: set[FollowerStream] = set()
        self.leader_event: bytes | None = None

    def tell(self, kind: str) -> None:
        """Send an event of this kind to its page."""
        if self.stream is not None:
            self.stream.outbox.put(kind)

    def has_changed(self) -> None:
        """Send the change to its followers."""
        self.leader_event = None
        for follower in self.followers:
            follower.outbox.put("leader", "frame")
