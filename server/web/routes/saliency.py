"""The JSON API of predictions, saliency maps, nearest examples and comparisons. Nothing of a question is
stored."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from server.nn.step import State
from server.probe.saliency_methods import METHODS, SaliencyMethod
from server.recipe.plan import Plan
from server.run.history import History
from server.web.feature_store import FeatureStore
from server.web.routes.dependencies import (
    REFUSED,
    IterationNumber,
    Live,
    Store,
    answered,
    check_computed,
    studied,
)
from server.wire import encode
from server.wire.messages.saliency import (
    Comparison,
    ComparisonQuestion,
    EffectQuestion,
    InputQuestion,
    Nearest,
    NearestQuestion,
    PictureQuestion,
    Prediction,
    Saliency,
    SaliencyQuestion,
)

router = APIRouter(prefix="/api", responses=REFUSED)

MOMENT = "/runs/{run}/iterations/{iteration}"


async def feature_store(request: Request) -> FeatureStore:
    """The feature store of this server."""
    store: FeatureStore = request.app.state.features
    return store


@router.get("/saliency")
def read_saliency_methods() -> tuple[SaliencyMethod, ...]:
    """All saliency methods."""
    return tuple(METHODS.values())


@router.post(f"{MOMENT}/prediction", response_model=Prediction)
async def predict(
    live: Live, store: Store, iteration: IterationNumber, question: PictureQuestion
) -> Response:
    """The prediction for a picture by the network before this iteration, with the tensors of the question."""

    def predicted(history: History) -> Prediction:
        _check_state(history, iteration)
        return encode.saliency.prediction(history, iteration, question)

    return await answered(store, live, predicted)


@router.post(f"{MOMENT}/saliency", response_model=Saliency)
async def explain_unit(
    live: Live, store: Store, iteration: IterationNumber, question: SaliencyQuestion
) -> Response:
    """A saliency map of a unit, by one of the methods."""

    def explained(history: History) -> Saliency:
        _check_input(history, iteration, question)
        return encode.saliency.saliency(history, iteration, question)

    return await studied(store, live, explained)


@router.post(f"{MOMENT}/nearest", response_model=Nearest)
async def find_nearest(
    live: Live,
    store: Store,
    iteration: IterationNumber,
    question: NearestQuestion,
    features: Annotated[FeatureStore, Depends(feature_store)],
) -> Response:
    """The nearest examples in the features of the last dense layer."""
    await store.ask(live, partial(_check_input, iteration=iteration, question=question))
    among = await features.get(partial(store.study, live), live.id, iteration, question.part)

    def found(history: History) -> Nearest:
        return encode.saliency.nearest(history, iteration, among, question)

    return await studied(store, live, found)


@router.post(f"{MOMENT}/effect", response_model=Comparison)
async def try_training(
    live: Live, store: Store, iteration: IterationNumber, question: EffectQuestion
) -> Response:
    """The effect of training on a picture: this moment beside the one after it.

    The run does not change. A recipe with the same edits (PictureEdit) trains on the picture.
    """

    def tried(history: History) -> Comparison:
        _check_state(history, iteration)
        return encode.saliency.effect(history, iteration, question)

    return await studied(store, live, tried)


@router.post(f"{MOMENT}/comparison", response_model=Comparison)
async def compare(
    live: Live, store: Store, iteration: IterationNumber, question: ComparisonQuestion
) -> Response:
    """This moment beside another one, of this run or of another run."""
    other = live if question.run is None else store.get(question.run)
    await store.ask(live, partial(_check_state, iteration=iteration))
    after = await store.ask(other, partial(_side, iteration=question.iteration))

    def compared(history: History) -> Comparison:
        return encode.saliency.comparison(history, iteration, after, question)

    return await studied(store, live, compared)


def _side(history: History, iteration: int) -> tuple[Plan, State]:
    """The plan and the state before an iteration. Refusal."""
    _check_state(history, iteration)
    return history.plan, history.state(iteration)


def _check_input(history: History, iteration: int, question: InputQuestion) -> None:
    """An example needs a computed iteration; a picture needs only the parameters before it."""
    if question.picture is None:
        check_computed(history, iteration)
    else:
        _check_state(history, iteration)


def _check_state(history: History, iteration: int) -> None:
    """Raise Refusal unless the state before this iteration can be read. It can be read after the last one
    too."""
    if iteration != history.computed:
        check_computed(history, iteration)
