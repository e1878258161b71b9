"""The optimizer: what a gradient changes."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from server.nn.arrays import Array, number_text
from server.nn.parts import Part, Parts


@dataclass(frozen=True, slots=True)
class SGD:
    """Stochastic gradient descent: every parameter moves by its gradient times minus the learning rate."""

    learning_rate: float
    kind: Literal["sgd"] = "sgd"

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        if not 0 < self.learning_rate <= 1000:
            raise ValueError(f"The learning rate must be above 0 and at most 1000, not {self.learning_rate}.")

    def delta(self, gradient: Array, learning_rate: float) -> Array:
        """The change of a parameter, in the gradient's dtype. `learning_rate` is the one now in force."""
        delta: Array = gradient * gradient.dtype.type(-learning_rate)
        return delta

    def parts(self, gradient: float, learning_rate: float) -> Parts:
        """What made one cell of a delta. `learning_rate` is as the gradient's dtype rounds it."""
        if gradient == 0:
            words = "The gradient is 0: the loss does not change with this parameter here, so it stays."
        else:
            grows, moves = ("grows", "down") if gradient > 0 else ("falls", "up")
            words = (
                f"The gradient is {number_text(gradient)}: the loss {grows} when this parameter goes up, so "
                f"it goes {moves}, by the learning rate {number_text(learning_rate)} times the gradient."
            )
        return Parts("sum", ((Part("−η", -learning_rate), Part("gradient", gradient, "gradient")),), words)
