"""Dependencies, graphs, histograms and window views as messages. The others are messages already."""

from dataclasses import fields

from server.explain.convolution.view import Patch, Row, WindowView
from server.explain.dependencies import Dependencies
from server.explain.graph import Graph, Histogram
from server.wire.encode.arrays import typed_array
from server.wire.encode.runs import cells
from server.wire.messages import explanations as messages


def dependencies(found: Dependencies) -> messages.Cone:
    """The dependencies of a cell."""
    return messages.Cone(inputs=cells(found.inputs), influences=cells(found.influences))


def graph(found: Graph) -> messages.Graph:
    """A graph, its points and slopes as typed arrays."""
    return messages.Graph(
        x=typed_array(found.x),
        y=typed_array(found.y),
        slopes=None if found.slopes is None else typed_array(found.slopes),
    )


def histogram(found: Histogram) -> messages.Histogram:
    """A histogram, its counts and edges as typed arrays."""
    return messages.Histogram(
        **{field.name: typed_array(getattr(found, field.name)) for field in fields(found)}
    )


def window_view(view: WindowView) -> messages.Sliding:
    """A window view, its maps and grids of products as typed arrays."""
    arrays = ("map", "map_computed", "rest_map", "rest_computed")
    values = {field.name: getattr(view, field.name) for field in fields(view)}
    values |= {name: typed_array(values[name]) for name in arrays}
    values["rows"] = tuple(map(_row, view.rows))
    return messages.Sliding(**values)


def _row(row: Row) -> messages.SlidingRow:
    return messages.SlidingRow(
        number=row.number,
        left=_patch(row.left),
        right=_patch(row.right),
        products=typed_array(row.products),
        computed=typed_array(row.computed),
        value=row.value,
        map=typed_array(row.map),
        map_computed=typed_array(row.map_computed),
        spread=None if row.spread is None else _patch(row.spread),
    )


def _patch(patch: Patch) -> messages.Patch:
    return messages.Patch(
        symbol=patch.symbol,
        name=patch.name,
        example=patch.example,
        cells=typed_array(patch.cells),
        values=typed_array(patch.values),
    )
