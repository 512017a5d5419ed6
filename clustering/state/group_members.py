"""The members of each group, stored compactly: most groups have one member."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, MutableMapping
from itertools import chain

from clustering.state.compact_map import CompactIntMap


class GroupMembers(MutableMapping[int, tuple[int, ...]]):
    """Slots by group.

    A group with one member is stored as a pair of numbers: a tuple for each of them would be most
    of the memory. A group without members is not stored.
    """

    def __init__(self) -> None:
        self._singletons = CompactIntMap()
        self._larger: dict[int, tuple[int, ...]] = {}

    def __getitem__(self, group: int) -> tuple[int, ...]:
        member = self._singletons.get(group)
        return self._larger[group] if member is None else (member,)

    def __setitem__(self, group: int, members: tuple[int, ...]) -> None:
        if len(members) == 1:
            self._singletons[group] = members[0]
        else:
            self._singletons.pop(group, None)
        if len(members) > 1:
            self._larger[group] = members
        else:
            self._larger.pop(group, None)

    def __delitem__(self, group: int) -> None:
        self[group] = ()

    def __iter__(self) -> Iterator[int]:
        return chain(self._singletons, self._larger)

    def __len__(self) -> int:
        return len(self._singletons) + len(self._larger)

    def members(self, group: int) -> tuple[int, ...]:
        """The slots of a group; none if it is not stored."""
        member = self._singletons.get(group)
        return self._larger.get(group, ()) if member is None else (member,)

    def singleton(self, group: int) -> int:
        """The only member of a group.

        Raises
        ------
        KeyError
            If the group has no member or several.
        """
        return self._singletons[group]


def insert_sorted(numbers: tuple[int, ...], added: int) -> tuple[int, ...]:
    """Add a number to ascending ones.

    Members are in this order whenever they joined, so that a loaded index samples those that the
    one before did.
    """
    position = bisect(numbers, added)
    return (*numbers[:position], added, *numbers[position:])
