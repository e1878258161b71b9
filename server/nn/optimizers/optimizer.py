"""What an optimizer is: a pure function of gradients and of what it keeps from update to update."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import copysign, isfinite
from typing import Any, ClassVar

import numpy as np

from server.nn.arrays import Array, Params, number_text
from server.nn.factors import Expression, Factor


@dataclass(frozen=True, slots=True)
class Intermediate:
    """A tensor that an update computes before the change, of its parameter's shape.

    `signed` says whether its cells can be negative.
    """

    title: str
    signed: bool


CORRECTED_GRADIENT = Intermediate("gradient after clipping and penalties", signed=True)


@dataclass(frozen=True, slots=True)
class UpdateInputs:
    """The numbers that one cell of an update is computed from.

    `cells` holds the parameter ("parameter"), its gradient ("gradient"), every intermediate by its name, and
    each slot before the update ("old_m"). `learning_rate` is rounded to the run's dtype, `number` counts
    updates from 1, `scale` is the factor of clipping by norm, and `norm` the norm of all gradients together
    (None where nothing is clipped by norm).
    """

    cells: Mapping[str, float]
    learning_rate: float
    number: int
    scale: float = 1.0
    norm: float | None = None

    def factor(self, symbol: str, name: str) -> Factor:
        """This cell as a factor."""
        return Factor(symbol, self.cells[name], name)

    @property
    def gradient(self) -> Factor:
        """The gradient that the update goes by: with penalties and clipping, where there are any."""
        return self.factor("g", "g") if "g" in self.cells else self.factor("gradient", "gradient")


@dataclass(frozen=True, slots=True)
class Optimizer(ABC):
    """How gradients change parameters. Its fields are its hyper-parameters; formulas are PyTorch's.

    `l1` and `l2` add the gradient of the penalties l1 · Σ|w| and l2/2 · Σw² of all parameters (`l2` is what
    PyTorch calls the weight_decay of SGD and Adam); the loss that is shown is without them. Before that, the
    gradient of each cell is clipped to ±`clip_value`, or all gradients are scaled down together to a norm of
    at most `clip_norm` (Pascanu et al. 2013), as torch.nn.utils.clip_grad_value_ and clip_grad_norm_ do. The
    gradient that results is the step "g", which is there only where one of these is in use.
    """

    title: ClassVar[str]

    learning_rate: float
    l1: float = 0.0
    l2: float = 0.0
    clip_value: float | None = None
    clip_norm: float | None = None
    kind: str = ""

    # Pydantic reads this when a recipe arrives: a field nobody declared is an error, not noise.
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    own_intermediates: ClassVar[Mapping[str, Intermediate]] = {}
    """The tensors that `update` computes before the change, by name, in the order of computation."""
    slots: ClassVar[tuple[str, ...]] = ()
    """The names of the intermediates that are kept for the next update. They start at 0."""

    def __post_init__(self) -> None:
        if not 0 < self.learning_rate <= 1000:
            raise ValueError(f"The learning rate must be above 0 and at most 1000, not {self.learning_rate}.")
        for name, value in (("l1", self.l1), ("l2", self.l2)):
            check_between(name, value, 0, 1000)
        for name, limit in (("clip_value", self.clip_value), ("clip_norm", self.clip_norm)):
            if limit is not None and not (limit > 0 and isfinite(limit)):
                raise ValueError(f"{name} must be above 0, not {limit}; leave it out to clip nothing.")
        if self.clip_value is not None and self.clip_norm is not None:
            raise ValueError("Gradients are clipped by value or by norm, not both: leave one of them out.")
        self.check()

    def check(self) -> None:  # noqa: B027 an optimizer without numbers of its own has nothing to check
        """ValueError when one of the optimizer's own hyper-parameters is impossible."""

    @property
    def reshapes(self) -> bool:
        """Whether the gradient is clipped or penalised before it is used."""
        return bool(self.l1 or self.l2 or self.clip_value or self.clip_norm)

    @property
    def intermediates(self) -> Mapping[str, Intermediate]:
        """All tensors that an update computes before the change, by name, in order."""
        return (
            {"g": CORRECTED_GRADIENT, **self.own_intermediates} if self.reshapes else self.own_intermediates
        )

    @property
    def kept(self) -> int:
        """The number of arrays that a trace holds for each parameter: slots and intermediates."""
        return len(self.intermediates) + len(self.slots)

    def initial(self, params: Params) -> dict[str, Params]:
        """The slots of a layer's parameters before the first update: zeros, by parameter and slot."""
        if not self.slots:
            return {}
        return {name: {slot: np.zeros_like(array) for slot in self.slots} for name, array in params.items()}

    def norm(self, gradients: Iterable[Array]) -> float | None:
        """The norm of all gradients together, in float64; None where none is needed."""
        if self.clip_norm is None:
            return None
        return float(np.sqrt(sum(np.square(dw, dtype=np.float64).sum() for dw in gradients)))

    def scale(self, norm: float | None) -> float:
        """By how much clipping scales gradients of this norm: at most 1."""
        if norm is None or self.clip_norm is None:
            return 1.0
        return min(1.0, self.clip_norm / (norm + 1e-6))

    def gradient(self, w: Array, dw: Array, scale: float) -> Array:
        """The gradient that the update goes by: `dw` itself, or a new array. All in the dtype of `dw`."""
        if not self.reshapes:
            return dw
        g: Array = dw * dw.dtype.type(scale)
        if self.clip_value is not None:
            g = np.clip(g, -self.clip_value, self.clip_value)
        if self.l2:
            g = g + w * dw.dtype.type(self.l2)
        if self.l1:
            g = g + np.sign(w) * dw.dtype.type(self.l1)
        return g

    @abstractmethod
    def sentence(self, rate: str) -> str:
        """What an update does to each weight, for a reader, at the learning rate `rate`; no full stop."""

    def told(self, rate: str) -> str:
        """The sentence, with what is done to the gradients before and to the parameters besides."""
        before = "; gradients are clipped or penalised first" if self.reshapes else ""
        besides = "; weight decay comes on top" if getattr(self, "weight_decay", 0.0) else ""
        return self.sentence(rate) + before + besides

    @abstractmethod
    def update(
        self, w: Array, gradient: Array, before: Params, learning_rate: float, number: int
    ) -> tuple[Array, dict[str, Array]]:
        """The change of a parameter, and the intermediates before it, all in the gradient's dtype.

        `before` are its slots; `learning_rate` is the one in force; `number` counts updates from 1.
        """

    def expression(self, tensor: str, inputs: UpdateInputs) -> Expression:
        """One cell of an intermediate, or of "delta". KeyError for an unknown tensor."""
        if tensor == "g" and self.reshapes:
            return self._gradient_expression(inputs)
        return self.own_expression(tensor, inputs)

    @abstractmethod
    def own_expression(self, tensor: str, inputs: UpdateInputs) -> Expression:
        """`parts` of one of `own_intermediates` or of "delta"."""

    def _gradient_expression(self, inputs: UpdateInputs) -> Expression:
        dw, w = inputs.cells["gradient"], inputs.cells["parameter"]
        gradient = inputs.factor("gradient", "gradient")
        terms: list[tuple[Factor, ...]] = []
        words: list[str] = []
        if self.clip_value is not None:
            factor = min(1.0, self.clip_value / abs(dw)) if dw else 1.0
            terms.append((Factor("clip", factor), gradient))
            cut = "more" if factor < 1 else "not more"
            words.append(f"The gradient's size is {cut} than {number_text(self.clip_value)}, the limit.")
        elif self.clip_norm is not None and inputs.norm is not None:
            terms.append((Factor("clip", inputs.scale), gradient))
            cut = "so all of them are scaled down alike" if inputs.scale < 1 else "so they stay as they are"
            words.append(
                f"All gradients together have the norm {number_text(inputs.norm)}, and at most "
                f"{number_text(self.clip_norm)} is allowed: {cut}."
            )
        else:
            terms.append((gradient,))
        if self.l2:
            terms.append((Factor("l2", self.l2), inputs.factor("w", "parameter")))
            words.append("The L2 penalty pulls the parameter towards 0, the more the larger it is.")
        if self.l1:
            sign = copysign(1.0, w) if w else 0.0
            terms.append((Factor("l1", self.l1), Factor("sign(w)", sign, "parameter")))
            words.append("The L1 penalty pulls it towards 0 with the same force wherever it is.")
        return Expression("sum", tuple(terms), " ".join(words))


def check_between(name: str, value: float, least: float, most: float) -> None:
    """ValueError unless least <= value <= most."""
    if not least <= value <= most:
        raise ValueError(f"{name} must be between {least:g} and {most:g}, not {value}.")


def check_fraction(name: str, value: float) -> None:
    """ValueError unless 0 <= value < 1: what is kept of a running mean, or of a velocity."""
    if not 0 <= value < 1:
        raise ValueError(f"{name} must be at least 0 and below 1, not {value}.")


def check_eps(value: float) -> None:
    """ValueError unless it keeps a division by a vanishing root possible."""
    if not 1e-12 <= value <= 1:
        raise ValueError(f"eps must be between 1e-12 and 1, not {value}.")


def running_mean(
    symbol: str, name: str, kept: float, of: tuple[Factor, ...], inputs: UpdateInputs, words: str
) -> Expression:
    """kept · (the slot before) + (1 − kept) · the new number."""
    old = (Factor(symbol, kept), inputs.factor(f"old {name}", f"old_{name}"))
    return Expression("sum", (old, (Factor(f"(1−{symbol})", 1 - kept), *of)), words)


def effective_step(name: str, symbol: str, eps: float, inputs: UpdateInputs, words: str) -> Expression:
    """The learning rate over (the root of a step, plus eps): the effective step."""
    root = float(np.sqrt(inputs.cells[name]))
    return Expression(
        "quotient",
        ((Factor("η", inputs.learning_rate),), (Factor(f"√({symbol})", root, name),), (Factor("ε", eps),)),
        words,
    )
