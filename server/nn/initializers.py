"""Where the parameters start."""

from collections.abc import Mapping, Sequence

import numpy as np

from server.nn.arrays import Array, Params, Shape, freeze
from server.nn.network import Layer, Network
from server.nn.rng import generator


def he_normal(shape: Shape, fan_in: int, random: np.random.Generator) -> Array:
    """Normal numbers with variance 2 / fan_in, float64 (He et al. 2015, "Delving Deep into Rectifiers")."""
    return random.normal(0.0, np.sqrt(2.0 / fan_in), shape)


def initial_params(
    network: Network, seed: int, dtype: str, given: Mapping[str, Sequence[float]] | None = None
) -> dict[str, Params]:
    """The parameters of every layer, by its name: the numbers `given`, row by row, for a parameter
    ("dense1.w"); for all others He-normal w, zero b.

    They are drawn in float64 and then cast, so that float32 and float64 runs start from the same numbers;
    each depends on the seed and its own name only, so that adding a layer leaves the others as they were.
    """

    def initial(layer: Layer, name: str, shape: Shape) -> Array:
        full = f"{layer.name}.{name}"
        if given and full in given:
            return np.array(given[full], dtype).reshape(shape)
        if name != "w":
            return np.zeros(shape, dtype)
        fan_in = layer.op.fan_in(layer.in_shape)
        return he_normal(shape, fan_in, generator(seed, f"init {full}")).astype(dtype)

    return {
        layer.name: {name: freeze(initial(layer, name, shape)) for name, shape in layer.param_shapes.items()}
        for layer in network.layers
    }
