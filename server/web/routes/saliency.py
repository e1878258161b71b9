"""The JSON API of predictions, saliency maps, nearest examples and comparisons. Nothing of a question is
stored."""

from functools import partial
from typing import Annotated

from fastapi import Depends, Request, Response

from server.probe.saliency_methods import METHODS, SaliencyMethod
from server.web.body_limits import INPUT
from server.web.feature_store import FeatureStore
from server.web.routes.dependencies import AtIteration, resource
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

router = resource("/api")

MOMENT = "/runs/{run}/iterations/{iteration}"


async def feature_store(request: Request) -> FeatureStore:
    """The feature store of this server."""
    store: FeatureStore = request.app.state.features
    return store


@router.get("/saliency")
def read_saliency_methods() -> tuple[SaliencyMethod, ...]:
    """All saliency methods."""
    return tuple(METHODS.values())


@router.post(f"{MOMENT}/prediction", response_model=Prediction, max_body_size=INPUT)
async def predict(moment: AtIteration, question: PictureQuestion) -> Response:
    """The prediction for a picture by the network before this iteration, with the tensors of the question."""
    return await moment.answered(questions.prediction, question=question)


@router.post(f"{MOMENT}/saliency", response_model=Saliency, max_body_size=INPUT)
async def explain_unit(moment: AtIteration, question: SaliencyQuestion) -> Response:
    """A saliency map of a unit, by one of the methods."""
    return await moment.studied(questions.saliency, question=question)


@router.post(f"{MOMENT}/nearest", response_model=Nearest, max_body_size=INPUT)
async def find_nearest(
    moment: AtIteration,
    question: NearestQuestion,
    features: Annotated[FeatureStore, Depends(feature_store)],
) -> Response:
    """The nearest examples in the features of the last dense layer."""
    await moment.ask(questions.check_input, question=question)
    study = partial(moment.store.study, moment.live)
    among = await features.get(study, moment.live.id, moment.iteration, question.part)
    return await moment.studied(encode.saliency.nearest, among=among, question=question)


@router.post(f"{MOMENT}/effect", response_model=Comparison, max_body_size=INPUT)
async def try_training(moment: AtIteration, question: EffectQuestion) -> Response:
    """The effect of training on a picture: this moment beside the one after it.

    The run does not change. A recipe with the same edits (PictureEdit) trains on the picture.
    """
    return await moment.studied(questions.effect, question=question)


@router.post(f"{MOMENT}/comparison", response_model=Comparison, max_body_size=INPUT)
async def compare(moment: AtIteration, question: ComparisonQuestion) -> Response:
    """This moment beside another one, of this run or of another run."""
    other = moment.live if question.run is None else moment.store.get(question.run)
    await moment.ask(check_state)
    found = await moment.store.ask(other, partial(questions.state, iteration=question.iteration))
    return await moment.studied(questions.comparison, other=found, question=question)
