"""Permissions: which browser may use a player."""

from typing import Literal

from server.play.player import Player

Action = Literal["command", "watch", "lead"]


def may(who: str | None, action: Action, player: Player) -> bool:
    """True if the browser `who` (None: no cookie) may perform this action on a player.

    Following needs no permission, only the token of the leader.
    """
    match action:
        case "command" | "watch" | "lead":
            return who == player.owner
