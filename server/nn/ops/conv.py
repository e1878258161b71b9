"""Convolution: cross-correlation with a bank of kernels, as in every framework."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import gcd
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import NOTHING, Array, Cells, Params, Shape, extent_text, shape_text, union
from server.nn.ops import blocked_conv, im2col
from server.nn.ops.binary import Binarisable, Binary
from server.nn.ops.geometry import (
    Pair,
    Slide,
    cell_windows,
    check_pair,
    pair_text,
    positions,
    reach,
    window_cells,
)
from server.nn.ops.loops import Loops
from server.nn.ops.loops import convolution as convolution_loops
from server.nn.ops.op import Form, ShapeError, Window
from server.nn.ops.reads import Reads


@dataclass(frozen=True, slots=True)
class Conv2d(Binarisable):
    """Slides `filters` kernels of size `kernel` over a padded image: (C, H, W) -> (filters, P, Q).

    `padding` adds zeros: a number on all four sides, a pair (above and below, left and right), "valid" for
    none, or "same" for P = ceil(H / stride); an odd zero then goes below and to the right (ONNX's
    SAME_UPPER). The cells of a window are `dilation` apart. With `groups`, channels and filters are divided
    into that number of groups, and each group of filters reads its own group of channels; with as many groups
    as channels the convolution is depthwise. `binary` selects the operands whose signs are multiplied: see
    Binarisable. Parameters: w (filters, C / groups, KH, KW), b (filters,).
    """

    filters: int
    kernel: Pair = (3, 3)
    stride: Pair = (1, 1)
    padding: int | Pair | Literal["same", "valid"] = "same"
    dilation: Pair = (1, 1)
    groups: int = 1
    binary: Binary = "no"
    kind: Literal["conv2d"] = "conv2d"

    stem: ClassVar[str] = "conv"
    title: ClassVar[str] = "Convolution"
    form: ClassVar[Form] = "windows"
    loops: ClassVar[Loops] = convolution_loops.CONV2D
    bounds: ClassVar[Mapping[str, Pair]] = {
        "filters": (1, 4096),
        "kernel": (1, 64),
        "stride": (1, 64),
        "padding": (0, 64),
        "dilation": (1, 64),
        "groups": (1, 4096),
    }
    formula: ClassVar[str] = "out[f,p,q] = Σ x[c,p·s+u·d,q·s+v·d] · w[f,c,u,v] + b[f]"
    forward_text: ClassVar[str] = (
        "Each window, times a filter, adds up to one number; the filter's bias is added."
    )
    backward_text: ClassVar[str] = (
        "The blame of each output, times the pixels under its window, adds up to the gradient of the filter."
    )

    def __post_init__(self) -> None:
        for name, number in (("filters", self.filters), ("groups", self.groups)):
            least, most = self.bounds[name]
            if not least <= number <= most:
                raise ValueError(f"A convolution has between {least} and {most} {name}, not {number}.")
        check_pair("The kernel", self.kernel, *self.bounds["kernel"])
        check_pair("The stride", self.stride, *self.bounds["stride"])
        check_pair("The dilation", self.dilation, *self.bounds["dilation"])
        if self.filters % self.groups:
            raise ValueError(
                f"{self.filters} filters cannot be cut into {self.groups} equal groups: the number of groups "
                "must divide the number of filters."
            )
        if isinstance(self.padding, int):
            check_pair("The padding", (self.padding, self.padding), *self.bounds["padding"])
        elif isinstance(self.padding, tuple):
            check_pair("The padding", self.padding, *self.bounds["padding"])

    def __str__(self) -> str:
        dilated = f", dilation {shape_text(self.dilation)}" if self.dilation != (1, 1) else ""
        grouped = f", {self.groups} groups" if self.groups > 1 else ""
        binary = "" if self.binary == "no" else "binary "
        return f"{binary}convolution {shape_text(self.kernel)}{dilated}{grouped}"

    def plain(self) -> "Conv2d":
        return replace(self, binary="no")

    @property
    def reach(self) -> Pair:
        """The rows and columns that a window spans, with the gaps that dilation leaves."""
        return self.kernel if self.dilation == (1, 1) else reach(self.kernel, self.dilation)

    def pads(self, in_shape: Shape) -> tuple[Pair, Pair]:
        """The padding (above, below) and (left, right) of an image of shape (C, H, W)."""
        if self.padding == "same":
            down, across = (
                _same(*sizes) for sizes in zip(in_shape[1:], self.reach, self.stride, strict=True)
            )
            return down, across
        if self.padding == "valid":
            return (0, 0), (0, 0)
        high, wide = (self.padding, self.padding) if isinstance(self.padding, int) else self.padding
        return (high, high), (wide, wide)

    def out_shape(self, in_shape: Shape) -> Shape:
        if len(in_shape) != 3:
            raise ShapeError(f"got {shape_text(in_shape)}, but needs images: channels x rows x columns.")
        if in_shape[0] % self.groups:
            raise ShapeError(
                f"got {shape_text(in_shape)}, whose {in_shape[0]} channels cannot be cut into {self.groups} "
                f"equal groups: use a number of groups that divides {in_shape[0]} and {self.filters}, as "
                f"{gcd(in_shape[0], self.filters)}."
            )
        padded = tuple(
            length + sum(pads) for length, pads in zip(in_shape[1:], self.pads(in_shape), strict=True)
        )
        rows, columns = map(positions, padded, self.reach, self.stride)
        if rows < 1 or columns < 1:
            dilated = f", which spans {shape_text(self.reach)}," if self.dilation != (1, 1) else ""
            less = " or less dilation" if dilated else ""
            raise ShapeError(
                f"got {shape_text(in_shape)}, with its padding {shape_text(padded)}, into which its kernel"
                f"{dilated} does not fit: use a kernel of at most {shape_text(padded)}{less}, or padding "
                '"same".'
            )
        return self.filters, rows, columns

    def summary(self, in_shape: Shape) -> str:
        filters = "1 filter" if self.filters == 1 else f"{self.filters:,} filters"
        words = [filters, extent_text(self.kernel), f"stride {pair_text(self.stride, in_shape)}"]
        words.append(self._padding_words(in_shape))
        if self.dilation != (1, 1):
            words.append(f"dilation {pair_text(self.dilation, in_shape)}")
        if self.groups > 1:
            words.append(f"{self.groups} groups")
        return ", ".join([*words, self.binary_words] if self.binary_words else words)

    def forward_words(self, in_shape: Shape) -> str:
        window = extent_text(self.kernel)
        kernel = "the signs of a filter" if self.binarised else "a filter"
        padded = self.pads(in_shape) != ((0, 0), (0, 0))
        around = f" Zeros surround the {'signal' if in_shape[1] == 1 else 'picture'}." if padded else ""
        return f"Each {window} window, times {kernel}, adds up to one number, plus a bias.{around}"

    def backward_words(self, in_shape: Shape) -> str:
        words = Binarisable.backward_words(self, in_shape)
        return words.replace("the pixels", "the numbers") if in_shape[1] == 1 else words

    def _padding_words(self, in_shape: Shape) -> str:
        (above, below), (left, right) = self.pads(in_shape)
        if not above + below + left + right:
            return "no padding"
        if above == below and left == right:
            return f"padding {pair_text((above, left), in_shape)}"
        sides = {"above": above, "below": below, "left": left, "right": right}
        return "padding " + ", ".join(f"{count} {side}" for side, count in sides.items() if count)

    def signed(self, in_signed: bool) -> bool:
        return True

    def fan_in(self, in_shape: Shape) -> int:
        return in_shape[0] // self.groups * self.kernel[0] * self.kernel[1]

    def window(self, in_shape: Shape) -> Window:
        return Window(self.reach, self.stride)

    def scratch(self, in_shape: Shape, batch_size: int, itemsize: int) -> int:
        shape, slide = (*in_shape, batch_size), self._slide(in_shape)
        ahead, back = _written(self, shape, itemsize), _written_back(self, shape, itemsize)
        return max(
            blocked_conv.block_bytes(slide, shape, itemsize, self.groups, self.filters)
            if ahead is None
            else ahead.nbytes,
            blocked_conv.back_block_bytes(slide, shape, itemsize, self.groups, self.filters)
            if back is None
            else back.nbytes,
        )

    def param_shapes(self, in_shape: Shape) -> dict[str, Shape]:
        return {"w": (self.filters, in_shape[0] // self.groups, *self.kernel), "b": (self.filters,)}

    def prepare(self, x: Array) -> Params:
        if self.binary != "no":
            return NOTHING
        written = _written(self, x.shape, x.itemsize)
        return NOTHING if written is None else {"windows": written.read(x)}

    def forward(self, x: Array, params: Params, given: Params = NOTHING) -> tuple[Array, dict[str, Array]]:
        if self.binary != "no":
            return Binarisable.forward(self, x, params)
        w, b, windows = params["w"], params["b"], self._windows(x, given)
        if windows is not None:
            return im2col.correlate(w, windows, b), {}
        return blocked_conv.correlate(self._grouped(w), x, _strips(self, x.shape, x.itemsize), b), {}

    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        if self.binary != "no":
            return Binarisable.backward(self, dout, x, params, saved)
        dx = self._input_gradient(dout, x, params["w"])
        return dx, self.parameter_gradients(dout, x, params, saved)

    def parameter_gradients(self, dout: Array, x: Array, params: Params, saved: Params) -> dict[str, Array]:
        if self.binary != "no":
            return Binarisable.backward(self, dout, x, params, saved)[1]
        w = params["w"]
        windows = self._windows(x, saved)
        if windows is not None:
            dw = im2col.kernels_gradient(dout, windows)
        else:
            layout = _strips(self, x.shape, x.itemsize)
            dw = blocked_conv.kernels_gradient(dout, x, layout, self._grouped(w).shape)
        # A product with ones sums long rows several times as fast as sum.
        db = dout.reshape(self.filters, -1) @ np.ones(dout[0].size, dout.dtype)
        return {"w": dw.reshape(w.shape), "b": db}

    def reads(self, cells: Cells, x: Array, saved: Params) -> Reads:
        channels, height, width = x.shape
        (ph, _), (pw, _) = self.pads(x.shape)
        filters, rows, columns = np.unravel_index(cells, self.out_shape(x.shape))
        plane = window_cells(
            rows, columns, (height, width), self.kernel, self.stride, (ph, pw), self.dilation
        )
        count = channels // self.groups
        first = filters // (self.filters // self.groups) * count
        read = first[:, None, None] + np.arange(count)[:, None]
        every = plane[:, None, :] + height * width * read
        inputs = np.where(plane[:, None, :] < 0, -1, every).reshape(len(cells), -1)
        weights = self.fan_in(x.shape)
        return Reads(x=inputs, w=filters[:, None] * weights + np.arange(weights), b=filters)

    def readers(self, operand: str, cells: Cells, in_shape: Shape) -> Cells:
        _, rows, columns = self.out_shape(in_shape)
        if operand == "x":
            parts = [self._readers(group, cells, in_shape) for group in range(self.groups)]
            return np.concatenate(parts)
        filters = union(cells if operand == "b" else cells // self.fan_in(in_shape), self.filters)
        return (filters[:, None] * rows * columns + np.arange(rows * columns)).ravel()

    def _readers(self, group: int, cells: Cells, in_shape: Shape) -> Cells:
        """The output cells of one group of filters that read any of these input cells."""
        _, rows, columns = self.out_shape(in_shape)
        (ph, _), (pw, _) = self.pads(in_shape)
        channels, down, across = np.unravel_index(cells, in_shape)
        own = channels // (in_shape[0] // self.groups) == group
        over = cell_windows(
            down[own], across[own], (rows, columns), self.kernel, self.stride, (ph, pw), self.dilation
        )
        plane, each = union(over, rows * columns), self.filters // self.groups
        filters = np.arange(group * each, (group + 1) * each)
        return (filters[:, None] * rows * columns + plane).ravel()

    def _grouped(self, w: Array) -> Array:
        """The kernels, by group: (G, F/G, C/G, KH, KW)."""
        return w.reshape(self.groups, -1, *w.shape[1:])

    def _windows(self, x: Array, known: Params) -> Array | None:
        """The windows on `x` as matrices, from `known` when it holds them; None where they are too many."""
        return (known if "windows" in known else self.prepare(x)).get("windows")

    def _slide(self, in_shape: Shape) -> Slide:
        """The windows on the input."""
        (ph, _), (pw, _) = self.pads(in_shape)
        _, rows, columns = self.out_shape(in_shape)
        return Slide(self.kernel, self.stride, self.dilation, (ph, pw), (rows, columns))

    def _slide_back(self, in_shape: Shape) -> Slide:
        """The windows of the rotated kernels on dL/dout for a stride of one, one for each input cell."""
        (ph, _), (pw, _) = self.pads(in_shape)
        _, height, width = in_shape
        zeros = (self.reach[0] - 1 - ph, self.reach[1] - 1 - pw)
        return Slide(self.kernel, (1, 1), self.dilation, zeros, (height, width))

    def _input_gradient(self, dout: Array, x: Array, w: Array) -> Array:
        """dL/dx. With few windows and a stride of one it is the correlation of dL/dout with the kernels
        rotated by 180 degrees."""
        kernels, written = self._grouped(w), _written_back(self, x.shape, x.itemsize)
        if written is None:
            return blocked_conv.input_gradient(dout, kernels, _strips(self, x.shape, x.itemsize), x.shape)
        return im2col.correlate(kernels[..., ::-1, ::-1].swapaxes(1, 2), written.read(dout))


@lru_cache(maxsize=256)
def _written(op: Conv2d, shape: Shape, itemsize: int) -> im2col.Im2col | None:
    """The im2col plan for a batch of inputs of this shape; None where the windows are too many."""
    return im2col.im2col(op._slide(shape[:3]), shape, itemsize, op.groups)


@lru_cache(maxsize=256)
def _written_back(op: Conv2d, shape: Shape, itemsize: int) -> im2col.Im2col | None:
    """The im2col plan for the windows on dL/dout, one for each input cell.

    None where the windows are too many, or the stride is not one.
    """
    if op.stride != (1, 1):
        return None
    return im2col.im2col(op._slide_back(shape[:3]), (*op.out_shape(shape[:3]), shape[3]), itemsize, op.groups)


@lru_cache(maxsize=64)
def _strips(op: Conv2d, shape: Shape, itemsize: int) -> blocked_conv.Plan:
    """The plan of blocks for many windows."""
    return blocked_conv.plan(op._slide(shape[:3]), shape, itemsize, op.groups, op.filters)


def _same(length: int, kernel: int, stride: int) -> Pair:
    """The padding "same" before and after `length` cells along one axis."""
    outputs = -(-length // stride)
    total = max((outputs - 1) * stride + kernel - length, 0)
    return total // 2, total - total // 2
