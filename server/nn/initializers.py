"""Initialisations: the numbers from which the parameters start."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from server.nn.arrays import Array, Params, Shape, freeze, size
from server.nn.network import Layer, Network
from server.nn.rng import generator


@dataclass(frozen=True, slots=True)
class Initialisation(ABC):
    """The rule by which the weights of a layer are drawn. Its fields are its hyper-parameters.

    Biases start at 0, and the weights of a batch normalisation at 1, whatever the initialisation. A new one
    is a frozen dataclass with slots here, an entry in `INITIALISATIONS`, and its cases in the tests.
    """

    kind: str = ""

    # Pydantic reads this when a recipe arrives: a field that is not declared is an error.
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    is_random: ClassVar[bool] = True
    """True where the seed decides the weights."""
    about: ClassVar[str]
    """What it is and what it leads to, in a sentence for the page."""

    @abstractmethod
    def weights(self, shape: Shape, fan_in: int, random: np.random.Generator) -> Array:
        """Weights of this `shape`, float64.

        The first axis counts filters or units, the others count their inputs. `fan_in` is the number of
        products that one output sums.
        """


@dataclass(frozen=True, slots=True)
class He(Initialisation):
    """Normal numbers with mean 0 and variance 2 / fan_in (He et al. 2015, "Delving Deep into Rectifiers")."""

    kind: Literal["he"] = "he"
    about: ClassVar[str] = "Made for rectifiers: signals keep their size from layer to layer."

    def weights(self, shape: Shape, fan_in: int, random: np.random.Generator) -> Array:
        return random.normal(0.0, np.sqrt(2.0 / fan_in), shape)


@dataclass(frozen=True, slots=True)
class Xavier(Initialisation):
    """Uniform numbers within ±√(6 / (fan_in + fan_out)) (Glorot and Bengio 2010).

    fan_out is the number of units, or of filters times the cells of a kernel: the first axis of the shape
    times all axes after the second.
    """

    kind: Literal["xavier"] = "xavier"
    about: ClassVar[str] = "Made for sigmoids: values and gradients keep their size from layer to layer."

    def weights(self, shape: Shape, fan_in: int, random: np.random.Generator) -> Array:
        fan_out = shape[0] * size(shape[2:])
        limit = np.sqrt(6.0 / (fan_in + fan_out))
        return random.uniform(-limit, limit, shape)


@dataclass(frozen=True, slots=True)
class Normal(Initialisation):
    """Normal numbers with mean 0 and standard deviation `deviation`."""

    kind: Literal["normal"] = "normal"
    deviation: float = 0.01
    about: ClassVar[str] = (
        "One spread for all layers: too small and signals die out, too large and they explode."
    )

    def __post_init__(self) -> None:
        if not 0 < self.deviation <= 1000:
            raise ValueError(f"The deviation must be above 0 and at most 1000, not {self.deviation}.")

    def weights(self, shape: Shape, fan_in: int, random: np.random.Generator) -> Array:
        return random.normal(0.0, self.deviation, shape)


@dataclass(frozen=True, slots=True)
class Uniform(Initialisation):
    """Uniform numbers from -`limit` to `limit`."""

    kind: Literal["uniform"] = "uniform"
    limit: float = 0.05
    about: ClassVar[str] = "One range for all layers, every number in it as likely as any other."

    def __post_init__(self) -> None:
        if not 0 < self.limit <= 1000:
            raise ValueError(f"The limit must be above 0 and at most 1000, not {self.limit}.")

    def weights(self, shape: Shape, fan_in: int, random: np.random.Generator) -> Array:
        return random.uniform(-self.limit, self.limit, shape)


@dataclass(frozen=True, slots=True)
class Zeros(Initialisation):
    """All weights 0."""

    kind: Literal["zeros"] = "zeros"
    is_random: ClassVar[bool] = False
    about: ClassVar[str] = (
        "A trap: where all weights are 0 no gradient gets through them, and nothing below learns."
    )

    def weights(self, shape: Shape, fan_in: int, random: np.random.Generator) -> Array:
        return np.zeros(shape)


@dataclass(frozen=True, slots=True)
class Fixed(Initialisation):
    """All weights the same number."""

    kind: Literal["constant"] = "constant"
    value: float = 0.1
    is_random: ClassVar[bool] = False
    about: ClassVar[str] = "A trap: all units of a layer are alike, get the same gradient, and stay alike."

    def __post_init__(self) -> None:
        if not -1000 <= self.value <= 1000:
            raise ValueError(f"The value must be between -1000 and 1000, not {self.value}.")

    def weights(self, shape: Shape, fan_in: int, random: np.random.Generator) -> Array:
        return np.full(shape, self.value)


@dataclass(frozen=True, slots=True)
class AllEqual(Initialisation):
    """One filter or unit drawn as by `He`, and all others of its layer equal to it."""

    kind: Literal["all_equal"] = "all_equal"
    about: ClassVar[str] = (
        "A trap: equal filters see the same and get the same gradient; they never become different."
    )

    def weights(self, shape: Shape, fan_in: int, random: np.random.Generator) -> Array:
        one = random.normal(0.0, np.sqrt(2.0 / fan_in), (1, *shape[1:]))
        return np.repeat(one, shape[0], axis=0)


INITIALISATIONS: tuple[type[Initialisation], ...] = (He, Xavier, Normal, Uniform, Zeros, Fixed, AllEqual)
"""Every initialisation that a recipe can name, in the order in which forms offer them."""

DEFAULT = He()


def initial_params(
    network: Network,
    seed: int,
    dtype: str,
    values: Mapping[str, Sequence[float]] | None = None,
    initialisation: Initialisation = DEFAULT,
) -> dict[str, Params]:
    """The parameters of every layer, by layer and name, read-only, in `dtype`.

    `values` are row-major numbers for some parameters ("dense1.w"). Another parameter starts at the number
    that its op prescribes (see `Op.starts`); else "w" is drawn by the `initialisation`, and "b" is 0.

    Weights are drawn in float64 and then cast, so that float32 and float64 runs start from the same numbers.
    Each depends on the seed and its own name only: another layer in the network leaves it as it is.
    """

    def initial(layer: Layer, name: str, shape: Shape) -> Array:
        full = f"{layer.name}.{name}"
        if values and full in values:
            return np.array(values[full], dtype).reshape(shape)
        if name != "w" or name in layer.op.starts:
            return np.full(shape, layer.op.starts.get(name, 0), dtype)
        fan_in = layer.op.fan_in(layer.in_shape)
        drawn = initialisation.weights(shape, fan_in, generator(seed, f"init {full}"))
        return drawn.astype(dtype)

    return {
        layer.name: {name: freeze(initial(layer, name, shape)) for name, shape in layer.param_shapes.items()}
        for layer in network.layers
    }
