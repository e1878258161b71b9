"""Evaluations on all of the data."""

from typing import Literal

from server.recipe.plan import Part
from server.recipe.recipe import Frozen
from server.wire.messages.arrays import TypedArray

SurveyStatus = Literal["running", "done", "cancelled", "failed"]


class SurveyPart(Frozen):
    """A part of the data, of which `done` examples are answered: what is found in these.

    `confusion` counts the examples of each class (row) that were answered with each class (column), `wrong`
    those beside its diagonal; where there are no classes it is null, as is the accuracy.
    """

    part: Part
    done: int
    total: int
    accuracy: float | None
    loss: float | None
    wrong: int
    confusion: TypedArray | None


class Survey(Frozen):
    """An evaluation of a run as it was after `iteration` iterations, on all of its data."""

    run: str
    iteration: int
    status: SurveyStatus
    parts: tuple[SurveyPart, ...]


class Answer(Frozen):
    """How one example was answered: by its number in its part, `certainty` is the answer's probability."""

    example: int
    label: int
    answer: int
    certainty: float | None
    loss: float | None


class Answers(Frozen):
    """A page of `total` examples with their answers, and their inputs one after the other."""

    part: Part
    start: int
    total: int
    images: TypedArray
    signed: bool
    answers: tuple[Answer, ...]
