"""One player: where a page stands in a run, what it wishes, and how time moves it."""

from dataclasses import dataclass, replace
from math import ceil

from server.compute.computing import Wish
from server.errors import Refusal
from server.run.history import Evaluation, first_reaching
from server.wire.messages.players import Moment, PlayerCommand

AHEAD_SECONDS = 0.25
"""How far ahead of a player the run is wanted, so that the player keeps its own pace."""
CATCH_UP_SECONDS = 1.0
"""The most time that a player which had to wait makes up for."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a player needs to know of its run: the length of its parts, and how far it is computed."""

    iterations: int
    iterations_per_epoch: int
    positions: int
    computed: int = 0
    ended: bool = False
    evaluations: tuple[Evaluation, ...] = ()


@dataclass(frozen=True, slots=True)
class Player:
    """The player `id` of the browser `owner`.

    `command` is what the page wished last, with the moment where the player stands now and whether it still
    plays. `due` is the number of iterations that it has still to play, a fraction while it waits for the next
    one.
    """

    id: str
    owner: str
    command: PlayerCommand
    due: float = 0.0

    @property
    def moves(self) -> bool:
        """True while time moves it: it plays by iterations or epochs, or to a goal."""
        command = self.command
        return command.playing and (command.goal is not None or command.unit in ("iteration", "epoch"))


def created(id: str, owner: str, command: PlayerCommand, run: RunFacts) -> Player:
    """A new player. Refusal for a moment that the run does not have."""
    _check_moment(command.moment, run)
    # The first iteration is due at once.
    return Player(id, owner, command, due=1.0)


def commanded(player: Player, command: PlayerCommand, run: RunFacts) -> Player:
    """The player after a command; `run` is the run of the command.

    A player that goes on playing in its run stays where it is: where the page saw it is a little behind.
    Refusal for a moment that the run does not have.
    """
    after = created(player.id, player.owner, command, run)
    if not (player.moves and after.moves and command.run == player.command.run):
        return after
    stays = command.model_copy(update={"moment": player.command.moment})
    return replace(after, command=stays, due=min(player.due, 1.0))


def moved(player: Player, seconds: float, run: RunFacts) -> Player:
    """The player `seconds` later.

    It goes on at its speed as far as the run is computed; without a speed, or with a goal, it stands at the
    newest iteration. It stops at the goal, and at the end of the run.
    """
    if not player.moves:
        return player
    if (reached := _reached(player, run)) is not None:
        return _standing(player, reached.iteration, run, playing=False)
    done, rate = _done(player.command.moment, run), _rate(player.command, run)
    left = max(0, run.computed - done)
    if rate is None:
        count, due = left, player.due
    else:
        due = min(player.due + rate * seconds, max(1.0, rate * CATCH_UP_SECONDS))
        count = min(int(due), left)
        due -= count
    is_over = run.ended and done + count >= run.computed
    if count == 0 and not is_over:
        return replace(player, due=due)
    return replace(_standing(player, done + count, run, playing=not is_over), due=due)


def wish(player: Player, run: RunFacts) -> Wish | None:
    """How far the player wants its run computed; None when it wants nothing."""
    if not player.moves:
        return None
    if player.command.goal is not None:
        return Wish(run.iterations, player.command.goal)
    rate = _rate(player.command, run)
    if rate is None:
        return Wish(run.iterations)
    ahead = ceil(player.due) + ceil(rate * AHEAD_SECONDS)
    return Wish(min(run.iterations, _done(player.command.moment, run) + ahead))


def _standing(player: Player, done: int, run: RunFacts, playing: bool) -> Player:
    """The player where `done` iterations are done: at the end of the last of them."""
    if done == _done(player.command.moment, run):
        moment = player.command.moment
    else:
        moment = Moment(iteration=max(0, done - 1), position=run.positions if done else 0)
    return replace(player, command=player.command.model_copy(update={"moment": moment, "playing": playing}))


def _done(moment: Moment, run: RunFacts) -> int:
    """The number of iterations that are done at a moment."""
    return moment.iteration + (moment.position == run.positions)


def _rate(command: PlayerCommand, run: RunFacts) -> float | None:
    """The iterations a second at which a command plays; None for as fast as it goes."""
    if command.speed is None or command.goal is not None:
        return None
    return command.speed * (run.iterations_per_epoch if command.unit == "epoch" else 1)


def _reached(player: Player, run: RunFacts) -> Evaluation | None:
    """The first evaluation that reached the player's goal."""
    goal = player.command.goal
    return None if goal is None else first_reaching(run.evaluations, goal)


def _check_moment(moment: Moment, run: RunFacts) -> None:
    if moment.iteration >= run.iterations:
        raise Refusal(
            f"The last iteration of this run is {run.iterations - 1}; {moment.iteration} is beyond it.",
            "moment.iteration",
            code="beyond_the_end",
        )
    if moment.position > run.positions:
        raise Refusal(
            f"An iteration of this run has {run.positions} micro-steps; {moment.position} are more.",
            "moment.position",
        )
