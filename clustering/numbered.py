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

_NONE: Final = 0xFFFFFFFF
_SHED_AT: Final = 1024
"""So many deleted numbers, if they are half of all, are let go together."""


class Numbered(MutableMapping[int, int]):
    """Numbers to slots.

    Keys are any integers of 64 bits; values are from 0 to 2**32 - 2.
    """

    def __init__(self) -> None:
        self._keys = array("q")
        self._values = array("I")
        self._late: dict[int, int] = {}
        self._gone = 0

    def __getitem__(self, key: int) -> int:
        at = self._at(key)
        if at is None:
            return self._late[key]
        return self._values[at]

    def __setitem__(self, key: int, value: int) -> None:
        at = self._at(key)
        if at is not None:
            self._values[at] = value
        elif not self._keys or key > self._keys[-1]:
            self._keys.append(key)
            self._values.append(value)
        else:
            self._late[key] = value

    def __delitem__(self, key: int) -> None:
        at = self._at(key)
        if at is None:
            del self._late[key]
            return
        self._values[at] = _NONE
        self._gone += 1
        if self._gone >= _SHED_AT and 2 * self._gone >= len(self._keys):
            self._shed()

    def __iter__(self) -> Iterator[int]:
        yield from compress(self._keys, (value != _NONE for value in self._values))
        yield from self._late

    def __len__(self) -> int:
        return len(self._keys) - self._gone + len(self._late)

    def _at(self, key: int) -> int | None:
        """Where a key stands in the arrays; None if it does not."""
        at = bisect_left(self._keys, key)
        there = at < len(self._keys) and self._keys[at] == key and self._values[at] != _NONE
        return at if there else None

    def _shed(self) -> None:
        """Give the memory of deleted numbers back."""
        kept = [value != _NONE for value in self._values]
        self._keys = array("q", compress(self._keys, kept))
        self._values = array("I", compress(self._values, kept))
        self._gone = 0
