"""Event representatives: the article whose text represents a group in event clustering."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.events.term_store import TermStore
from clustering.state.overlay import MembershipOverlay


class RepresentativeDelta(NamedTuple):
    """Slots that a commit has changed.

    Attributes
    ----------
    to_index : list of int
        Those that represent a group for the first time.
    added, removed : list of int
        Those that represent a group now but did not before, and the reverse.
    """

    to_index: list[int]
    added: list[int]
    removed: list[int]


class EventRepresentatives:
    """The longest text of each group; changes can be rolled back until they are committed.

    Parameters
    ----------
    term_store : TermStore

    Attributes
    ----------
    slot_of : dict of int to int
        Representatives by group.
    group_of : ndarray of int64
        By slot: the group that it represents; 0 if it represents none.
    unindexed : set of int
        Slots that represent a group for the first time, since the last commit.
    """

    def __init__(self, term_store: TermStore) -> None:
        self.slot_of: dict[int, int] = {}
        self.group_of = np.zeros(1024, dtype=np.int64)
        self.unindexed: set[int] = set()
        self._term_store = term_store
        self._indexed = np.zeros(1024, dtype=np.bool_)
        self._undo_log: dict[int, int | None] = {}

    def sort_by_length(self, groups: Sequence[int]) -> list[int]:
        """Sort groups by the length of their texts, the longest last.

        The order does not depend on the order of arrival.
        """
        slots = np.array([self.slot_of[group] for group in groups])
        return [groups[position] for position in self._term_store.argsort_by_length(slots).tolist()]

    def sample(self, max_slots: int) -> NDArray[np.int64]:
        """Sample representatives by a hash of their terms, whatever the order of arrival.

        Returns
        -------
        ndarray of int64, shape (n_slots,)
        """
        slots = np.flatnonzero(self.group_of)
        order = np.argsort(self._term_store.content_hashes(slots), kind="stable")
        sampled: NDArray[np.int64] = slots[order[:max_slots]]
        return sampled

    def published(self, groups: Sequence[int]) -> NDArray[np.float64]:
        """The dates of the texts of some groups in POSIX seconds; NaN if not known."""
        slots = np.array([self.slot_of[group] for group in groups])
        return self._term_store.dates_and_languages(slots)[0]

    def longest(self, slots: Iterable[int]) -> int:
        """The slot of the longest text."""
        return max(slots, key=self._term_store.length_key)

    def choose_representative(self, overlay: MembershipOverlay, group: int) -> int | None:
        """The slot that represents a group of an overlay; None if the group is empty."""
        members = overlay.members(group)
        if not members:
            return None
        before = self.slot_of.get(group)
        if before is None or overlay.group(before) != group:
            return self.longest(members)
        joined = (slot for slot, target in overlay.reassigned.items() if target == group)
        return self.longest((before, *joined))

    def groups_of(self, slots: Iterable[int]) -> list[int]:
        """The groups that some slots represent, in ascending order."""
        groups = (int(self.group_of[slot]) for slot in slots if slot < len(self.group_of))
        return sorted(group for group in groups if group)

    def set_representative(self, group: int, slot: int | None) -> None:
        """Set the representative of a group; None removes it."""
        before = self.slot_of.pop(group, None)
        self._undo_log.setdefault(group, before)
        if before is not None:
            self.group_of[before] = 0
            self.unindexed.discard(before)
        if slot is not None:
            self._reserve(slot)
            self.slot_of[group] = slot
            self.group_of[slot] = group
            if not self._indexed[slot]:
                self.unindexed.add(slot)

    def commit(self) -> RepresentativeDelta:
        """Make the pending changes final."""
        after = {self.slot_of[group] for group in self._undo_log if group in self.slot_of}
        before = {slot for slot in self._undo_log.values() if slot is not None}
        to_index = sorted(slot for slot in after if not self._indexed[slot])
        self._indexed[to_index] = True
        self.unindexed.clear()
        self._undo_log.clear()
        return RepresentativeDelta(to_index, sorted(after - before), sorted(before - after))

    def rollback(self) -> None:
        """Undo everything since the last commit."""
        before = dict(self._undo_log)
        for group in before:
            self.set_representative(group, None)
        for group, slot in before.items():
            self.set_representative(group, slot)
        self._undo_log.clear()

    def _reserve(self, slot: int) -> None:
        while slot >= len(self.group_of):
            self.group_of = np.concatenate([self.group_of, np.zeros_like(self.group_of)])
            self._indexed = np.concatenate([self._indexed, np.zeros_like(self._indexed)])
