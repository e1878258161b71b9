"""The JSON API of predictions, saliency maps, nearest examples and comparisons. Nothing of a question is
stored."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from server.probe.saliency_methods import METHODS, SaliencyMethod
from server.web.feature_store import FeatureStore
from server.web.routes.dependencies import (
    REFUSED,
    IterationNumber,
    Live,
    Store,
    answered,
    studied,
)
from server.wire import encode
from server.wire.messages.saliency import (
    Comparison,
    ComparisonQuestion,
    EffectQuestion,
    Nearest,
    NearestQuestion,
    PictureQuestion,
    Prediction,
    Saliency,
    SaliencyQuestion,
)
from server.wire.questions import saliency as questions
from server.wire.questions.moments import check_state

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
    return await answered(store, live, partial(questions.prediction, iteration=iteration, question=question))


@router.post(f"{MOMENT}/saliency", response_model=Saliency)
async def explain_unit(
    live: Live, store: Store, iteration: IterationNumber, question: SaliencyQuestion
) -> Response:
    """A saliency map of a unit, by one of the methods."""
    return await studied(store, live, partial(questions.saliency, iteration=iteration, question=question))


@router.post(f"{MOMENT}/nearest", response_model=Nearest)
async def find_nearest(
    live: Live,
    store: Store,
    iteration: IterationNumber,
    question: NearestQuestion,
    features: Annotated[FeatureStore, Depends(feature_store)],
) -> Response:
    """The nearest examples in the features of the last dense layer."""
    await store.ask(live, partial(questions.check_input, iteration=iteration, question=question))
    among = await features.get(partial(store.study, live), live.id, iteration, question.part)
    found = partial(encode.saliency.nearest, iteration=iteration, among=among, question=question)
    return await studied(store, live, found)


@router.post(f"{MOMENT}/effect", response_model=Comparison)
async def try_training(
    live: Live, store: Store, iteration: IterationNumber, question: EffectQuestion
) -> Response:
    """The effect of training on a picture: this moment beside the one after it.

    The run does not change. A recipe with the same edits (PictureEdit) trains on the picture.
    """
    return await studied(store, live, partial(questions.effect, iteration=iteration, question=question))


@router.post(f"{MOMENT}/comparison", response_model=Comparison)
async def compare(
    live: Live, store: Store, iteration: IterationNumber, question: ComparisonQuestion
) -> Response:
    """This moment beside another one, of this run or of another run."""
    other = live if question.run is None else store.get(question.run)
    await store.ask(live, partial(check_state, iteration=iteration))
    found = await store.ask(other, partial(questions.state, iteration=question.iteration))
    compared = partial(questions.comparison, iteration=iteration, other=found, question=question)
    return await studied(store, live, compared)
