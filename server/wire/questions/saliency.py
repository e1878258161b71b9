"""Questions about predictions, saliency maps, and the effect of training."""

from server.nn.step import State
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run.history import History
from server.wire import encode
from server.wire.messages.saliency import (
    Comparison,
    ComparisonQuestion,
    EffectQuestion,
    InputQuestion,
    PictureQuestion,
    Prediction,
    Saliency,
    SaliencyQuestion,
)
from server.wire.questions.moments import check_computed, check_state


def prediction(history: History, iteration: int, question: PictureQuestion) -> Prediction:
    """The prediction for a picture by the network before an iteration. Refusal."""
    check_state(history, iteration)
    return encode.saliency.prediction(history, iteration, question)


def saliency(history: History, iteration: int, question: SaliencyQuestion) -> Saliency:
    """A saliency map of a unit. Refusal."""
    check_input(history, iteration, question)
    return encode.saliency.saliency(history, iteration, question)


def effect(history: History, iteration: int, question: EffectQuestion) -> Comparison:
    """The effect of training on a picture. Refusal."""
    check_state(history, iteration)
    return encode.saliency.effect(history, iteration, question)


def state(history: History, iteration: int) -> tuple[Recipe, State]:
    """The recipe and the state before an iteration. Refusal."""
    check_state(history, iteration)
    return history.plan.recipe, history.state(iteration)


def comparison(
    history: History, iteration: int, other: tuple[Recipe, State], question: ComparisonQuestion
) -> Comparison:
    """The moment before an iteration beside another one. Refusal."""
    recipe, after = other
    planned = history.plan if recipe == history.plan.recipe else plan(recipe)
    return encode.saliency.comparison(history, iteration, (planned, after), question)


def check_input(history: History, iteration: int, question: InputQuestion) -> None:
    """An example needs a computed iteration; a picture needs only the parameters before it."""
    if question.picture is None:
        check_computed(history, iteration)
    else:
        check_state(history, iteration)
