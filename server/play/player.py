"""One player: the moment of a page in its run, its last command, and how it moves with time."""

from dataclasses import dataclass, replace
from math import ceil

from server.compute.computing import Wish
from server.errors import Refusal
from server.run.past import Evaluation, first_reaching
from server.wire.messages.players import Moment, PlayerCommand

AHEAD_SECONDS = 0.25
"""How far ahead of a player its run is computed, so that the player keeps its speed."""
CATCH_UP_SECONDS = 1.0
"""The maximum delay that a player makes up for, after it had to wait for its run."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The facts of a run that a player depends on: its size, and its progress.

    `iterations` is the length of the run, `positions` the number of micro-steps of an iteration, `computed`
    the number of computed iterations. `ended` is true if no more can be computed.
    """

    iterations: int
    iterations_per_epoch: int
    positions: int
    computed: int = 0
    ended: bool = False
    evaluations: tuple[Evaluation, ...] = ()


@dataclass(frozen=True, slots=True)
class Player:
    """The player `id` of the browser `owner`.

    `command` is the last command of the page, with `moment` and `playing` as they are now. `due` is the
    number of iterations that the player is late; a fraction while it waits for the next iteration.
    """

    id: str
    owner: str
    command: PlayerCommand
    due: float = 0.0

    @property
    def moves(self) -> bool:
        """True if it moves with time: it plays by iterations, by epochs, or towards a goal."""
        command = self.command
        return command.playing and (command.goal is not None or command.unit in ("iteration", "epoch"))


def created(id: str, owner: str, command: PlayerCommand, run: RunFacts) -> Player:
    """A new player. Raises Refusal for a moment that the run does not have."""
    _check_moment(command.moment, run)
    # The first iteration is due at once.
    return Player(id, owner, command, due=1.0)


def commanded(player: Player, command: PlayerCommand, run: RunFacts) -> Player:
    """The player after a command. `run` is the run of the command.

    If the player plays in this run before and after the command, it keeps its moment, because the moment of
    the command is a little late. Raises Refusal for a moment that the run does not have.
    """
    after = created(player.id, player.owner, command, run)
    if not (player.moves and after.moves and command.run == player.command.run):
        return after
    stays = command.model_copy(update={"moment": player.command.moment})
    return replace(after, command=stays, due=min(player.due, 1.0))


def moved(player: Player, seconds: float, run: RunFacts) -> Player:
    """The player `seconds` later.

    It moves at its speed, as far as the run is computed. Without a speed, or with a goal, it moves to the
    newest iteration. It stops at its goal and at the end of the run.
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
    """The wish of a player: how far its run is to be computed. None if the player does not move."""
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
    """The player after `done` iterations: at the end of the last one."""
    if done == _done(player.command.moment, run):
        moment = player.command.moment
    else:
        moment = Moment(iteration=max(0, done - 1), position=run.positions if done else 0)
    return replace(player, command=player.command.model_copy(update={"moment": moment, "playing": playing}))


def _done(moment: Moment, run: RunFacts) -> int:
    """The number of complete iterations at a moment."""
    return moment.iteration + (moment.position == run.positions)


def _rate(command: PlayerCommand, run: RunFacts) -> float | None:
    """The speed of a command in iterations per second; None for full speed."""
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
            f"The last iteration of this run is {run.iterations - 1}; {moment.iteration} is too large.",
            "moment.iteration",
            code="beyond_the_end",
        )
    if moment.position > run.positions:
        raise Refusal(
            f"An iteration of this run has {run.positions} micro-steps; {moment.position} is too large.",
            "moment.position",
        )
