"""The columns of the stage as messages: the input, the layers, the loss."""

from server.explain.catalogue import TensorInfo, catalogue
from server.nn.arrays import extent_text, size
from server.nn.network import Layer, titles
from server.recipe.plan import Plan
from server.wire.messages.runs import Extent, LayerInfo

INPUT_BACKWARD = "How the loss would change with each of these numbers."


def columns(plan: Plan) -> tuple[LayerInfo, ...]:
    """The columns from left to right."""
    return (_input(plan), *_layers(plan), _loss(plan))


def _input(plan: Plan) -> LayerInfo:
    title, summary = _input_words(plan)
    return LayerInfo(
        name="input",
        title=title,
        summary=summary,
        form="picture",
        kind="input",
        source=None,
        skip=None,
        shape=plan.network.input_shape,
        window=None,
        parameters=0,
        formula="x",
        forward=plan.about,
        backward=INPUT_BACKWARD,
        tensors=_tensors(plan, "input"),
    )


def _input_words(plan: Plan) -> tuple[str, str]:
    """The title of the input, and its summary."""
    shape = plan.network.input_shape
    if len(shape) < 3:
        return "Numbers", f"{size(shape):,} numbers"
    channels, height, width = shape
    of = ", in colour" if plan.colours else f", {channels} channels" if channels > 1 else ""
    if height == 1:
        return "Signal", f"{width:,} samples{of}"
    return "Picture", f"{extent_text((height, width))} pixels{of}"


def _layers(plan: Plan) -> list[LayerInfo]:
    layers = plan.network.layers
    return [
        LayerInfo(
            name=layer.name,
            title=title,
            summary=layer.op.summary(layer.in_shape),
            form=layer.op.form,
            kind=layer.op.kind,
            source=layer.previous,
            skip=layer.skip,
            shape=layer.out_shape,
            window=_window(layer),
            parameters=layer.parameters,
            formula=layer.op.formula,
            forward=layer.op.forward_words(layer.in_shape),
            backward=layer.op.backward_words(layer.in_shape),
            tensors=_tensors(plan, layer.name),
        )
        for layer, title in zip(layers, titles([layer.op for layer in layers]), strict=True)
    ]


def _window(layer: Layer) -> Extent:
    size, stride = layer.op.window(layer.in_shape)
    return Extent(size=size, stride=stride)


def _loss(plan: Plan) -> LayerInfo:
    loss = plan.recipe.loss
    return LayerInfo(
        name="loss",
        title="Loss",
        summary=loss.title,
        form=loss.form,
        kind=loss.kind,
        source=plan.network.layers[-1].name,
        skip=None,
        shape=(1,),
        window=None,
        parameters=0,
        formula=loss.formula,
        forward=loss.forward_text,
        backward=loss.backward_words,
        tensors=_tensors(plan, "loss"),
    )


def _tensors(plan: Plan, layer: str) -> tuple[TensorInfo, ...]:
    tensors = catalogue(plan.network, plan.recipe.optimizer)
    return tuple(info for info in tensors if info.layer == layer)
