"""Stochastic gradient descent."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from server.nn.arrays import Array, Params, number_text
from server.nn.factors import Expression, Factor
from server.nn.optimizers.optimizer import Optimizer, UpdateInputs, check_between


@dataclass(frozen=True, slots=True)
class SGD(Optimizer):
    """Stochastic gradient descent: every parameter moves by its gradient times minus the learning rate.

    `weight_decay` is decoupled from the gradient: each update also takes that part, times the learning rate,
    of the parameter away (Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization": SGDW).
    """

    title: ClassVar[str] = "SGD"

    kind: Literal["sgd"] = "sgd"
    weight_decay: float = 0.0

    def check(self) -> None:
        check_between("weight_decay", self.weight_decay, 0, 1000)

    def sentence(self, rate: str) -> str:
        return f"Δw is −{rate} times the gradient of each weight"

    def update(
        self, w: Array, gradient: Array, before: Params, learning_rate: float, number: int
    ) -> tuple[Array, dict[str, Array]]:
        delta: Array = gradient * gradient.dtype.type(-learning_rate)
        if self.weight_decay:
            delta = delta - w * w.dtype.type(learning_rate * self.weight_decay)
        return delta, {}

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
            terms += (decay(self.weight_decay, inputs),)
            words += DECAY_WORDS
        return Expression("sum", terms, words)


DECAY_WORDS = " Weight decay takes a small part of the parameter itself away."


def decay(weight_decay: float, inputs: UpdateInputs) -> tuple[Factor, ...]:
    """Decoupled weight decay as a term of a change."""
    return (
        Factor("−η", -inputs.learning_rate),
        Factor("decay", weight_decay),
        inputs.factor("w", "parameter"),
    )
