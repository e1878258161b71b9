"""What was used last: a cache by iteration, bounded in bytes."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Recent(Generic[Item]):
    """The most recently used items, by iteration, up to `most` bytes. The last one always stays.

    All methods may be called from any thread.
    """

    def __init__(self, most: int) -> None:
        self.nbytes = 0
        self._most = most
        self._lock = threading.Lock()
        self._items: OrderedDict[int, tuple[Item, int]] = OrderedDict()

    def get(self, iteration: int) -> Item | None:
        """The item of an iteration."""
        with self._lock:
            return self._use(iteration)

    def nearest(self, iteration: int) -> Item | None:
        """The item of the latest iteration at or before `iteration`."""
        with self._lock:
            if iteration not in self._items:
                iteration = max((at for at in self._items if at <= iteration), default=iteration)
            return self._use(iteration)

    def put(self, iteration: int, item: Item, nbytes: int) -> None:
        """Keep an item of `nbytes` bytes. The least recently used ones make room."""
        with self._lock:
            _, replaced = self._items.pop(iteration, (None, 0))
            self._items[iteration] = item, nbytes
            self.nbytes += nbytes - replaced
            while self.nbytes > self._most and len(self._items) > 1:
                _, (_, dropped) = self._items.popitem(last=False)
                self.nbytes -= dropped

    def clear(self) -> int:
        """Drop all items, and return their size in bytes."""
        with self._lock:
            freed, self.nbytes = self.nbytes, 0
            self._items.clear()
            return freed

    def _use(self, iteration: int) -> Item | None:
        if iteration not in self._items:
            return None
        self._items.move_to_end(iteration)
        return self._items[iteration][0]
