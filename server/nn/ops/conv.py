"""Convolution, as every framework means it: cross-correlation with a bank of kernels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.lib.stride_tricks import as_strided

from server.nn.arrays import Array, Cells, Params, Shape, shape_text, union
from server.nn.ops.geometry import Pair, cell_windows, check_pair, positions, window_cells
from server.nn.ops.op import Op, ShapeError, Window
from server.nn.ops.reads import Reads


@dataclass(frozen=True, slots=True)
class Conv2d(Op):
    """Slides `filters` kernels of size `kernel` over a padded image: (C, H, W) -> (filters, P, Q).

    `padding` adds zeros: a number (on all four sides), a pair (above and below, left and right), "valid"
    (none), or "same": P = ceil(H / stride), where of the zeros needed, the odd one goes below and to the
    right (ONNX's SAME_UPPER). Parameters: w (filters, C, KH, KW), b (filters,).
    """

    filters: int
    kernel: Pair = (3, 3)
    stride: Pair = (1, 1)
    padding: int | Pair | Literal["same", "valid"] = "same"
    kind: Literal["conv2d"] = "conv2d"

    stem: ClassVar[str] = "conv"
    bounds: ClassVar[Mapping[str, Pair]] = {
        "filters": (1, 4096),
        "kernel": (1, 64),
        "stride": (1, 64),
        "padding": (0, 64),
    }
    formula: ClassVar[str] = "out[f,p,q] = Σ x[c,p·s+u,q·s+v] · w[f,c,u,v] + b[f]"
    forward_text: ClassVar[str] = (
        "Each window of the zero-padded input times the kernel, summed, plus the bias."
    )
    backward_text: ClassVar[str] = (
        "Each upstream gradient times its window adds to the kernel's gradient; times the kernel, it adds to "
        "the window's."
    )

    def __post_init__(self) -> None:
        least, most = self.bounds["filters"]
        if not least <= self.filters <= most:
            raise ValueError(f"A convolution has between {least} and {most} filters, not {self.filters}.")
        check_pair("The kernel", self.kernel, *self.bounds["kernel"])
        check_pair("The stride", self.stride, *self.bounds["stride"])
        if isinstance(self.padding, int):
            check_pair("The padding", (self.padding, self.padding), *self.bounds["padding"])
        elif isinstance(self.padding, tuple):
            check_pair("The padding", self.padding, *self.bounds["padding"])

    def __str__(self) -> str:
        return f"convolution {shape_text(self.kernel)}"

    def pads(self, in_shape: Shape) -> tuple[Pair, Pair]:
        """The zeros (above, below) and (left, right) of an image of shape (C, H, W)."""
        if self.padding == "same":
            down, across = (
                _same(*sizes) for sizes in zip(in_shape[1:], self.kernel, self.stride, strict=True)
            )
            return down, across
        if self.padding == "valid":
            return (0, 0), (0, 0)
        high, wide = (self.padding, self.padding) if isinstance(self.padding, int) else self.padding
        return (high, high), (wide, wide)

    def out_shape(self, in_shape: Shape) -> Shape:
        if len(in_shape) != 3:
            raise ShapeError(f"got {shape_text(in_shape)}, but needs images: channels x rows x columns.")
        padded = tuple(
            length + sum(pads) for length, pads in zip(in_shape[1:], self.pads(in_shape), strict=True)
        )
        rows, columns = map(positions, padded, self.kernel, self.stride)
        if rows < 1 or columns < 1:
            raise ShapeError(
                f"got {shape_text(in_shape)}, with its padding {shape_text(padded)}, into which its kernel "
                f'does not fit: use a kernel of at most {shape_text(padded)}, or padding "same".'
            )
        return self.filters, rows, columns

    def signed(self, in_signed: bool) -> bool:
        return True

    def fan_in(self, in_shape: Shape) -> int:
        return in_shape[0] * self.kernel[0] * self.kernel[1]

    def window(self, in_shape: Shape) -> Window:
        return Window(self.kernel, self.stride)

    def scratch(self, in_shape: Shape) -> int:
        # The windows of the input, and of dL/dout, each written out as columns of a matrix.
        filters, rows, columns = self.out_shape(in_shape)
        _, height, width = in_shape
        window = self.kernel[0] * self.kernel[1]
        return max(self.fan_in(in_shape) * rows * columns, filters * window * height * width)

    def param_shapes(self, in_shape: Shape) -> dict[str, Shape]:
        return {"w": (self.filters, in_shape[0], *self.kernel), "b": (self.filters,)}

    def forward(self, x: Array, params: Params) -> tuple[Array, dict[str, Array]]:
        _, rows, columns = self.out_shape(x.shape[:3])
        out = params["w"].reshape(self.filters, -1) @ self._windows(x)
        out += params["b"][:, None]
        return out.reshape(self.filters, rows, columns, x.shape[3]), {}

    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        flat = dout.reshape(self.filters, -1)
        dw = (flat @ self._windows(x).T).reshape(params["w"].shape)
        return self._input_gradient(dout, x, params["w"]), {"w": dw, "b": flat.sum(axis=1)}

    def reads(self, cells: Cells, x: Array, saved: Params) -> Reads:
        channels, height, width = x.shape
        (top, _), (left, _) = self.pads(x.shape)
        filters, rows, columns = np.unravel_index(cells, self.out_shape(x.shape))
        plane = window_cells(rows, columns, (height, width), self.kernel, self.stride, (top, left))
        every = plane[:, None, :] + height * width * np.arange(channels)[:, None]
        inputs = np.where(plane[:, None, :] < 0, -1, every).reshape(len(cells), -1)
        count = self.fan_in(x.shape)
        return Reads(x=inputs, w=filters[:, None] * count + np.arange(count), b=filters)

    def readers(self, operand: str, cells: Cells, in_shape: Shape) -> Cells:
        _, rows, columns = self.out_shape(in_shape)
        plane = np.arange(rows * columns)
        if operand == "x":
            (top, _), (left, _) = self.pads(in_shape)
            _, down, across = np.unravel_index(cells, in_shape)
            over = cell_windows(down, across, (rows, columns), self.kernel, self.stride, (top, left))
            filters, plane = np.arange(self.filters), union(over, plane.size)
        else:
            filters = union(cells if operand == "b" else cells // self.fan_in(in_shape), self.filters)
        return (filters[:, None] * rows * columns + plane).ravel()

    def _windows(self, x: Array) -> Array:
        """im2col: every window of the padded input as a column, (C*KH*KW, P*Q*N)."""
        (top, bottom), (left, right) = self.pads(x.shape[:3])
        if top or bottom or left or right:
            channels, height, width, batch = x.shape
            padded = np.zeros((channels, top + height + bottom, left + width + right, batch), x.dtype)
            padded[:, top : top + height, left : left + width] = x
            x = padded
        return _columns(x, self.kernel, self.stride)

    def _input_gradient(self, dout: Array, x: Array, w: Array) -> Array:
        """The full correlation of dL/dout with the kernels turned by 180 degrees: im2col and one GEMM.

        The stride spreads dL/dout out with zeros in between; padded coordinates, cropped to the input.
        """
        channels, height, width, batch = x.shape
        (top, bottom), (left, right) = self.pads(x.shape[:3])
        border, edge = self.kernel[0] - 1, self.kernel[1] - 1
        spread = np.zeros(
            (self.filters, top + height + bottom + border, left + width + right + edge, batch), dout.dtype
        )
        down = slice(border, border + dout.shape[1] * self.stride[0], self.stride[0])
        across = slice(edge, edge + dout.shape[2] * self.stride[1], self.stride[1])
        spread[:, down, across] = dout
        cropped = spread[:, top : top + height + border, left : left + width + edge]
        turned = w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3).reshape(channels, -1)
        dx: Array = turned @ _columns(cropped, self.kernel, (1, 1))
        return dx.reshape(x.shape)


def _same(length: int, kernel: int, stride: int) -> Pair:
    outputs = -(-length // stride)
    total = max((outputs - 1) * stride + kernel - length, 0)
    return total // 2, total - total // 2


def _columns(x: Array, kernel: Pair, stride: Pair) -> Array:
    channels, height, width, batch = x.shape
    rows, columns = positions(height, kernel[0], stride[0]), positions(width, kernel[1], stride[1])
    plane, row, column, example = x.strides
    windows = as_strided(
        x,
        (channels, *kernel, rows, columns, batch),
        (plane, row, column, row * stride[0], column * stride[1], example),
        writeable=False,
    )
    return windows.reshape(channels * kernel[0] * kernel[1], rows * columns * batch)
