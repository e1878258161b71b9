"""Who may do what with a player."""

from typing import Literal

from server.play.player import Player

Action = Literal["command", "watch", "lead"]


def may(who: str | None, action: Action, player: Player) -> bool:
    """True if the browser `who` (None: one without a name) may do this with a player.

    To follow a leader takes its token, and no permission.
    """
    match action:
        case "command" | "watch" | "lead":
            return who == player.owner
