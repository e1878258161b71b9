"""Randomness as a pure function of what it is for."""

import hashlib

import numpy as np


def generator(seed: int, purpose: str, index: int = 0) -> np.random.Generator:
    """A fresh generator that depends on these three arguments and on nothing that was called before.

    Philox is counter-based; its 128-bit key is a hash of the arguments.
    """
    digest = hashlib.sha256(f"{seed}|{purpose}|{index}".encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))
