"""Evaluations as messages."""

import math
from collections.abc import Iterable

from server.recipe.plan import Plan
from server.run.evaluation import SplitEvaluation
from server.wire.encode.arrays import typed_array
from server.wire.encode.data import images
from server.wire.messages import evaluations as messages


def evaluation(
    plan: Plan, iteration: int, status: messages.EvaluationStatus, splits: Iterable[SplitEvaluation]
) -> messages.Survey:
    """An evaluation with its results so far. Splits without examples are left out."""
    return messages.Survey(
        run=plan.recipe.id,
        iteration=iteration,
        status=status,
        parts=tuple(_split(plan, split) for split in splits if split.total),
    )


def answers(
    plan: Plan, of: SplitEvaluation, label: int | None, answer: int | None, start: int, count: int
) -> messages.Answers:
    """A page of the examples of class `label` that are answered with `answer`, the largest loss first.

    None stands for any class. Where both are None, only wrong answers are included.
    """
    indices = of.select(label, answer)
    page = indices[start : start + count]
    return messages.Answers(
        part=of.split,
        start=start,
        total=len(indices),
        images=images(plan.dataset, of.split, of.examples[page]),
        signed=plan.dataset.signed,
        answers=tuple(_answer(of, int(index)) for index in page),
    )


def _answer(of: SplitEvaluation, index: int) -> messages.Answer:
    loss = float(of.losses[index])
    certainty = None if of.certainties is None else float(of.certainties[index])
    return messages.Answer(
        example=int(of.examples[index]),
        label=int(of.labels[index]),
        answer=int(of.answers[index]),
        certainty=certainty if certainty is not None and math.isfinite(certainty) else None,
        loss=loss if math.isfinite(loss) else None,
    )


def _split(plan: Plan, of: SplitEvaluation) -> messages.SurveyPart:
    classes = len(plan.dataset.classes)
    return messages.SurveyPart(
        part=of.split,
        done=of.done,
        total=of.total,
        accuracy=of.accuracy if classes else None,
        loss=of.loss,
        wrong=int((of.answers != of.labels).sum()) if classes else 0,
        confusion=typed_array(of.confusion(classes)) if classes else None,
    )
