"""A cache of the most recently used items, bounded in bytes."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

Key = TypeVar("Key", int, tuple[int, int])
Item = TypeVar("Item")


class Recent(Generic[Key, Item]):
    """The most recently used items, up to `most` bytes. The last item stays, whatever its size.

    A key is an iteration, or an iteration and an example. All methods may be called from any thread.
    """

    def __init__(self, most: int) -> None:
        self.nbytes = 0
        self._most = most
        self._lock = threading.Lock()
        self._items: OrderedDict[Key, tuple[Item, int]] = OrderedDict()

    def get(self, key: Key) -> Item | None:
        """The item of a key; None if it is not kept."""
        with self._lock:
            return self._use(key)

    def nearest(self, key: Key) -> Item | None:
        """The item of the largest key at or below `key`; None if there is none."""
        with self._lock:
            if key not in self._items:
                key = max((at for at in self._items if at <= key), default=key)
            return self._use(key)

    def put(self, key: Key, item: Item, nbytes: int) -> None:
        """Keep an item of `nbytes` bytes. The least recently used items are dropped to make room."""
        with self._lock:
            _, replaced = self._items.pop(key, (None, 0))
            self._items[key] = item, nbytes
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

    def _use(self, key: Key) -> Item | None:
        if key not in self._items:
            return None
        self._items.move_to_end(key)
        return self._items[key][0]
