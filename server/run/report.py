"""The report of a run: its progress as an immutable value, which other threads can read."""

from dataclasses import dataclass

from server.nn.arrays import Array
from server.recipe.plan import Plan
from server.run.history import History
from server.run.past import Divergence, Evaluation, Stop


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """The progress of a run at one time.

    `losses` (computed,) are the mean losses of the batches, in float64. `ended` is true if the run is
    finished, stopped early, or diverged. `seconds` is the time that its training has taken. `nbytes` is the
    memory of its history in bytes.
    """

    plan: Plan
    computed: int
    losses: Array
    evaluations: tuple[Evaluation, ...]
    diverged: Divergence | None
    stopped: Stop | None
    ended: bool
    seconds: float
    nbytes: int
    cached: int
    """The part of `nbytes` that `History.forget` frees."""
    failed: bool = False
    """True if training has raised an exception. It is logged, and the wishes of the run are forgotten."""

    @property
    def finite(self) -> int:
        """The number of computed iterations whose numbers are all finite."""
        return self.diverged.iteration if self.diverged else self.computed


def report(history: History, failed: bool = False) -> Report:
    """The current report of a history. `failed` is true if its training has raised an exception."""
    losses = history.losses
    return Report(
        plan=history.plan,
        computed=len(losses),
        losses=losses,
        evaluations=history.evaluations,
        diverged=history.diverged,
        stopped=history.stopped,
        ended=history.ended,
        seconds=history.seconds,
        nbytes=history.nbytes,
        cached=history.cached,
        failed=failed,
    )
