"""What each process of the server sets once, so that nobody waits for long."""

import gc
import sys

from server.nn.blas import one_thread

SWITCH_SECONDS = 0.0005
"""How long one thread keeps the others waiting at most. Python's default is 5 ms."""
COLLECTIONS = 5_000, 20, 100
"""New objects between two collections of garbage, and how many of them make a larger one."""


def settle() -> None:
    """Let threads take short turns, BLAS have one thread, and garbage collections leave out what is there.

    To be called when everything is imported: a full collection of the objects of all modules takes 100 ms and
    more, in which nobody is answered.
    """
    one_thread()
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()
    gc.set_threshold(*COLLECTIONS)
