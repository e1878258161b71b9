"""Random numbers as a pure function of a seed and a purpose."""

import hashlib

import numpy as np


def generator(seed: int, purpose: str, index: int = 0) -> np.random.Generator:
    """A new generator that depends on its arguments alone, and not on any call before.

    The generator is Philox (Salmon et al. 2011), which is counter-based; its 128-bit key is a hash of the
    arguments.
    """
    digest = hashlib.sha256(f"{seed}|{purpose}|{index}".encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))
