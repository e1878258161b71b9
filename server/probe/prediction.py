"""The prediction of the network at one moment for any picture, and how far to trust it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from server.nn.arrays import Array, number_text
from server.nn.evaluation import evaluation_stack
from server.nn.step import State
from server.recipe.plan import Plan
from server.run.past import Evaluation

Verdict = Literal["sure", "unsure", "untrained"]

SURE = 0.7
"""The smallest probability of a sure answer."""
MARGIN = 0.2
"""The smallest margin of a sure answer over the next class: several sigmoids can be large together."""
NEAR_CHANCE = 0.25
"""A network is untrained while its accuracy has covered less than this share of the way from chance to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class PicturePrediction:
    """The prediction for one picture.

    `tensors` are all tensors of the forward pass, by name, without the batch axis. `answers` (K,) are the
    probabilities where the loss computes them, else the outputs. With several classes and finite answers
    there are a `winner`, the next class `runner_up`, and the `margin` between them. A `verdict` needs
    probabilities.
    """

    tensors: dict[str, Array]
    answers: Array
    winner: int | None
    runner_up: int | None
    margin: float | None
    verdict: Verdict | None
    words: str


def predict(plan: Plan, state: State, x: Array, evaluations: Sequence[Evaluation]) -> PicturePrediction:
    """The prediction for the input `x` (*shape, 1) by the network before iteration `state.iteration`.

    The network runs in evaluation mode. `evaluations` are those of its run.
    """
    loss = plan.recipe.loss
    with np.errstate(all="ignore"):
        stack = evaluation_stack(plan.network, state, x)
        out = stack[-1].out
        # A picture has no target: of the loss only the probabilities are used.
        saved = loss.forward(out, np.zeros_like(out)).saved if "probabilities" in loss.saved else {}
    tensors = {"input.out": x[..., 0]}
    for passed in stack:
        tensors[f"{passed.layer.name}.out"] = passed.out[..., 0]
        saved_here = passed.layer.op.saved_of(passed.saved, 0)
        tensors |= {f"{passed.layer.name}.{name}": array for name, array in saved_here.items()}
    if saved:
        tensors["loss.probabilities"] = saved["probabilities"][..., 0]
    answers = tensors.get("loss.probabilities", out[:, 0])
    if not np.isfinite(answers).all():
        words = "The answer is not finite: the run has diverged. Go back to a moment before that."
        return PicturePrediction(tensors, answers, None, None, None, None, words)
    if len(plan.dataset.classes) < 2:
        words = f"The network answers {', '.join(number_text(float(number)) for number in answers)}."
        return PicturePrediction(tensors, answers, None, None, None, None, words)
    # The first of several equal answers wins, as in the evaluation of a run.
    winner, runner_up = (int(label) for label in np.argsort(-answers, kind="stable")[:2])
    margin = float(answers[winner] - answers[runner_up])
    last = next((e for e in reversed(evaluations) if e.iteration <= state.iteration), None)
    verdict = _verdict(plan, state, float(answers[winner]), margin, last) if saved else None
    words = " ".join(_words(plan, answers, winner, runner_up, verdict, last))
    return PicturePrediction(tensors, answers, winner, runner_up, margin, verdict, words)


def _verdict(plan: Plan, state: State, probability: float, margin: float, last: Evaluation | None) -> Verdict:
    chance = 1 / len(plan.dataset.classes)
    accuracy = chance if last is None else last.accuracy
    is_near_chance = last is not None and accuracy < chance + NEAR_CHANCE * (1 - chance)
    if state.iteration == 0 or is_near_chance:
        return "untrained"
    return "sure" if probability >= SURE and margin >= MARGIN else "unsure"


def _words(
    plan: Plan, answers: Array, winner: int, runner_up: int, verdict: Verdict | None, last: Evaluation | None
) -> Iterator[str]:
    classes = plan.dataset.classes
    if verdict is None:
        for begin, label in (("The largest output is that of", winner), ("the next that of", runner_up)):
            yield f"{begin} {classes[label]}, {number_text(float(answers[label]))}" + ";."[label != winner]
        return
    first, second = (f"{classes[label]} with {_percent(answers[label])}" for label in (winner, runner_up))
    match verdict:
        case "untrained":
            if last is None or last.iteration == 0:
                yield "The network is untrained: it has its first numbers still."
            else:
                yield (
                    f"The network is untrained: when it was last tested, after {last.iteration:,} "
                    f"iterations, it got {_percent(last.accuracy)} right, and guessing gets "
                    f"{_percent(1 / len(classes))}."
                )
            yield f"It says {first}, which means nothing yet."
        case "unsure":
            yield f"The network is unsure: {first}, {second}."
        case "sure":
            yield f"The network answers {first}; next comes {second}."


def _percent(part: float) -> str:
    return f"{100 * part:.3g} %"
