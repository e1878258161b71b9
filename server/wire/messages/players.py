"""Players: the command of a page, the player that it controls, and what its followers see."""

from typing import Annotated, Literal

from pydantic import Field

from server.frozen import Frozen
from server.recipe.recipe import Recipe
from server.wire.messages.frames import ArrayForm, Frame
from server.wire.messages.runs import Progress

Unit = Literal["cell", "layer", "phase", "iteration", "epoch"]
_Name = Annotated[str, Field(max_length=200)]
"""The name of a tensor, or a pattern of names."""


class Moment(Frozen):
    """An iteration, and the number of its micro-steps that are done."""

    iteration: int = Field(ge=0)
    position: int = Field(ge=0)


class OpenCell(Frozen):
    """A tensor whose map is open, and the row-major number of the chosen cell."""

    name: _Name
    cell: int = Field(ge=0)


class PlayerCommand(Frozen):
    """The complete command of a page. It replaces the previous one.

    `example` is a slot of the batch. `look` is the number of a training example that is shown instead, in the
    batch or not. `view` is the open cell. `speed` is in units per second (null: full speed). `goal` is an
    accuracy (0..1): playing ends at the first evaluation that reaches it. `names` are the tensors of the
    frames, or patterns as conv1.*; without names, the stream sends no frames.
    """

    run: str = Field(max_length=64)
    moment: Moment = Moment(iteration=0, position=0)
    example: int = Field(default=0, ge=0)
    look: int | None = Field(default=None, ge=0)
    view: OpenCell | None = None
    unit: Unit = "iteration"
    speed: float | None = Field(default=None, gt=0, le=1e9)
    goal: float | None = Field(default=None, gt=0, le=1)
    playing: bool = False
    names: tuple[_Name, ...] = Field(default=(), max_length=256)
    arrays: ArrayForm = "shades"
    frames_per_second: float = Field(default=30, gt=0, le=30)


class Player(Frozen):
    """The player of a page.

    Replies and events can arrive out of order: the one with the larger `sequence` is newer. `others` is the
    number of other pages that have this run open. `leading` is the token with which others follow this
    player; null if it does not lead. `leaders` are the tokens of the other players of this run that lead.
    `followers` is the number of pages that follow this player.
    """

    id: str
    sequence: int
    run: str
    moment: Moment
    example: int
    look: int | None
    view: OpenCell | None
    unit: Unit
    speed: float | None
    goal: float | None
    playing: bool
    others: int
    leading: str | None
    leaders: tuple[str, ...]
    followers: int


class Leader(Frozen):
    """What the followers of a player see. `recipe` is the recipe of its run."""

    recipe: Recipe
    run: str
    moment: Moment
    example: int
    look: int | None
    view: OpenCell | None
    unit: Unit
    playing: bool


class Nothing(Frozen):
    """The empty data of an event that has only a name."""


class PlayerEvents(Frozen):
    """The events of a page's stream, with the data of each."""

    player: Player
    progress: Progress
    frame: Frame
    alive: Nothing
    ended: Nothing


class LeaderEvents(Frozen):
    """The events of a follower's stream, with the data of each."""

    leader: Leader
    progress: Progress
    frame: Frame
    alive: Nothing
    ended: Nothing
