"""RMSProp: each parameter has a step of its own, scaled by the size of its gradients."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import Array, Params, Shape, number_text
from server.nn.factors import Expression, Factor
from server.nn.optimizers.optimizer import (
    Intermediate,
    Optimizer,
    UpdateInputs,
    UpdateLoop,
    check_eps,
    check_fraction,
)
from server.nn.optimizers.terms import STEP_WORDS, effective_step, running_mean


@dataclass(frozen=True, slots=True)
class RMSProp(Optimizer):
    """RMSProp (Tieleman and Hinton 2012, Coursera lecture 6e), as torch.optim.RMSprop has it.

    v = alpha · v + (1 − alpha) · gradient², change = −learning rate / (√v + eps) · gradient.
    """

    title: ClassVar[str] = "RMSProp"

    kind: Literal["rmsprop"] = "rmsprop"
    alpha: float = 0.99
    eps: float = 1e-8

    own_intermediates: ClassVar[Mapping[str, Intermediate]] = {
        "v": Intermediate("v, the running mean of the squared gradients", signed=False),
        "step": Intermediate("effective step η / (√v + ε)", signed=False),
    }
    slots: ClassVar[tuple[str, ...]] = ("v",)

    def check(self) -> None:
        check_fraction("alpha", self.alpha)
        check_eps(self.eps)

    def sentence(self, rate: str) -> str:
        return "moved a little against its gradient, by a step size of its own"

    def update(
        self, w: Array, gradient: Array, before: Params, learning_rate: float, number: int
    ) -> tuple[Array, dict[str, Array]]:
        number_of = gradient.dtype.type
        v: Array = before["v"] * number_of(self.alpha) + gradient * gradient * number_of(1 - self.alpha)
        step: Array = number_of(learning_rate) / (np.sqrt(v) + number_of(self.eps))
        delta: Array = -step * gradient
        return delta, {"v": v, "step": step}

    @property
    def loops(self) -> Mapping[str, UpdateLoop]:
        return {"v": rmsprop_v, "step": rmsprop_step, "delta": rmsprop_delta}

    def own_expression(self, tensor: str, inputs: UpdateInputs) -> Expression:
        gradient = inputs.gradient
        match tensor:
            case "v":
                words = "The running mean of the squared gradients: how large they have been lately."
                return running_mean("α", "v", self.alpha, (gradient, gradient), inputs, words)
            case "step":
                return effective_step("v", "v", self.eps, inputs, STEP_WORDS)
            case "delta":
                return Expression(
                    "sum",
                    ((Factor("−1", -1.0), inputs.factor("step", "step"), gradient),),
                    f"The parameter moves against its gradient, by a step of its own, "
                    f"{number_text(inputs.cells['step'])}.",
                )
        raise KeyError(tensor)


def rmsprop_v(
    optimizer: RMSProp, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    return float(optimizer.alpha * before["v"][index] + (1 - optimizer.alpha) * gradient[index] ** 2)


def rmsprop_step(
    optimizer: RMSProp, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    v = rmsprop_v(optimizer, w, gradient, before, rate, number, index)
    return float(rate / (sqrt(v) + optimizer.eps))


def rmsprop_delta(
    optimizer: RMSProp, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    step = rmsprop_step(optimizer, w, gradient, before, rate, number, index)
    return float(-step * gradient[index])
