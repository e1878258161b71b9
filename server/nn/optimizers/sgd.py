"""Stochastic gradient descent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from server.nn.arrays import Array, Params, Shape, number_text
from server.nn.factors import Expression, Factor
from server.nn.optimizers.optimizer import Optimizer, UpdateInputs, UpdateLoop, check_between
from server.nn.optimizers.terms import DECAY_WORDS, decay_term


@dataclass(frozen=True, slots=True)
class SGD(Optimizer):
    """Stochastic gradient descent: every parameter moves by its gradient times minus the learning rate.

    `weight_decay` is decoupled from the gradient: each update also takes that part, times the learning rate,
    of the parameter away (Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization": SGDW).
    """

    title: ClassVar[str] = "SGD"
    first_learning_rate: ClassVar[float] = 0.03

    kind: Literal["sgd"] = "sgd"
    weight_decay: float = 0.0

    def check(self) -> None:
        check_between("weight_decay", self.weight_decay, 0, 1000)

    @property
    def decoupled_decay(self) -> float:
        return self.weight_decay

    def sentence(self, rate: str) -> str:
        return f"moved a little against its gradient ({rate} × gradient)"

    def update(
        self, w: Array, gradient: Array, before: Params, learning_rate: float, number: int
    ) -> tuple[Array, dict[str, Array]]:
        delta: Array = gradient * gradient.dtype.type(-learning_rate)
        if self.weight_decay:
            delta = delta - w * w.dtype.type(learning_rate * self.weight_decay)
        return delta, {}

    @property
    def loops(self) -> Mapping[str, UpdateLoop]:
        return {"delta": sgd_delta}

    def own_expression(self, tensor: str, inputs: UpdateInputs) -> Expression:
        if tensor != "delta":
            raise KeyError(tensor)
        gradient, rate = inputs.gradient, inputs.learning_rate
        if gradient.value == 0:
            words = "The gradient is 0: the loss does not change with this parameter here, so it stays."
        else:
            grows, moves = ("grows", "down") if gradient.value > 0 else ("falls", "up")
            words = (
                f"The gradient is {number_text(gradient.value)}: the loss {grows} when this parameter goes "
                f"up, so it goes {moves}, by the learning rate {number_text(rate)} times the gradient."
            )
        terms: tuple[tuple[Factor, ...], ...] = ((Factor("−η", -rate), gradient),)
        if self.weight_decay:
            terms += (decay_term(self.weight_decay, inputs),)
            words += DECAY_WORDS
        return Expression("sum", terms, words)


def sgd_delta(
    optimizer: SGD, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    return float(-rate * gradient[index] - rate * optimizer.weight_decay * w[index])
