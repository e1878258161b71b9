"""Batch normalisation (Ioffe and Szegedy 2015), as PyTorch defines it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import NOTHING, Array, Cells, Params, Shape, number_text, size, union
from server.nn.factors import FactorColumn, SumOfProducts
from server.nn.ops.capabilities import Coupled, Stateful
from server.nn.ops.loops import Loops
from server.nn.ops.loops import batchnorm as batchnorm_loops
from server.nn.ops.op import Form, Op
from server.nn.ops.reads import Reads


class Normalisation(Op):
    """The part that training and evaluation share: each channel of `xhat` times w, plus b."""

    __slots__ = ()

    stem: ClassVar[str] = "bn"
    title: ClassVar[str] = "Batch norm"
    form: ClassVar[Form] = "normalise"
    formula: ClassVar[str] = "xhat = (x − mean) / √(var + ε),  out = w · xhat + b"
    forward_text: ClassVar[str] = (
        "Each channel is moved to mean 0 and variance 1 over the batch, then scaled and shifted."
    )
    backward_text: ClassVar[str] = (
        "Each number moved its channel's mean and variance, so blame comes back from the whole channel."
    )
    starts: ClassVar[Mapping[str, float]] = {"w": 1.0}
    slope_symbol: ClassVar[str | None] = "∂xhat/∂x"
    saved_signed: ClassVar[frozenset[str]] = frozenset({"mean", "xhat"})

    def __str__(self) -> str:
        return "batch normalisation"

    def out_shape(self, in_shape: Shape) -> Shape:
        return in_shape

    def summary(self, in_shape: Shape) -> str:
        return f"each of {in_shape[0]:,} channels to mean 0 and variance 1, then scaled and shifted"

    def signed(self, in_signed: bool) -> bool:
        return True

    def param_shapes(self, in_shape: Shape) -> dict[str, Shape]:
        return {"w": in_shape[:1], "b": in_shape[:1]}

    def reads(self, cells: Cells, x: Array, saved: Params) -> Reads:
        channels = cells // size(x.shape[1:])
        return Reads(x=cells[:, None], w=channels[:, None], b=channels)

    def readers(self, operand: str, cells: Cells, in_shape: Shape) -> Cells:
        plane = size(in_shape[1:])
        channels = union(cells // plane if operand == "x" else cells, in_shape[0])
        return self.peers(channels * plane, in_shape).ravel()

    def peers(self, cells: Cells, in_shape: Shape) -> Cells:
        plane = size(in_shape[1:])
        return (cells // plane * plane)[:, None] + np.arange(plane)

    def out_words(self, inputs: Array, slopes: Array) -> str:
        return (
            f"The normalised input, {number_text(inputs[0])}, times the channel's weight, "
            f"{number_text(slopes[0])}, plus its bias."
        )

    def dx_words(self, x: float, slopes: Array) -> str:
        if len(slopes) == 1:
            return (
                "A single number is its own mean: however it moves, its output stays, and its gradient is 0."
            )
        return (
            f"All {len(slopes):,} outputs of its channel, in all examples of the batch, depend on this cell: "
            "its own directly, and every one through the mean and the variance. Each one's gradient comes "
            "back, times the weight, times how fast this cell moves it."
        )


@dataclass(frozen=True, slots=True)
class BatchNorm(Normalisation, Coupled, Stateful):
    """Normalises every channel to mean 0 and variance 1 over the batch, then multiplies it by w and adds b.

    In a row, (D,), every number is a channel. Parameters: w (C,), starting at 1, and b (C,); the paper calls
    them γ and β. Saved arrays: `mean` and `var` (C,) of the batch, and `xhat`, the normalised input.
    Evaluation uses running statistics; `momentum` is the weight of a new batch in them. The running variance
    is unbiased.
    """

    eps: float = 1e-5
    momentum: float = 0.1
    kind: Literal["batchnorm"] = "batchnorm"

    loops: ClassVar[Loops] = batchnorm_loops.BATCH_NORM
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {"eps": (1e-12, 1.0), "momentum": (0.0, 1.0)}
    through: ClassVar[str] = "xhat"
    running: ClassVar[Mapping[str, float]] = {"running_mean": 0.0, "running_var": 1.0}

    def __post_init__(self) -> None:
        for name, value in (("eps", self.eps), ("momentum", self.momentum)):
            least, most = self.bounds[name]
            if not (isfinite(value) and least <= value <= most):
                raise ValueError(
                    f"The {name} of a batch normalisation is between {least:g} and {most:g}, not {value}."
                )

    @property
    def shared(self) -> tuple[str, ...]:
        return "mean", "var"

    def saved_shapes(self, in_shape: Shape) -> Mapping[str, Shape]:
        return {"mean": in_shape[:1], "var": in_shape[:1], "xhat": in_shape}

    def running_shapes(self, in_shape: Shape) -> Mapping[str, Shape]:
        return dict.fromkeys(self.running, in_shape[:1])

    def least_batch(self, in_shape: Shape) -> int:
        return 2 if size(in_shape[1:]) == 1 else 1

    def forward(self, x: Array, params: Params, given: Params = NOTHING) -> tuple[Array, dict[str, Array]]:
        channels = x.reshape(len(x), -1)
        mean = channels.mean(axis=1, keepdims=True)
        deviations = channels - mean
        var = np.square(deviations).mean(axis=1, keepdims=True)
        xhat = deviations / np.sqrt(var + self.eps)
        out = params["w"][:, None] * xhat
        out += params["b"][:, None]
        return out.reshape(x.shape), {
            "mean": mean[:, 0],
            "var": var[:, 0],
            "xhat": xhat.reshape(x.shape),
        }

    def evaluating(self, running: Params) -> "EvaluatingBatchNorm":
        return EvaluatingBatchNorm(self.eps, running)

    def renew(self, running: Params, saved: Params) -> dict[str, Array]:
        count, kept = saved["xhat"][0].size, 1 - self.momentum
        mean, var = saved["mean"], saved["var"]
        return {
            "running_mean": kept * running["running_mean"] + self.momentum * mean,
            "running_var": kept * running["running_var"] + self.momentum * _unbiased(count) * var,
        }

    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        upstream, xhat = dout.reshape(len(x), -1), saved["xhat"].reshape(len(x), -1)
        dw, db = (upstream * xhat).sum(axis=1), upstream.sum(axis=1)
        count = upstream.shape[1]
        # The gradient through the mean and the variance is subtracted from that of each cell.
        dx = xhat * (-dw / count)[:, None]
        dx += upstream
        dx -= (db / count)[:, None]
        dx *= params["w"][:, None] / np.sqrt(saved["var"][:, None] + self.eps)
        return dx.reshape(x.shape), {"w": dw, "b": db}

    def saved_readers(self, name: str, cells: Cells, in_shape: Shape) -> Cells:
        return cells if name == "xhat" else self.readers("b", cells, in_shape)

    def slopes(self, made: Cells, read: Cells, saved: Params) -> Array:
        xhat, count = saved["xhat"].ravel(), saved["xhat"][0].size
        deviation = np.sqrt(saved["var"][made // count] + self.eps)
        slopes: Array = ((made == read) - (1 + xhat[made] * xhat[read]) / count) / deviation
        return slopes

    def made(
        self, tensor: str, cell: int, example: int, x: Array, saved: Params, running: Params
    ) -> SumOfProducts:
        plane, batch = size(x.shape[1:-1]), x.shape[-1]
        match tensor:
            case "xhat":
                return self._normalised(np.array([cell]), np.array([example]), plane, saved["var"])
            case "mean" | "var":
                return _statistic(tensor, cell, plane, batch, saved["mean"])
        return self._renewed(tensor, np.array([cell]), plane * batch)

    def _normalised(self, cell: Cells, example: Cells, plane: int, var: Array) -> SumOfProducts:
        channel = cell // plane
        deviation = np.sqrt(var[channel].astype(np.float64) + self.eps)
        inverse = FactorColumn("1/√(var + ε)", 1 / deviation, "var", channel)
        return SumOfProducts(
            (
                (FactorColumn("x", None, "x", cell, example), inverse),
                (FactorColumn("−1", np.array([-1.0])), FactorColumn("mean", None, "mean", channel), inverse),
            ),
            "How far the input is from the mean of its channel, measured in the channel's standard "
            f"deviation, {number_text(float(deviation[0]))}.",
        )

    def _renewed(self, tensor: str, channel: Cells, count: int) -> SumOfProducts:
        name = tensor.removeprefix("new_")
        of = name.removeprefix("running_")
        kept = FactorColumn("(1−momentum)", np.array([1 - self.momentum]))
        moved = [FactorColumn("momentum", np.array([self.momentum]))]
        words = "A small step from where it was towards that of this batch. "
        if of == "var":
            moved.append(FactorColumn(f"{count}/{max(1, count - 1)}", np.array([_unbiased(count)])))
            words += "The batch's variance is made a little larger first: an unbiased estimate. "
        return SumOfProducts(
            (
                (kept, FactorColumn(name, None, name, channel)),
                (*moved, FactorColumn(of, None, of, channel)),
            ),
            f"{words}No gradient moves it; evaluation uses it in place of a batch's own.",
        )


@dataclass(frozen=True, slots=True, eq=False)
class EvaluatingBatchNorm(Normalisation):
    """Batch normalisation in evaluation: by the running `statistics`, which do not depend on the input."""

    eps: float
    statistics: Params
    kind: Literal["batchnorm"] = "batchnorm"

    def saved_shapes(self, in_shape: Shape) -> Mapping[str, Shape]:
        return {"xhat": in_shape}

    def forward(self, x: Array, params: Params, given: Params = NOTHING) -> tuple[Array, dict[str, Array]]:
        channels = x.reshape(len(x), -1)
        xhat = (channels - self.statistics["running_mean"][:, None]) / self._deviation()
        out: Array = params["w"][:, None] * xhat + params["b"][:, None]
        return out.reshape(x.shape), {"xhat": xhat.reshape(x.shape)}

    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        upstream, xhat = dout.reshape(len(x), -1), saved["xhat"].reshape(len(x), -1)
        dx: Array = upstream * (params["w"][:, None] / self._deviation())
        return dx.reshape(x.shape), {"w": (upstream * xhat).sum(axis=1), "b": upstream.sum(axis=1)}

    def _deviation(self) -> Array:
        deviation: Array = np.sqrt(self.statistics["running_var"][:, None] + self.eps)
        return deviation


def _statistic(tensor: str, channel: int, plane: int, batch: int, means: Array) -> SumOfProducts:
    """The mean or the variance of a channel, over all of its cells in all examples."""
    count, mean = plane * batch, float(means[channel])
    cells, examples = np.divmod(np.arange(count), batch)
    x = FactorColumn("x", None, "x", channel * plane + cells, examples)
    share = FactorColumn(f"1/{count}", np.full(count, 1 / count))
    which = f"all {count:,} numbers of this channel, in all examples of the batch"
    if tensor == "mean":
        return SumOfProducts(((x, share),), f"The mean of {which}.")
    distance = replace(x, symbol="(x − mean)", shift=-mean)
    words = f"The mean of the squared distances of {which}, from their mean, {number_text(mean)}."
    return SumOfProducts(((distance, distance, share),), words)


def _unbiased(count: int) -> float:
    """The factor that makes the variance of `count` numbers unbiased; 1 for a single number."""
    return count / max(1, count - 1)
