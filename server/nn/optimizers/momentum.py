"""Momentum, plain and Nesterov's: gradients add up to a velocity."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from server.nn.arrays import Array, Params, Shape, number_text
from server.nn.factors import Expression, Factor
from server.nn.optimizers.optimizer import Intermediate, Optimizer, UpdateInputs, UpdateLoop, check_fraction


@dataclass(frozen=True, slots=True)
class _WithVelocity(Optimizer):
    """velocity = momentum · velocity + gradient, as in torch.optim.SGD with dampening 0."""

    first_learning_rate: ClassVar[float] = 0.01

    momentum: float = 0.9

    own_intermediates: ClassVar[Mapping[str, Intermediate]] = {
        "velocity": Intermediate("velocity", signed=True)
    }
    slots: ClassVar[tuple[str, ...]] = ("velocity",)

    def check(self) -> None:
        check_fraction("momentum", self.momentum)

    def _velocity(self, inputs: UpdateInputs) -> Expression:
        old, gradient = inputs.cells["old_velocity"], inputs.gradient
        way = (
            "This is the first push."
            if old == 0
            else "Both push the same way: it grows faster."
            if old * gradient.value > 0
            else "The gradient pushes against it: it is slowed down."
            if old * gradient.value < 0
            else "Nothing pushes: it runs out."
        )
        return Expression(
            "sum",
            ((Factor("μ", self.momentum), inputs.factor("old velocity", "old_velocity")), (gradient,)),
            f"Of the velocity before, {number_text(self.momentum)} is kept, and the gradient is added. {way}",
        )


@dataclass(frozen=True, slots=True)
class Momentum(_WithVelocity):
    """SGD with momentum (Polyak 1964): a parameter moves by its velocity times minus the learning rate."""

    title: ClassVar[str] = "momentum"

    kind: Literal["momentum"] = "momentum"

    def sentence(self, rate: str) -> str:
        return f"moved a little against its velocity, which gathers its gradients ({rate} × velocity)"

    def update(
        self, w: Array, gradient: Array, before: Params, learning_rate: float, number: int
    ) -> tuple[Array, dict[str, Array]]:
        velocity: Array = before["velocity"] * gradient.dtype.type(self.momentum) + gradient
        delta: Array = velocity * gradient.dtype.type(-learning_rate)
        return delta, {"velocity": velocity}

    @property
    def loops(self) -> Mapping[str, UpdateLoop]:
        return {"velocity": momentum_velocity, "delta": momentum_delta}

    def own_expression(self, tensor: str, inputs: UpdateInputs) -> Expression:
        if tensor == "velocity":
            return self._velocity(inputs)
        if tensor != "delta":
            raise KeyError(tensor)
        return Expression(
            "sum",
            ((Factor("−η", -inputs.learning_rate), inputs.factor("velocity", "velocity")),),
            "The parameter moves against its velocity, in which the gradients of many updates have added up, "
            f"by the learning rate {number_text(inputs.learning_rate)} times the velocity.",
        )


@dataclass(frozen=True, slots=True)
class Nesterov(_WithVelocity):
    """Nesterov's momentum (Nesterov 1983; Sutskever et al. 2013), as torch.optim.SGD has it.

    velocity = momentum · velocity + gradient, change = −learning rate · (gradient + momentum · velocity): the
    velocity is applied as it will be after one more of the same gradients.
    """

    title: ClassVar[str] = "Nesterov momentum"

    kind: Literal["nesterov"] = "nesterov"

    def sentence(self, rate: str) -> str:
        return f"moved a little against its gradient and what stays of its velocity ({rate} × their sum)"

    def update(
        self, w: Array, gradient: Array, before: Params, learning_rate: float, number: int
    ) -> tuple[Array, dict[str, Array]]:
        momentum = gradient.dtype.type(self.momentum)
        velocity: Array = before["velocity"] * momentum + gradient
        delta: Array = (gradient + velocity * momentum) * gradient.dtype.type(-learning_rate)
        return delta, {"velocity": velocity}

    @property
    def loops(self) -> Mapping[str, UpdateLoop]:
        return {"velocity": momentum_velocity, "delta": nesterov_delta}

    def own_expression(self, tensor: str, inputs: UpdateInputs) -> Expression:
        if tensor == "velocity":
            return self._velocity(inputs)
        if tensor != "delta":
            raise KeyError(tensor)
        rate, velocity = Factor("−η", -inputs.learning_rate), inputs.factor("velocity", "velocity")
        return Expression(
            "sum",
            ((rate, inputs.gradient), (rate, Factor("μ", self.momentum), velocity)),
            "Nesterov looks ahead: the parameter moves against the gradient and against what will be left of "
            "its velocity.",
        )


def momentum_velocity(
    optimizer: Momentum | Nesterov,
    w: Array,
    gradient: Array,
    before: Params,
    rate: float,
    number: int,
    index: Shape,
) -> float:
    return float(optimizer.momentum * before["velocity"][index] + gradient[index])


def momentum_delta(
    optimizer: Momentum, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    speed = momentum_velocity(optimizer, w, gradient, before, rate, number, index)
    return float(-rate * speed)


def nesterov_delta(
    optimizer: Nesterov, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    speed = momentum_velocity(optimizer, w, gradient, before, rate, number, index)
    return float(-rate * (gradient[index] + optimizer.momentum * speed))
