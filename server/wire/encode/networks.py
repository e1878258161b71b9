"""Shape reports as messages."""

from server.recipe.shape_report import ShapeReport
from server.wire.messages.errors import Problem
from server.wire.messages.networks import Blueprint


def shape_report(report: ShapeReport) -> Blueprint:
    """The shape report of a recipe's network."""
    problem = report.problem
    return Blueprint(
        shape=report.in_shape,
        names=report.names,
        layers=report.layers,
        parameters=sum(layer.parameters for layer in report.layers),
        multiply_adds=sum(layer.multiply_adds for layer in report.layers),
        bytes=report.nbytes,
        problem=problem and Problem(code=problem.code, message=str(problem), field=problem.field),
        fixes=report.fixes,
    )
