"""The JSON API of predictions, saliency maps, nearest examples and comparisons. Nothing of a question is
stored."""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request

from server.probe.saliency_methods import METHODS, SaliencyMethod
from server.web.feature_store import FeatureStore
from server.web.live_run import LiveRun
from server.web.routes.dependencies import READING, REFUSED, IterationNumber, Live, Store, check_computed
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


@router.post(f"{MOMENT}/prediction", dependencies=[READING])
def predict(live: Live, iteration: IterationNumber, question: PictureQuestion) -> Prediction:
    """The prediction for a picture by the network before this iteration, with the tensors of the question."""
    _check_state(live, iteration)
    return encode.saliency.prediction(live.history, iteration, question)


@router.post(f"{MOMENT}/saliency", dependencies=[READING])
def explain_unit(live: Live, iteration: IterationNumber, question: SaliencyQuestion) -> Saliency:
    """A saliency map of a unit, by one of the methods."""
    _check_input(live, iteration, question)
    return encode.saliency.saliency(live.history, iteration, question)


@router.post(f"{MOMENT}/nearest")
async def find_nearest(
    live: Live,
    store: Store,
    iteration: IterationNumber,
    question: NearestQuestion,
    features: Annotated[FeatureStore, Depends(feature_store)],
) -> Nearest:
    """The nearest examples in the features of the last dense layer."""
    _check_input(live, iteration, question)
    among = await features.get(live.history, iteration, question.part)
    return await to_thread.run_sync(
        encode.saliency.nearest, live.history, iteration, among, question, limiter=store.reading
    )


@router.post(f"{MOMENT}/effect", dependencies=[READING])
def try_training(live: Live, iteration: IterationNumber, question: EffectQuestion) -> Comparison:
    """The effect of training on a picture: this moment beside the one after it.

    The run does not change. A recipe with the same edits (PictureEdit) trains on the picture.
    """
    _check_state(live, iteration)
    return encode.saliency.effect(live.history, iteration, question)


@router.post(f"{MOMENT}/comparison")
async def compare(
    live: Live, store: Store, iteration: IterationNumber, question: ComparisonQuestion
) -> Comparison:
    """This moment beside another one, of this run or of another run."""
    other = live if question.run is None else store.get(question.run)
    _check_state(live, iteration)
    _check_state(other, question.iteration)
    return await to_thread.run_sync(
        encode.saliency.comparison, live.history, iteration, other.history, question, limiter=store.reading
    )


def _check_input(live: LiveRun, iteration: int, question: InputQuestion) -> None:
    """An example needs a computed iteration; a picture needs only the parameters before it."""
    if question.picture is None:
        check_computed(live, iteration)
    else:
        _check_state(live, iteration)


def _check_state(live: LiveRun, iteration: int) -> None:
    """Raise Refusal unless the state before this iteration can be read. It can be read after the last one
    too."""
    if iteration != live.history.computed:
        check_computed(live, iteration)
