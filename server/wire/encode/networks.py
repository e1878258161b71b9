"""Kinds of layers, presets and shape reports as messages."""

from dataclasses import asdict

from server.recipe.layer_schema import LayerKind
from server.recipe.network_presets import NetworkPreset
from server.recipe.shape_report import ShapeReport
from server.wire.messages import networks as messages
from server.wire.messages.errors import Problem


def networks(kinds: tuple[LayerKind, ...], presets: tuple[NetworkPreset, ...]) -> messages.Networks:
    """The kinds of layers and the presets."""
    return messages.Networks(
        kinds=tuple(
            messages.LayerKind(
                kind=kind.kind,
                title=kind.title,
                words=kind.words,
                settings=tuple(messages.Setting(**asdict(setting)) for setting in kind.settings),
                layer=kind.layer,
            )
            for kind in kinds
        ),
        presets=tuple(
            messages.NetworkPreset(
                key=preset.key, title=preset.title, words=preset.words, recipe=preset.recipe
            )
            for preset in presets
        ),
    )


def shape_report(report: ShapeReport) -> messages.Blueprint:
    """The shape report of a recipe's network."""
    problem = report.problem
    return messages.Blueprint(
        shape=report.in_shape,
        names=report.names,
        layers=tuple(
            messages.LayerPlan(
                name=layer.name,
                shape=layer.out_shape,
                parameters=layer.parameters,
                multiply_adds=layer.multiply_adds,
                bytes=layer.nbytes,
                field=layer.field.size,
                field_stride=layer.field.stride,
            )
            for layer in report.layers
        ),
        parameters=sum(layer.parameters for layer in report.layers),
        multiply_adds=sum(layer.multiply_adds for layer in report.layers),
        bytes=report.nbytes,
        problem=problem and Problem(code=problem.code, message=str(problem), field=problem.field),
        fixes=tuple(messages.Fix(words=fix.words, recipe=fix.recipe) for fix in report.fixes),
    )
