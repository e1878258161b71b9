"""Who may do what with a player: every combination."""

from itertools import product
from typing import get_args

import pytest

from server.play.permission import Action, may
from server.play.player import Player
from server.wire.messages.players import PlayerCommand

PLAYER = Player("p", "owner", PlayerCommand(run="run"))
ALLOWED = {("owner", "command"), ("owner", "watch"), ("owner", "lead")}


@pytest.mark.parametrize(("who", "action"), [*product(["owner", "another", "", None], get_args(Action))])
def test_only_its_owner_commands_watches_and_leads_with_a_player(who: str | None, action: Action) -> None:
    assert may(who, action, PLAYER) == ((who, action) in ALLOWED)
