"""Evaluations, as messages."""

import math
from collections.abc import Iterable

from server.recipe.plan import Plan
from server.run.evaluation import Survey
from server.wire.encode.data import images
from server.wire.encode.runs import typed_array
from server.wire.messages import evaluations as messages


def survey(
    plan: Plan, iteration: int, status: messages.SurveyStatus, surveys: Iterable[Survey]
) -> messages.Survey:
    """How far an evaluation has come. Parts without examples are left out."""
    return messages.Survey(
        run=plan.recipe.id,
        iteration=iteration,
        status=status,
        parts=tuple(_part(plan, part) for part in surveys if part.total),
    )


def answers(
    plan: Plan, of: Survey, label: int | None, answer: int | None, start: int, count: int
) -> messages.Answers:
    """A page of the examples of one class that were answered with another, the largest loss first."""
    places = of.chosen(label, answer)
    page = places[start : start + count]
    return messages.Answers(
        part=of.part,
        start=start,
        total=len(places),
        images=images(plan.dataset, of.part, of.examples[page]),
        signed=plan.dataset.signed,
        answers=tuple(_answer(of, int(place)) for place in page),
    )


def _answer(of: Survey, place: int) -> messages.Answer:
    loss = float(of.losses[place])
    certainty = None if of.certainties is None else float(of.certainties[place])
    return messages.Answer(
        example=int(of.examples[place]),
        label=int(of.labels[place]),
        answer=int(of.answers[place]),
        certainty=certainty if certainty is not None and math.isfinite(certainty) else None,
        loss=loss if math.isfinite(loss) else None,
    )


def _part(plan: Plan, of: Survey) -> messages.SurveyPart:
    classes = len(plan.dataset.classes)
    return messages.SurveyPart(
        part=of.part,
        done=of.done,
        total=of.total,
        accuracy=of.accuracy if classes else None,
        loss=of.loss,
        wrong=int((of.answers != of.labels).sum()) if classes else 0,
        confusion=typed_array(of.confusion(classes)) if classes else None,
    )
