"""Evaluations on all of the data."""

from typing import Literal

from pydantic import Field

from server.frozen import Frozen
from server.recipe.splits import Split
from server.wire.messages.arrays import TypedArray

EvaluationStatus = Literal["running", "done", "cancelled", "failed"]


class EvaluationCommand(Frozen):
    """Evaluate a run after `iteration` iterations (null: after all computed ones with finite numbers)."""

    iteration: int | None = Field(default=None, ge=0)


class SurveyPart(Frozen):
    """A split of the data, of which `done` examples are answered, and what is found in these.

    `confusion` counts the examples of each class (row) by their answers (column), `wrong` those off its
    diagonal. Without classes, `confusion` and `accuracy` are null.
    """

    part: Split
    done: int
    total: int
    accuracy: float | None
    loss: float | None
    wrong: int
    confusion: TypedArray | None


class Survey(Frozen):
    """An evaluation of a run after `iteration` iterations, on all of its data."""

    run: str
    iteration: int
    status: EvaluationStatus
    parts: tuple[SurveyPart, ...]


class Answer(Frozen):
    """The answer to one example. `certainty` is the probability of the answer."""

    example: int
    label: int
    answer: int
    certainty: float | None
    loss: float | None


class Answers(Frozen):
    """A page of `total` examples with their answers, and their inputs one after the other."""

    part: Split
    start: int
    total: int
    images: TypedArray
    signed: bool
    answers: tuple[Answer, ...]
