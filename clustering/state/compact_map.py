"""A map between numbers that come in ascending order, in twelve bytes for each.

Articles, groups and slots are numbered as they come, so sorted arrays hold what a dict of Python's
would need ten times the memory for. The few numbers that come late go into a dict.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, MutableMapping
from itertools import compress
from typing import Final

_DELETED: Final = 0xFFFFFFFF
_MIN_DELETED_TO_COMPACT: Final = 1024
"""So many deleted numbers, if they are half of all, are let go together."""


class CompactIntMap(MutableMapping[int, int]):
    """Numbers to slots.

    Keys are any integers of 64 bits; values are from 0 to 2**32 - 2.
    """

    def __init__(self) -> None:
        self._keys = array("q")
        self._values = array("I")
        self._out_of_order: dict[int, int] = {}
        self._n_deleted = 0

    def __getitem__(self, key: int) -> int:
        at = self._find_position(key)
        if at is None:
            return self._out_of_order[key]
        return self._values[at]

    def __setitem__(self, key: int, value: int) -> None:
        at = self._find_position(key)
        if at is not None:
            self._values[at] = value
        elif not self._keys or key > self._keys[-1]:
            self._keys.append(key)
            self._values.append(value)
        else:
            self._out_of_order[key] = value

    def __delitem__(self, key: int) -> None:
        at = self._find_position(key)
        if at is None:
            del self._out_of_order[key]
            return
        self._values[at] = _DELETED
        self._n_deleted += 1
        if self._n_deleted >= _MIN_DELETED_TO_COMPACT and 2 * self._n_deleted >= len(self._keys):
            self._compact()

    def __iter__(self) -> Iterator[int]:
        yield from compress(self._keys, (value != _DELETED for value in self._values))
        yield from self._out_of_order

    def __len__(self) -> int:
        return len(self._keys) - self._n_deleted + len(self._out_of_order)

    def _find_position(self, key: int) -> int | None:
        """Where a key stands in the arrays; None if it does not."""
        at = bisect_left(self._keys, key)
        there = at < len(self._keys) and self._keys[at] == key and self._values[at] != _DELETED
        return at if there else None

    def _compact(self) -> None:
        """Give the memory of deleted numbers back."""
        kept = [value != _DELETED for value in self._values]
        self._keys = array("q", compress(self._keys, kept))
        self._values = array("I", compress(self._values, kept))
        self._n_deleted = 0
