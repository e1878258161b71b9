"""A report of a run: how far it is computed, as a value that can leave the thread that computes."""

from dataclasses import dataclass

from server.nn.arrays import Array
from server.recipe.plan import Plan
from server.run.history import Divergence, Evaluation, History, Stop


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """The progress of a run at one time.

    `losses` (computed,) are the mean losses of the batches. `ended` is true when no more can be computed:
    the run is finished, stopped early, or diverged. `seconds` is the time that computing it has taken, and
    `nbytes` the memory of its history in bytes.
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
    """True when computing it has raised an error, which is logged. Its wishes are forgotten."""

    @property
    def finite(self) -> int:
        """The number of computed iterations whose numbers are all finite."""
        return self.diverged.iteration if self.diverged else self.computed


def report(history: History, failed: bool = False) -> Report:
    """The report of a history as it is now."""
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
