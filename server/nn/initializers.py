"""Where the parameters start."""

import numpy as np

from server.nn.arrays import Array, Params, Shape, freeze
from server.nn.network import Network
from server.nn.rng import generator


def he_normal(shape: Shape, fan_in: int, random: np.random.Generator) -> Array:
    """Normal numbers with variance 2 / fan_in, float64 (He et al. 2015, "Delving Deep into Rectifiers")."""
    return random.normal(0.0, np.sqrt(2.0 / fan_in), shape)


def initial_params(network: Network, seed: int, dtype: str) -> dict[str, Params]:
    """The parameters of every layer, by its name: He-normal w, zero b.

    They are drawn in float64 and then cast, so that float32 and float64 runs start from the same numbers;
    each depends on the seed and its own name only, so that adding a layer leaves the others as they were.
    """
    return {
        layer.name: {
            name: freeze(
                he_normal(
                    shape, layer.op.fan_in(layer.in_shape), generator(seed, f"init {layer.name}.{name}")
                ).astype(dtype)
                if name == "w"
                else np.zeros(shape, dtype)
            )
            for name, shape in layer.param_shapes.items()
        }
        for layer in network.layers
    }
