"""Momentum: gradients add up to a velocity."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from server.nn.arrays import Array, Params, number_text
from server.nn.factors import Part, Parts
from server.nn.optimizers.optimizer import Given, Optimizer, Step, check_fraction


@dataclass(frozen=True, slots=True)
class _WithVelocity(Optimizer):
    """velocity = momentum · velocity + gradient, as in torch.optim.SGD with dampening 0."""

    momentum: float = 0.9

    own_steps: ClassVar[Mapping[str, Step]] = {"velocity": Step("velocity", signed=True)}
    slots: ClassVar[tuple[str, ...]] = ("velocity",)

    def check(self) -> None:
        check_fraction("momentum", self.momentum)

    def _velocity(self, given: Given) -> Parts:
        old, gradient = given.cells["old_velocity"], given.gradient
        way = (
            "This is the first push."
            if old == 0
            else "Both push the same way: it grows faster."
            if old * gradient.value > 0
            else "The gradient pushes against it: it is slowed down."
            if old * gradient.value < 0
            else "Nothing pushes: it runs out."
        )
        return Parts(
            "sum",
            ((Part("μ", self.momentum), given.part("old velocity", "old_velocity")), (gradient,)),
            f"Of the velocity before, {number_text(self.momentum)} is kept, and the gradient is added. {way}",
        )


@dataclass(frozen=True, slots=True)
class Momentum(_WithVelocity):
    """SGD with momentum (Polyak 1964): a parameter moves by its velocity times minus the learning rate."""

    title: ClassVar[str] = "momentum"

    kind: Literal["momentum"] = "momentum"

    def sentence(self, rate: str) -> str:
        return f"Δw is −{rate} times the velocity of each weight"

    def update(
        self, w: Array, gradient: Array, before: Params, learning_rate: float, number: int
    ) -> tuple[Array, dict[str, Array]]:
        velocity: Array = before["velocity"] * gradient.dtype.type(self.momentum) + gradient
        delta: Array = velocity * gradient.dtype.type(-learning_rate)
        return delta, {"velocity": velocity}

    def own_parts(self, tensor: str, given: Given) -> Parts:
        if tensor == "velocity":
            return self._velocity(given)
        if tensor != "delta":
            raise KeyError(tensor)
        return Parts(
            "sum",
            ((Part("−η", -given.learning_rate), given.part("velocity", "velocity")),),
            "The parameter moves against its velocity, in which the gradients of many updates have added up, "
            f"by the learning rate {number_text(given.learning_rate)} times the velocity.",
        )


@dataclass(frozen=True, slots=True)
class Nesterov(_WithVelocity):
    """Nesterov's momentum (Nesterov 1983; Sutskever et al. 2013), as torch.optim.SGD has it: the velocity is
    applied as it will be after one more of the same gradients."""

    title: ClassVar[str] = "Nesterov momentum"

    kind: Literal["nesterov"] = "nesterov"

    def sentence(self, rate: str) -> str:
        return f"Δw is −{rate} times the gradient of each weight and what will be left of its velocity"

    def update(
        self, w: Array, gradient: Array, before: Params, learning_rate: float, number: int
    ) -> tuple[Array, dict[str, Array]]:
        momentum = gradient.dtype.type(self.momentum)
        velocity: Array = before["velocity"] * momentum + gradient
        delta: Array = (gradient + velocity * momentum) * gradient.dtype.type(-learning_rate)
        return delta, {"velocity": velocity}

    def own_parts(self, tensor: str, given: Given) -> Parts:
        if tensor == "velocity":
            return self._velocity(given)
        if tensor != "delta":
            raise KeyError(tensor)
        rate = Part("−η", -given.learning_rate)
        return Parts(
            "sum",
            ((rate, given.gradient), (rate, Part("μ", self.momentum), given.part("velocity", "velocity"))),
            "Nesterov looks ahead: the parameter moves against the gradient and against what will be left of "
            "its velocity.",
        )
