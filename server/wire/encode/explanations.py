"""Dependencies and window views as messages. All other explanations are messages already."""

from dataclasses import fields

from server.explain.convolution.view import Patch, Row, WindowView
from server.explain.dependencies import Dependencies
from server.wire.encode.runs import cells, typed_array
from server.wire.messages import explanations as messages


def dependencies(found: Dependencies) -> messages.Cone:
    """The dependencies of a cell."""
    return messages.Cone(inputs=cells(found.inputs), influences=cells(found.influences))


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
