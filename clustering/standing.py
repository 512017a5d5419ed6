"""Which article stands for a group when events are judged: its fullest text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from clustering.draft import Draft
from clustering.holdings import Holdings


class Kept(NamedTuple):
    """What has changed: slots.

    Attributes
    ----------
    new : list of int
        Those that stand for a group and never did before.
    joined, left : list of int
        Those that stand for a group and did not, and the other way round.
    """

    new: list[int]
    joined: list[int]
    left: list[int]


class Standing:
    """The articles that stand for groups; what one judgement changes can be taken back.

    Parameters
    ----------
    holdings : Holdings

    Attributes
    ----------
    slot_of : dict of int to int
        By group.
    group : ndarray of int64
        By slot: the group that it stands for; 0 if for none.
    fresh : set of int
        Slots that stand for a group for the first time, and are not kept yet.
    """

    def __init__(self, holdings: Holdings) -> None:
        self.slot_of: dict[int, int] = {}
        self.group = np.zeros(1024, dtype=np.int64)
        self._holdings = holdings
        self._indexed = np.zeros(1024, dtype=np.bool_)
        self._before: dict[int, int | None] = {}
        self.fresh: set[int] = set()

    def ranked(self, groups: Sequence[int]) -> list[int]:
        """Groups in an order that is not that of arrival: the fullest text last."""
        slots = np.array([self.slot_of[group] for group in groups])
        return [groups[at] for at in self._holdings.by_fullness(slots).tolist()]

    def fullest(self, slots: Iterable[int]) -> int:
        """The slot of the fullest text."""
        return max(slots, key=self._holdings.fullness)

    def choose(self, draft: Draft, group: int) -> int | None:
        """The slot that stands for a group in a draft; None if the group is empty."""
        members = draft.members(group)
        if not members:
            return None
        before = self.slot_of.get(group)
        if before is None or draft.group(before) != group:
            return self.fullest(members)
        joined = (slot for slot, placed in draft.placed.items() if placed == group)
        return self.fullest((before, *joined))

    def set(self, group: int, slot: int | None) -> None:
        """Let a slot stand for a group, or none."""
        before = self.slot_of.pop(group, None)
        self._before.setdefault(group, before)
        if before is not None:
            self.group[before] = 0
            self.fresh.discard(before)
        if slot is not None:
            self._reserve(slot)
            self.slot_of[group] = slot
            self.group[slot] = group
            if not self._indexed[slot]:
                self.fresh.add(slot)

    def keep(self) -> Kept:
        """Let what has changed stand."""
        after = {self.slot_of[group] for group in self._before if group in self.slot_of}
        before = {slot for slot in self._before.values() if slot is not None}
        new = sorted(slot for slot in after if not self._indexed[slot])
        self._indexed[new] = True
        self.fresh.clear()
        self._before.clear()
        return Kept(new, sorted(after - before), sorted(before - after))

    def take_back(self) -> None:
        """Undo what has changed since `keep`."""
        before = dict(self._before)
        for group in before:
            self.set(group, None)
        for group, slot in before.items():
            self.set(group, slot)
        self._before.clear()

    def _reserve(self, slot: int) -> None:
        while slot >= len(self.group):
            self.group = np.concatenate([self.group, np.zeros_like(self.group)])
            self._indexed = np.concatenate([self._indexed, np.zeros_like(self._indexed)])
