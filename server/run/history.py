"""The history of a run: every computed iteration can be read again at any time, bit for bit."""

import threading
import time
from math import inf, isfinite

import numpy as np

from server.errors import Refusal
from server.nn.arrays import Array, freeze
from server.nn.evaluation import evaluate
from server.nn.nonfinite import first_nonfinite
from server.nn.records import Trace
from server.nn.step import State, state_before, train_step
from server.recipe.batches import gather, training_batch
from server.recipe.early_stopping import Watch
from server.recipe.plan import Plan
from server.recipe.recipe import Recipe
from server.run.look import LOOK_SLOT, ExampleChoice, check_training_example, look_at
from server.run.past import Divergence, Evaluation, Past, Stop, first_difference, first_reaching
from server.run.recent import Recent
from server.run.snapshots import Snapshots

MAX_TRACE_BYTES = 32 * 2**20
MAX_LOOK_BYTES = 8 * 2**20
"""Memory of the separate passes that were computed last, in bytes."""
MAX_STATE_BYTES = 8 * 2**20
"""Memory of the states that were replayed last, in bytes."""
EVALUATIONS_PER_EPOCH = 20


class NotComputed(Refusal):
    """An iteration that a run has not reached."""

    code = "not_computed"
    field = "iteration"


def step(plan: Plan, state: State) -> tuple[State, Trace]:
    """Compute one iteration. Training and replay both use this function, so that replay is exact.

    The edits of parameters come first: states are kept as the update left them, because recipes that differ
    in their edits share their states.
    """
    recipe, state = plan.recipe, plan.edited(state)
    x, targets, examples = training_batch(plan, state.iteration)
    return train_step(
        plan.network,
        recipe.loss,
        recipe.optimizer,
        state,
        x,
        targets,
        recipe.learning_rate(state.iteration),
        examples,
        recipe.seed,
    )


class History:
    """Iterations 0 to `computed` - 1 of a plan's run.

    `advance` computes more. It admits one caller at a time; all other methods may be called from any thread
    meanwhile. `parent` is the history of a recipe that differs in its edits only: the iterations before the
    first difference are shared, not computed again. The constructor evaluates the initial state. `seconds` is
    the time that `advance` has taken.
    """

    def __init__(self, plan: Plan, parent: "History | None" = None) -> None:
        self.plan = plan
        self.diverged: Divergence | None = None
        self.stopped: Stop | None = None
        self.seconds = 0.0
        self._watch = Watch()
        self._losses = np.empty(plan.iterations, np.float64)
        self._evaluate_every = max(1, plan.iterations_per_epoch // EVALUATIONS_PER_EPOCH)
        self._advancing = threading.Lock()
        self._traces: Recent[int, Trace] = Recent(MAX_TRACE_BYTES)
        self._looks: Recent[tuple[int, int], Trace] = Recent(MAX_LOOK_BYTES)
        self._trace_bytes: dict[int, int] = {}
        self._states: Recent[int, State] = Recent(MAX_STATE_BYTES)
        if parent is None:
            self.computed = 0
            self._head = plan.initial()
            self._snapshots = Snapshots({0: self._head})
            self.evaluations: tuple[Evaluation, ...] = ()
            self._evaluate(self._head)
        else:
            shared = parent.shared_with(plan.recipe)
            self.computed = shared
            self._head = parent._unedited(shared)
            self._losses[:shared] = parent.losses[:shared]
            self._snapshots = parent._snapshots.until(shared)
            self._take(tuple(e for e in parent.evaluations if e.iteration <= shared))
        self._state_bytes = self._head.nbytes

    @property
    def losses(self) -> Array:
        """The mean loss of each computed iteration's batch: float64, read-only."""
        return freeze(self._losses[: self.computed])

    @property
    def snapshots(self) -> Snapshots:
        """The states that are kept, as the update before each left them."""
        return self._snapshots

    @property
    def finite(self) -> int:
        """The number of computed iterations whose numbers are all finite."""
        return self.diverged.iteration if self.diverged else self.computed

    @property
    def ended(self) -> bool:
        """True when nothing more can be computed: the run is at its end, stopped early, or diverged."""
        return bool(self.diverged or self.stopped) or self.computed == self.plan.iterations

    @property
    def nbytes(self) -> int:
        """The memory of states (shared ones too), cached traces and losses, in bytes."""
        states = self._state_bytes + self._snapshots.nbytes + self._states.nbytes
        return states + self._traces.nbytes + self._looks.nbytes + self._losses.nbytes

    @property
    def cached(self) -> int:
        """The memory that `forget` frees, in bytes."""
        return self._traces.nbytes + self._looks.nbytes + self._states.nbytes

    def shared_with(self, recipe: Recipe) -> int:
        """The number of its iterations that a recipe shares. ValueError when more than edits differ."""
        return min(first_difference(recipe, self.plan.recipe), self.finite)

    def forget(self) -> int:
        """Drop cached traces and states, and return their size in bytes. Reading computes them again."""
        return self._traces.clear() + self._looks.clear() + self._states.clear()

    def past(self) -> Past:
        """All that is computed, up to the last iteration with finite numbers."""
        with self._advancing:
            return Past(self._head, self.losses[: self.finite], self.evaluations, self._snapshots)

    def adopt(self, past: Past) -> bool:
        """Continue from the past of the same run. True if it has more iterations than this history."""
        with self._advancing:
            if past.head.iteration <= self.computed or self.ended:
                return False
            self._head, self._snapshots = past.head, past.snapshots
            self._take(past.evaluations)
            self._losses[: past.head.iteration] = past.losses
            self.computed = past.head.iteration
            return True

    def advance(self, count: int, seconds: float = inf, accuracy: float = inf) -> int:
        """Compute up to `count` more iterations, and return the number of computed ones.

        Stop after `seconds`, when the run ends, or when the latest evaluation has this `accuracy` (0..1). A
        diverged iteration is the last one, and can be read like any other.
        """
        with self._advancing:
            begun, done = time.monotonic(), 0
            while done < count and not self.ended:
                self._advance()
                done += 1
                if time.monotonic() - begun >= seconds or first_reaching(self.evaluations[-1:], accuracy):
                    break
            self.seconds += time.monotonic() - begun
            return done

    def state(self, iteration: int) -> State:
        """The state before `iteration`, at most `computed`, with the edits of its parameters. NotComputed
        beyond."""
        return self.plan.edited(self._unedited(iteration))

    def trace(self, iteration: int) -> Trace:
        """The trace of a computed iteration. NotComputed for any other."""
        if not 0 <= iteration < self.computed:
            raise self._not_computed(iteration)
        trace = self._traces.get(iteration)
        if trace is None:
            _, trace = self._replay(self.state(iteration))
            self._keep(trace)
        return trace

    def trace_with(self, iteration: int, choice: ExampleChoice) -> tuple[Trace, int]:
        """A trace of a computed iteration, and the slot in it of the chosen example.

        If the chosen training example is in the batch, its own slot is returned. Any other training example
        has a separate pass, in which it replaces the first example of the batch. Everything else is as in
        training: the augmentation, the dropout masks, the division by the size of the batch, and the other
        examples, from which batch normalisation takes its statistics. No parameter changes.

        Raises NotComputed, UnknownTrainingExample.
        """
        trace = self.trace(iteration)
        if choice.look is None:
            return trace, choice.slot
        check_training_example(self.plan, choice.look)
        slots = np.flatnonzero(trace.examples == choice.look)
        if slots.size:
            return trace, int(slots[0])
        key = iteration, choice.look
        found = self._looks.get(key)
        if found is None:
            found = look_at(self.plan, trace, choice.look)
            self._looks.put(key, found, found.nbytes)
        return found, LOOK_SLOT

    def _unedited(self, iteration: int) -> State:
        """The state that the update before `iteration` left. NotComputed beyond `computed`."""
        if not 0 <= iteration <= self.computed:
            raise self._not_computed(iteration)
        state = self._at_hand(iteration)
        while state.iteration < iteration:
            state, _ = self._replay(state)
        return state

    def _at_hand(self, iteration: int) -> State:
        """The latest state at or before `iteration`, without its edits, that is in memory."""
        states = [self._snapshots.nearest(iteration)]
        if (head := self._head).iteration <= iteration:
            states.append(head)
        if (replayed := self._states.nearest(iteration)) is not None:
            states.append(replayed)
        trace = self._traces.nearest(iteration)
        if trace is not None and trace.iteration not in self.plan.settings:
            states.append(state_before(trace))
        return max(states, key=lambda state: state.iteration)

    def _replay(self, state: State) -> tuple[State, Trace]:
        """The state after a computed iteration and its trace. The state is kept in memory."""
        after, trace = step(self.plan, state)
        self._states.put(after.iteration, after, self._state_bytes)
        return after, trace

    def _keep(self, trace: Trace) -> None:
        batch_size = trace.examples.size
        # Summing the sizes takes 3 % of a small step.
        if batch_size not in self._trace_bytes:
            self._trace_bytes[batch_size] = trace.nbytes
        self._traces.put(trace.iteration, trace, self._trace_bytes[batch_size])

    def _advance(self) -> None:
        state, trace = step(self.plan, self._head)
        self._losses[trace.iteration] = trace.loss.loss
        tensor = first_nonfinite(trace, state)
        if tensor is not None:
            self.diverged = Divergence(trace.iteration, tensor)
        else:
            self._head = state
            self._snapshots = self._snapshots.add(state)
            if state.iteration % self._evaluate_every == 0 or state.iteration == self.plan.iterations:
                self._evaluate(state)
        # Pages that play ask for recent iterations.
        self._keep(trace)
        # Last: other threads read `computed` first, and then find everything up to it.
        self.computed = state.iteration

    def _evaluate(self, state: State) -> None:
        plan = self.plan
        if not plan.evaluated.size:
            return
        x, targets = gather(plan, plan.monitored, plan.evaluated)
        accuracy, loss = evaluate(plan.network, plan.recipe.loss, state, x, targets)
        # Finite parameters can still overflow on other examples. The run then diverges soon.
        if isfinite(loss):
            evaluation = Evaluation(iteration=state.iteration, accuracy=accuracy, loss=loss)
            self.evaluations = (*self.evaluations, evaluation)
            self._watch_over(evaluation)

    def _take(self, evaluations: tuple[Evaluation, ...]) -> None:
        """Replace the evaluations, and apply early stopping to them."""
        self.evaluations, self._watch = evaluations, Watch()
        for evaluation in evaluations:
            self._watch_over(evaluation)

    def _watch_over(self, evaluation: Evaluation) -> None:
        """Apply early stopping to one more evaluation. The result depends on the recipe alone."""
        rule, at = self.plan.recipe.early_stopping, evaluation.iteration
        self._watch = watch = self._watch.seen(rule, at, evaluation.loss)
        if watch.is_over(rule) and at < self.plan.iterations:
            self.stopped = Stop(at, watch.waited, watch.lowest, watch.lowest_at)

    def _not_computed(self, iteration: int) -> NotComputed:
        if not 0 <= iteration < self.plan.iterations:
            return NotComputed(
                f"The run has no iteration {iteration}: its last one is {self.plan.iterations - 1}."
            )
        return NotComputed(
            f"Iteration {iteration} is not computed yet: the run has computed {self.computed}."
        )
