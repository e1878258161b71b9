"""The sentences of a window view."""

from server.explain.convolution.grids import Grids, Kind
from server.nn.arrays import shape_text
from server.nn.ops import Conv2d
from server.nn.ops.binary import gate_words
from server.nn.records import Record

GATED: dict[Kind, str] = {"out": "", "dw": "w", "dx": "x"}
"""The operand whose signs a number of each kind passes in the backward pass; empty for a value."""


def view_words(kind: Kind, op: Conv2d, grids: Grids, is_turned: bool) -> str:
    """What lies over what, and how the products add up."""
    if is_turned:
        spread_out = f"spread out by the stride {shape_text(op.stride)} and " if op.stride != (1, 1) else ""
        return (
            f"The upstream gradient, {spread_out}padded with zeros; over it slides the kernel, turned by 180 "
            "degrees. For this cell they meet like this."
        )
    if kind == "out":
        over = "each input channel" if op.groups == 1 else "each input channel of the filter's group"
        apart = f", its cells {shape_text(op.dilation)} apart" if op.dilation != (1, 1) else ""
        return f"The kernel lies over {over}{apart}; products, their sum for each channel, then the bias."
    if kind == "dw":
        return (
            "The upstream gradient lies over the input that this weight met, window by window; the products "
            "add up."
        )
    if not grids.left.cells.size:
        return "No window lies over this cell: nothing is stamped on it, and its gradient is 0."
    return (
        "Each upstream cell stamps the kernel, times itself, onto its window of this gradient; these are the "
        "stamps that reach this cell."
    )


def sign_words(record: Record, kind: Kind, cell: int, example: int) -> str:
    """Whether the gradient passes the sign of the cell; empty where there is no sign."""
    operand = GATED[kind]
    if operand not in record.op.binarised:
        return ""
    array = record.x[..., example] if operand == "x" else record.params[operand]
    return f" {gate_words('input' if operand == 'x' else 'weight', float(array.ravel()[cell]))}"
