"""The cases of every op, optimizer and loss: the tests run over all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import strategies as st

from server.nn.arrays import Array, Shape
from server.nn.losses import (
    BinaryCrossEntropy,
    Loss,
    MeanSquaredError,
    RootMeanSquaredError,
    SoftmaxCrossEntropy,
    SquaredError,
)
from server.nn.ops import (
    GELU,
    Add,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    LeakyReLU,
    MaxPool2d,
    Op,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from server.nn.ops.binary import Binary
from server.nn.ops.capabilities import SkipReader
from server.nn.optimizers import SGD, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSProp

Reference = Callable[[Any, Any], Any]
"""Takes the module torch and a batch, the batch first."""


@dataclass(frozen=True)
class Case:
    """An op on a batch of examples of shape `shape`, whose numbers lie `spread` hundredths apart."""

    name: str
    op: Op
    shape: Shape
    batch: int = 3
    spread: float = 1
    reference: Reference | None = None
    """The same in PyTorch, which `benchmarks.parity` compares with."""

    def x(self, dtype: str = "float64") -> Array:
        """A batch (*shape, N), a third of whose cells are negative.

        No two cells are closer than 0.01 and none is near 0, so that a small step changes no maximum and no
        sign.
        """
        count = int(np.prod(self.shape)) * self.batch
        values = self.spread * (0.01 * (np.arange(count) - count // 3) + 0.005)
        return np.random.default_rng(1).permutation(values).reshape(*self.shape, self.batch).astype(dtype)

    def params(self, dtype: str = "float64") -> dict[str, Array]:
        random = np.random.default_rng(2)
        shapes = self.op.param_shapes(self.shape)
        return {name: random.standard_normal(shape).astype(dtype) for name, shape in shapes.items()}

    def given(self, dtype: str = "float64") -> dict[str, Array]:
        """The further arrays of the batch: the random ones, and the second input of an op that has one."""
        shape = (*self.shape, self.batch)
        drawn = self.op.draw(shape, np.dtype(dtype), np.random.default_rng(4))
        if not isinstance(self.op, SkipReader):
            return drawn
        return {**drawn, "skip": np.random.default_rng(6).standard_normal(shape).astype(dtype)}

    def dout(self, dtype: str = "float64") -> Array:
        shape = (*self.op.out_shape(self.shape), self.batch)
        return np.random.default_rng(3).standard_normal(shape).astype(dtype)


CASES = [
    Case("conv same", Conv2d(3), (2, 5, 5)),
    Case("conv same, even kernel", Conv2d(2, kernel=(2, 4)), (1, 5, 6)),
    Case("conv same, strided", Conv2d(2, kernel=(3, 3), stride=(2, 3)), (2, 5, 7)),
    Case("conv same, stride beyond kernel", Conv2d(2, kernel=(2, 1), stride=(3, 2)), (1, 7, 5)),
    Case("conv valid", Conv2d(4, padding="valid"), (3, 6, 5)),
    Case("conv valid, non-tiling stride", Conv2d(2, stride=(2, 2), padding="valid"), (2, 6, 8)),
    Case("conv 1x1", Conv2d(3, kernel=(1, 1)), (4, 3, 2)),
    Case("conv of one window", Conv2d(2, kernel=(4, 3), padding="valid"), (2, 4, 3)),
    Case("conv padded by a number", Conv2d(2, padding=2), (1, 4, 4)),
    Case("conv padded by a pair", Conv2d(2, kernel=(2, 3), padding=(0, 3)), (2, 3, 4)),
    Case("conv with windows all on padding", Conv2d(1, kernel=(1, 2), padding=3), (1, 2, 2)),
    Case("conv dilated", Conv2d(2, kernel=(3, 2), dilation=(2, 3)), (2, 6, 7)),
    Case("conv dilated, strided, valid", Conv2d(2, (2, 3), (2, 3), "valid", (3, 2)), (1, 8, 9)),
    Case("conv in groups", Conv2d(4, groups=2), (6, 4, 5)),
    Case("conv depthwise", Conv2d(3, kernel=(2, 3), groups=3), (3, 5, 4)),
    Case("conv depthwise, two filters a channel", Conv2d(4, (3, 3), (2, 1), 1, (1, 2), 2), (2, 5, 6)),
    Case("conv of binary weights", Conv2d(3, binary="weights"), (2, 5, 5)),
    Case("conv of binary weights, in groups", Conv2d(4, (2, 3), (2, 1), 1, (1, 2), 2, "weights"), (2, 5, 6)),
    Case("conv of binary weights and inputs", Conv2d(3, binary="both"), (2, 5, 5), spread=2),
    Case(
        "conv 1x1 of binary weights and inputs", Conv2d(3, kernel=(1, 1), binary="both"), (4, 3, 2), spread=3
    ),
    Case("pool 2x2", MaxPool2d(), (3, 4, 6)),
    Case("pool 2x2, odd image", MaxPool2d(), (2, 5, 7)),
    Case("pool 3x2, overlapping", MaxPool2d((3, 2), stride=(1, 1)), (2, 5, 4)),
    Case("pool 2x3, with gaps", MaxPool2d((2, 3), stride=(3, 4)), (1, 8, 9)),
    Case("pool 1x1", MaxPool2d((1, 1)), (2, 3, 3)),
    Case("average-pool 2x2", AvgPool2d(), (3, 4, 6)),
    Case("average-pool 2x2, odd image", AvgPool2d(), (2, 5, 7)),
    Case("average-pool 3x2, overlapping", AvgPool2d((3, 2), stride=(1, 1)), (2, 5, 4)),
    Case("average-pool 2x3, with gaps", AvgPool2d((2, 3), stride=(3, 4)), (1, 8, 9)),
    Case("average-pool 1x1", AvgPool2d((1, 1)), (2, 3, 3)),
    Case("global average-pool", GlobalAvgPool(), (3, 4, 2)),
    Case("global average-pool of one cell", GlobalAvgPool(), (2, 1, 1)),
    Case("relu on images", ReLU(), (3, 4, 5), reference=lambda torch, x: torch.relu(x)),
    Case("relu on rows", ReLU(), (7,)),
    Case(
        "leaky relu on images",
        LeakyReLU(0.1),
        (3, 4, 5),
        reference=lambda torch, x: torch.nn.functional.leaky_relu(x, 0.1),
    ),
    Case("leaky relu on rows", LeakyReLU(), (7,)),
    Case("leaky relu that leaks nothing", LeakyReLU(0), (7,)),
    Case("sigmoid on images", Sigmoid(), (3, 4, 5), reference=lambda torch, x: torch.sigmoid(x)),
    Case("sigmoid on rows", Sigmoid(), (7,)),
    Case("tanh on images", Tanh(), (3, 4, 5), reference=lambda torch, x: torch.tanh(x)),
    Case("tanh on rows", Tanh(), (7,)),
    Case("gelu on images", GELU(), (3, 4, 5), reference=lambda torch, x: torch.nn.functional.gelu(x)),
    Case("gelu on rows", GELU(), (7,)),
    Case("softmax", Softmax(), (5,)),
    Case("softmax of one number", Softmax(), (1,)),
    Case("dropout on images", Dropout(), (2, 3, 4)),
    Case("dropout on rows", Dropout(0.2), (7,)),
    Case("dropout of nothing", Dropout(0), (7,)),
    Case("batch normalisation on images", BatchNorm(), (2, 3, 2)),
    Case("batch normalisation on rows", BatchNorm(eps=0.1, momentum=0.5), (4,)),
    Case("batch normalisation of one cell", BatchNorm(), (1, 1, 1), batch=2),
    Case("batch normalisation of one image", BatchNorm(momentum=1), (2, 2, 3), batch=1),
    Case("add on images", Add(2), (2, 3, 4)),
    Case("add on rows", Add(3), (7,)),
    Case("flatten", Flatten(), (2, 3, 4)),
    Case("dense", Dense(4), (6,)),
    Case("dense of one number", Dense(1), (1,)),
    Case("dense of binary weights", Dense(4, binary="weights"), (6,)),
    Case("dense of binary weights and inputs", Dense(4, binary="both"), (6,), spread=10),
]

OPTIMIZER_CASES: list[Optimizer] = [
    SGD(0.5),
    SGD(0.5, weight_decay=0.3, l1=0.01, l2=0.1, clip_value=0.02),
    Momentum(0.1),
    Momentum(0.1, momentum=0.5, clip_norm=0.05),
    Nesterov(0.1, clip_norm=1000),
    RMSProp(0.01, l2=0.1),
    Adam(0.01),
    Adam(0.01, beta1=0, beta2=0.5, eps=1e-3, l1=0.01),
    AdamW(0.01, weight_decay=0.2),
]

LOSS_CASES: list[Loss] = [
    SoftmaxCrossEntropy(),
    SoftmaxCrossEntropy(label_smoothing=0.2),
    SoftmaxCrossEntropy(class_weights=(2.0, 0.0, 0.5)),
    SoftmaxCrossEntropy(label_smoothing=0.1, class_weights=(1.0, 3.0, 0.5)),
    BinaryCrossEntropy(),
    SquaredError(),
    MeanSquaredError(),
    RootMeanSquaredError(),
]


@dataclass(frozen=True)
class OptimizerReference:
    """An optimizer, and the class of torch.optim with the same updates for these `options`."""

    optimizer: Optimizer
    torch_class: str
    options: Mapping[str, Any] = field(default_factory=dict)


RATE = 0.01
OPTIMIZER_REFERENCES = [
    OptimizerReference(SGD(RATE), "SGD"),
    OptimizerReference(SGD(RATE, l2=0.1), "SGD", {"weight_decay": 0.1}),
    OptimizerReference(SGD(RATE, clip_norm=0.5), "SGD"),
    OptimizerReference(SGD(RATE, clip_value=0.3), "SGD"),
    OptimizerReference(Momentum(RATE), "SGD", {"momentum": 0.9}),
    OptimizerReference(Momentum(RATE, l2=0.1), "SGD", {"momentum": 0.9, "weight_decay": 0.1}),
    OptimizerReference(Nesterov(RATE), "SGD", {"momentum": 0.9, "nesterov": True}),
    OptimizerReference(RMSProp(RATE), "RMSprop"),
    OptimizerReference(RMSProp(RATE, l2=0.1), "RMSprop", {"weight_decay": 0.1}),
    OptimizerReference(Adam(RATE), "Adam"),
    OptimizerReference(Adam(RATE, l2=0.1), "Adam", {"weight_decay": 0.1}),
    OptimizerReference(Adam(RATE, clip_norm=0.5), "Adam"),
    OptimizerReference(AdamW(RATE), "AdamW"),
    OptimizerReference(AdamW(RATE, weight_decay=0.3), "AdamW", {"weight_decay": 0.3}),
]
"""What `benchmarks.parity` compares with PyTorch. Clipping is torch.nn.utils's there."""


@dataclass(frozen=True)
class LossReference:
    """A loss, and PyTorch's losses (N,) of outputs and targets (N, K): `theirs(functional, out, targets)`.

    `functional` is torch.nn.functional, which this module does not import.
    """

    loss: Loss
    theirs: Callable[[Any, Any, Any], Any]


def _cross_entropy(loss: SoftmaxCrossEntropy) -> LossReference:
    def theirs(functional: Any, out: Any, targets: Any) -> Any:
        return functional.cross_entropy(
            out,
            targets.argmax(dim=1),
            weight=out.new_tensor(loss.class_weights) if loss.class_weights else None,
            label_smoothing=loss.label_smoothing,
            reduction="none",
        )

    return LossReference(loss, theirs)


def _squares(functional: Any, out: Any, targets: Any) -> Any:
    return functional.mse_loss(out, targets, reduction="none")


WEIGHTS = (0.5, 2.0, 1.0, 3.0)
LOSS_REFERENCES = [
    _cross_entropy(SoftmaxCrossEntropy()),
    _cross_entropy(SoftmaxCrossEntropy(label_smoothing=0.1)),
    _cross_entropy(SoftmaxCrossEntropy(class_weights=WEIGHTS)),
    _cross_entropy(SoftmaxCrossEntropy(label_smoothing=0.1, class_weights=WEIGHTS)),
    LossReference(
        BinaryCrossEntropy(),
        lambda functional, out, targets: functional.binary_cross_entropy_with_logits(
            out, targets, reduction="none"
        ).sum(dim=1),
    ),
    LossReference(SquaredError(), lambda *arguments: _squares(*arguments).sum(dim=1) / 2),
    LossReference(MeanSquaredError(), lambda *arguments: _squares(*arguments).mean(dim=1)),
    LossReference(RootMeanSquaredError(), lambda *arguments: _squares(*arguments).mean(dim=1).sqrt()),
]
"""What `benchmarks.parity` compares with PyTorch, for four outputs."""

every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZER_CASES, ids=repr)
every_loss = pytest.mark.parametrize("loss", LOSS_CASES, ids=repr)
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)

_small = st.integers(1, 4)
_pairs = st.tuples(_small, _small)


@st.composite
def convolutions(draw: st.DrawFn) -> Case:
    """Any convolution that fits a small image of any shape."""
    kernel, stride, dilation = draw(_pairs), draw(_pairs), draw(st.just((1, 1)) | _pairs)
    groups = draw(st.integers(1, 3))
    padding = draw(
        st.sampled_from(["same", "valid"]) | st.integers(0, 3) | st.tuples(*[st.integers(0, 3)] * 2)
    )
    grown = [draw(st.integers(0, 4)) for _ in range(2)]
    # The window fits an image of its own size or larger with any padding.
    spans = [(size - 1) * gap + 1 for size, gap in zip(kernel, dilation, strict=True)]
    most = 3 if groups == 1 else 2
    shape = (groups * draw(st.integers(1, most)), spans[0] + grown[0], spans[1] + grown[1])
    binary = draw(st.sampled_from(get_args(Binary)))
    op = Conv2d(groups * draw(st.integers(1, most)), kernel, stride, padding, dilation, groups, binary)
    return Case("generated", op, shape, draw(st.integers(1, 3)))


@st.composite
def poolings(draw: st.DrawFn) -> Case:
    """Any max-pool or average-pool that fits a small image: overlapping, tiling, or with gaps."""
    kernel, stride = draw(_pairs), draw(st.none() | _pairs)
    grown = [draw(st.integers(0, 5)) for _ in range(2)]
    shape = (draw(st.integers(1, 3)), kernel[0] + grown[0], kernel[1] + grown[1])
    op = draw(st.sampled_from([MaxPool2d, AvgPool2d]))(kernel, stride)
    return Case("generated", op, shape, draw(st.integers(1, 3)))
