"""The base class of all optimizers: a pure function of parameters, gradients and slots."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import copysign, isfinite
from typing import Any, ClassVar

import numpy as np

from server.nn.arrays import Array, Params, Shape, number_text
from server.nn.factors import Expression, Factor

UpdateLoop = Callable[[Any, Array, Array, Params, float, int, Shape], float]
"""`loop(optimizer, w, gradient, slots, rate, number, index)`: one cell of an update, in plain arithmetic.

`w`, `gradient` and the `slots` before the update are arrays of the parameter's shape, `rate` is the learning
rate in force, `number` counts updates from 1, and `index` are the coordinates of the cell.
"""


@dataclass(frozen=True, slots=True)
class Intermediate:
    """A tensor that an update computes before the change, of its parameter's shape.

    `signed` says whether its cells can be negative.
    """

    title: str
    signed: bool


CLIPPED_GRADIENT = Intermediate("gradient after clipping and penalties", signed=True)


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
        """The cell called `name`, as a factor."""
        return Factor(symbol, self.cells[name], name)

    @property
    def gradient(self) -> Factor:
        """The gradient after clipping and penalties where there are any, else the gradient itself."""
        return self.factor("g", "g") if "g" in self.cells else self.factor("gradient", "gradient")


@dataclass(frozen=True, slots=True)
class Optimizer(ABC):
    """The rule by which gradients change parameters. Its fields are its hyper-parameters.

    The formulas are PyTorch's. `l1` and `l2` add the gradient of the penalties l1 · Σ|w| and l2/2 · Σw² of
    all parameters (`l2` is PyTorch's `weight_decay` of SGD and Adam); the loss that is shown leaves them out.
    Before that, each cell of the gradient is clipped to ±`clip_value`, or all gradients together are scaled
    down to a norm of at most `clip_norm` (Pascanu et al. 2013), as by torch.nn.utils.clip_grad_value_ and
    clip_grad_norm_. The result is the intermediate "g". Without any of these there is no "g".

    A new optimizer is a frozen dataclass with slots in a module of its own, an entry in `OPTIMIZERS`, and its
    cases in `tests/cases.py`. It follows four rules, each checked by a test:

    - Each cell of an update depends only on the same cell of the parameter, the gradient and the slots, and
      on numbers that all cells share. The explanations of an update rely on it.
    - `update` assigns the change to a local variable `delta`, and each of `own_intermediates` to a local
      variable of the same name, and returns those. The code lens lights the line of that assignment.
    - `update` computes in the dtype of the gradient: it rounds hyper-parameters to it first.
    - Each loop, called with the absolute values of its arrays, is at least as large as the numbers that it
      adds up. The code lens takes it as the scale of rounding errors.
    """

    title: ClassVar[str]
    first_learning_rate: ClassVar[float] = 0.001
    """The default learning rate on the digits."""

    learning_rate: float
    l1: float = 0.0
    l2: float = 0.0
    clip_value: float | None = None
    clip_norm: float | None = None
    kind: str = ""

    # Pydantic reads this when a recipe arrives: a field that is not declared is an error.
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

    def check(self) -> None:  # noqa: B027 an optimizer without hyper-parameters of its own checks nothing
        """Raise ValueError when one of the optimizer's own hyper-parameters is out of range."""

    @property
    def changes_gradient(self) -> bool:
        """True when the gradient is clipped or penalised before it is used."""
        return bool(self.l1 or self.l2 or self.clip_value or self.clip_norm)

    @property
    def decoupled_decay(self) -> float:
        """Weight decay that bypasses the gradient (Loshchilov and Hutter 2019); 0 where there is none."""
        return 0.0

    @property
    def intermediates(self) -> Mapping[str, Intermediate]:
        """All tensors that an update computes before the change, by name, in order."""
        if not self.changes_gradient:
            return self.own_intermediates
        return {"g": CLIPPED_GRADIENT, **self.own_intermediates}

    @property
    def arrays_per_parameter(self) -> int:
        """The number of arrays that a trace holds for each parameter: slots and intermediates."""
        return len(self.intermediates) + len(self.slots)

    def initial_slots(self, params: Params) -> dict[str, Params]:
        """The slots of a layer's parameters before the first update, by parameter and slot: zeros."""
        if not self.slots:
            return {}
        return {name: {slot: np.zeros_like(array) for slot in self.slots} for name, array in params.items()}

    def norm(self, gradients: Iterable[Array]) -> float | None:
        """The norm of all gradients together, in float64; None unless gradients are clipped by norm."""
        if self.clip_norm is None:
            return None
        return float(np.sqrt(sum(np.square(dw, dtype=np.float64).sum() for dw in gradients)))

    def scale(self, norm: float | None) -> float:
        """The factor of clipping by norm, at most 1, for gradients of this `norm`."""
        if norm is None or self.clip_norm is None:
            return 1.0
        return min(1.0, self.clip_norm / (norm + 1e-6))

    def gradient(self, w: Array, dw: Array, scale: float) -> Array:
        """The gradient after clipping and penalties, in the dtype of `dw`; `dw` itself without them."""
        if not self.changes_gradient:
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
        """What an update at the learning rate `rate` does to a weight: no subject, no full stop."""

    def full_sentence(self, rate: str, holds_some: bool = False) -> str:
        """The update of all weights in words, with clipping, penalties and weight decay; no full stop.

        `holds_some` is true where some parameters are held fixed.
        """
        which = "every weight that is not held fixed" if holds_some else "every weight"
        before = "; gradients are clipped or penalised first" if self.changes_gradient else ""
        on_top = "; weight decay comes on top" if self.decoupled_decay else ""
        return f"{which} {self.sentence(rate)}{before}{on_top}"

    @abstractmethod
    def update(
        self, w: Array, gradient: Array, before: Params, learning_rate: float, number: int
    ) -> tuple[Array, dict[str, Array]]:
        """The change of a parameter, and `own_intermediates` by name, all in the gradient's dtype.

        `before` are the parameter's slots, `learning_rate` is the one in force, and `number` counts updates
        from 1.
        """

    @property
    @abstractmethod
    def loops(self) -> Mapping[str, UpdateLoop]:
        """`update` as plain loops: one for each of `own_intermediates`, in order, then "delta"."""

    def expression(self, tensor: str, inputs: UpdateInputs) -> Expression:
        """One cell of an intermediate, or of "delta". KeyError for an unknown tensor."""
        if tensor == "g" and self.changes_gradient:
            return self._gradient_expression(inputs)
        return self.own_expression(tensor, inputs)

    @abstractmethod
    def own_expression(self, tensor: str, inputs: UpdateInputs) -> Expression:
        """One cell of one of `own_intermediates`, or of "delta". KeyError for an unknown tensor."""

    def _gradient_expression(self, inputs: UpdateInputs) -> Expression:
        dw, w = inputs.cells["gradient"], inputs.cells["parameter"]
        gradient = inputs.factor("gradient", "gradient")
        terms: list[tuple[Factor, ...]] = []
        words: list[str] = []
        if self.clip_value is not None:
            clip = min(1.0, self.clip_value / abs(dw)) if dw else 1.0
            terms.append((Factor("clip", clip), gradient))
            cut = "more" if clip < 1 else "not more"
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


def clipped_gradient(optimizer: Optimizer, w: Array, dw: Array, scale: float, index: Shape) -> float:
    gradient = dw[index] * scale
    if optimizer.clip_value is not None:
        gradient = max(-optimizer.clip_value, min(optimizer.clip_value, gradient))
    gradient += optimizer.l2 * w[index]
    if w[index] > 0:
        gradient += optimizer.l1
    if w[index] < 0:
        gradient -= optimizer.l1
    return float(gradient)


def check_between(name: str, value: float, least: float, most: float) -> None:
    """Raise ValueError unless least <= value <= most."""
    if not least <= value <= most:
        raise ValueError(f"{name} must be between {least:g} and {most:g}, not {value}.")


def check_fraction(name: str, value: float) -> None:
    """Raise ValueError unless 0 <= value < 1, as the decay rate of a running mean must be."""
    if not 0 <= value < 1:
        raise ValueError(f"{name} must be at least 0 and below 1, not {value}.")


def check_eps(value: float) -> None:
    """Raise ValueError unless 1e-12 <= value <= 1, so that a root near 0 can be divided by."""
    if not 1e-12 <= value <= 1:
        raise ValueError(f"eps must be between 1e-12 and 1, not {value}.")
