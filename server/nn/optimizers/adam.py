"""Adam and AdamW: a mean of the gradients and a step for each parameter, corrected for their start at 0."""

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
    check_between,
    check_eps,
    check_fraction,
)
from server.nn.optimizers.terms import DECAY_WORDS, STEP_WORDS, decay_term, effective_step, running_mean


@dataclass(frozen=True, slots=True)
class Adam(Optimizer):
    """Adam (Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization"), as torch.optim.Adam has it.

    m = beta1 · m + (1 − beta1) · gradient, v = beta2 · v + (1 − beta2) · gradient²,
    m̂ = m / (1 − beta1^t) and v̂ = v / (1 − beta2^t) where t counts updates from 1,
    change = −learning rate / (√v̂ + eps) · m̂.
    """

    title: ClassVar[str] = "Adam"

    kind: Literal["adam"] = "adam"
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    own_intermediates: ClassVar[Mapping[str, Intermediate]] = {
        "m": Intermediate("m, the running mean of the gradients", signed=True),
        "v": Intermediate("v, the running mean of the squared gradients", signed=False),
        "m_hat": Intermediate("m̂, m corrected for its start at 0", signed=True),
        "v_hat": Intermediate("v̂, v corrected for its start at 0", signed=False),
        "step": Intermediate("effective step η / (√v̂ + ε)", signed=False),
    }
    slots: ClassVar[tuple[str, ...]] = ("m", "v")

    def check(self) -> None:
        check_fraction("beta1", self.beta1)
        check_fraction("beta2", self.beta2)
        check_eps(self.eps)

    def sentence(self, rate: str) -> str:
        return "moved a little against m̂, the mean of its gradients so far, by a step size of its own"

    def update(
        self, w: Array, gradient: Array, before: Params, learning_rate: float, number: int
    ) -> tuple[Array, dict[str, Array]]:
        number_of = gradient.dtype.type
        m: Array = before["m"] * number_of(self.beta1) + gradient * number_of(1 - self.beta1)
        v: Array = before["v"] * number_of(self.beta2) + gradient * gradient * number_of(1 - self.beta2)
        m_hat: Array = m * number_of(1 / (1 - self.beta1**number))
        v_hat: Array = v * number_of(1 / (1 - self.beta2**number))
        step: Array = number_of(learning_rate) / (np.sqrt(v_hat) + number_of(self.eps))
        delta: Array = -step * m_hat
        if self.decoupled_decay:
            delta = delta - w * number_of(learning_rate * self.decoupled_decay)
        return delta, {"m": m, "v": v, "m_hat": m_hat, "v_hat": v_hat, "step": step}

    @property
    def loops(self) -> Mapping[str, UpdateLoop]:
        return ADAM_LOOPS

    def own_expression(self, tensor: str, inputs: UpdateInputs) -> Expression:
        gradient = inputs.gradient
        match tensor:
            case "m":
                words = "The running mean of the gradients: the direction in which they agree."
                return running_mean("β1", "m", self.beta1, (gradient,), inputs, words)
            case "v":
                words = "The running mean of the squared gradients: how large they have been lately."
                return running_mean("β2", "v", self.beta2, (gradient, gradient), inputs, words)
            case "m_hat":
                return self._corrected("m", "β1", self.beta1, inputs)
            case "v_hat":
                return self._corrected("v", "β2", self.beta2, inputs)
            case "step":
                return effective_step("v_hat", "v̂", self.eps, inputs, STEP_WORDS)
            case "delta":
                words = (
                    "The parameter moves against the mean of its gradients, m̂, by a step of its own, "
                    f"{number_text(inputs.cells['step'])}."
                )
                change = (Factor("−1", -1.0), inputs.factor("step", "step"), inputs.factor("m̂", "m_hat"))
                if not self.decoupled_decay:
                    return Expression("sum", (change,), words)
                decay = decay_term(self.decoupled_decay, inputs)
                return Expression("sum", (change, decay), words + DECAY_WORDS)
        raise KeyError(tensor)

    def _corrected(self, name: str, symbol: str, beta: float, inputs: UpdateInputs) -> Expression:
        return Expression(
            "sum",
            ((Factor(f"1/(1−{symbol}^t)", 1 / (1 - beta**inputs.number)), inputs.factor(name, name)),),
            f"{name} started at 0, so it is too small at first: after {inputs.number:,} "
            f"update{'s' if inputs.number > 1 else ''} it has {number_text(1 - beta**inputs.number)} of the "
            "weight of a mean, and is divided by that.",
        )


@dataclass(frozen=True, slots=True)
class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019), as torch.optim.AdamW has it.

    Each update also subtracts learning rate · weight_decay · parameter.
    """

    title: ClassVar[str] = "AdamW"

    kind: Literal["adamw"] = "adamw"  # type: ignore[assignment]  # another literal than Adam has
    weight_decay: float = 0.01

    def check(self) -> None:
        Adam.check(self)
        check_between("weight_decay", self.weight_decay, 0, 1000)

    @property
    def decoupled_decay(self) -> float:
        return self.weight_decay

    @property
    def loops(self) -> Mapping[str, UpdateLoop]:
        return {**ADAM_LOOPS, "delta": adamw_delta}


def adam_m(
    optimizer: Adam, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    return float(optimizer.beta1 * before["m"][index] + (1 - optimizer.beta1) * gradient[index])


def adam_v(
    optimizer: Adam, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    return float(optimizer.beta2 * before["v"][index] + (1 - optimizer.beta2) * gradient[index] ** 2)


def adam_m_hat(
    optimizer: Adam, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    m = adam_m(optimizer, w, gradient, before, rate, number, index)
    return float(m / (1 - optimizer.beta1**number))


def adam_v_hat(
    optimizer: Adam, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    v = adam_v(optimizer, w, gradient, before, rate, number, index)
    return float(v / (1 - optimizer.beta2**number))


def adam_step(
    optimizer: Adam, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    v_hat = adam_v_hat(optimizer, w, gradient, before, rate, number, index)
    return float(rate / (sqrt(v_hat) + optimizer.eps))


def adam_delta(
    optimizer: Adam, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    m_hat = adam_m_hat(optimizer, w, gradient, before, rate, number, index)
    step = adam_step(optimizer, w, gradient, before, rate, number, index)
    return float(-step * m_hat)


def adamw_delta(
    optimizer: AdamW, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    change = adam_delta(optimizer, w, gradient, before, rate, number, index)
    return float(change - rate * optimizer.weight_decay * w[index])


ADAM_LOOPS: Mapping[str, UpdateLoop] = {
    "m": adam_m,
    "v": adam_v,
    "m_hat": adam_m_hat,
    "v_hat": adam_v_hat,
    "step": adam_step,
    "delta": adam_delta,
}
