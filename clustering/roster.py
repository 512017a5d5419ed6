"""Who is in which group and event: the live articles, and a draft of what one judgement changes.

Inside the index an article has a *slot*, a small number given in the order of arrival and never
reused; what an index knows of articles lies in arrays by slot.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from clustering.canonical import Candidate
from clustering.model import Features

GONE = 0
"""The group of a slot whose article was withdrawn."""


UNDETERMINED = "und"


def language_code(language: str) -> int:
    """A language as a number; 0 for one that could not be told."""
    if language == UNDETERMINED:
        return 0
    return int.from_bytes(language[:2].lower().encode("ascii", "replace"), "big")


class Roster:
    """The live articles by slot, group and event."""

    def __init__(self) -> None:
        self.group = np.zeros(1024, dtype=np.int64)
        self.article: list[int] = []
        self.published: list[float | None] = []
        self.language_codes = np.zeros(1024, dtype=np.uint16)
        self.source: list[str | None] = []
        self.words: list[int] = []
        self.slot_of: dict[int, int] = {}
        self.members: dict[int, tuple[int, ...]] = {}
        self.event: dict[int, int] = {}
        self.groups: dict[int, tuple[int, ...]] = {}
        self.next_group = 1
        self.next_event = 1

    def __len__(self) -> int:
        return len(self.slot_of)

    @property
    def next_slot(self) -> int:
        """The slot the next article gets."""
        return len(self.article)

    def enter(self, article: int, features: Features) -> int:
        """Give an article its slot; it belongs to no group yet."""
        slot = self.next_slot
        if slot == len(self.group):
            self.group = np.concatenate([self.group, np.zeros_like(self.group)])
            self.language_codes = np.concatenate([self.language_codes, self.language_codes])
        self.article.append(article)
        self.published.append(features.published)
        self.language_codes[slot] = language_code(features.language)
        self.source.append(features.source)
        self.words.append(features.words)
        self.slot_of[article] = slot
        return slot

    def leave(self, article: int) -> int:
        """Take an article out; return the slot it had."""
        slot = self.slot_of.pop(article)
        self.group[slot] = GONE
        return slot

    def place(self, slot: int, group: int) -> None:
        """Move one slot to a group, out of the one it was in."""
        before = int(self.group[slot])
        if before:
            left = tuple(other for other in self.members[before] if other != slot)
            self._set_members(before, left)
        self.group[slot] = group
        if group:
            self._set_members(group, (*self.members.get(group, ()), slot))
            self.next_group = max(self.next_group, group + 1)

    def attach(self, group: int, event: int) -> None:
        """Move one group to an event, out of the one it was in."""
        before = self.event.get(group)
        if before == event:
            return
        if before is not None:
            self._detach(group, before)
        self.event[group] = event
        self.groups[event] = (*self.groups.get(event, ()), group)
        self.next_event = max(self.next_event, event + 1)

    def _detach(self, group: int, event: int) -> None:
        left = tuple(other for other in self.groups[event] if other != group)
        if left:
            self.groups[event] = left
        else:
            del self.groups[event]

    def _set_members(self, group: int, members: tuple[int, ...]) -> None:
        if members:
            self.members[group] = members
            return
        del self.members[group]
        if group in self.event:
            self._detach(group, self.event.pop(group))


class Draft:
    """What one judgement would change, laid over a roster that stays as it is.

    Parameters
    ----------
    roster : Roster
    article : int
        The newcomer's key; it gets the roster's next slot.
    features : Features or None
        The newcomer's; None if nobody comes.
    """

    def __init__(self, roster: Roster, article: int = 0, features: Features | None = None) -> None:
        self.roster = roster
        self._article = article
        self._features = features
        self.next_group = roster.next_group
        self.next_event = roster.next_event
        self.placed: dict[int, int] = {}
        self.attached: dict[int, int] = {}
        self._members: dict[int, tuple[int, ...]] = {}
        self._groups: dict[int, tuple[int, ...]] = {}

    def article(self, slot: int) -> int:
        """The key of the article in a slot."""
        known = self.roster.article
        return known[slot] if slot < len(known) else self._article

    def candidate(self, slot: int) -> Candidate:
        """What the article in a slot has to say for itself as the canonical one."""
        known, new = self.roster, self._features
        if slot < known.next_slot or new is None:
            facts = (known.published[slot], known.words[slot], known.source[slot])
        else:
            facts = (new.published, new.words, new.source)
        return Candidate(self.article(slot), *facts)

    def language_code(self, group: int) -> int:
        """The language of a group: that of its first member."""
        slot = self.members(group)[0]
        if slot < self.roster.next_slot:
            return int(self.roster.language_codes[slot])
        return language_code(self._features.language) if self._features else 0

    def group_of(self, slots: NDArray[np.uint32]) -> NDArray[np.int64]:
        """The group of each slot, `GONE` for those withdrawn."""
        groups = self.roster.group[slots]
        for slot, group in self.placed.items():
            groups[slots == slot] = group
        return groups

    def group(self, slot: int) -> int:
        """The group of one slot."""
        return self.placed[slot] if slot in self.placed else self.group_before(slot)

    def members(self, group: int) -> tuple[int, ...]:
        """The slots of a group."""
        if group in self._members:
            return self._members[group]
        return self.roster.members.get(group, ())

    def place(self, slots: Iterable[int], group: int) -> None:
        """Move slots to a group."""
        for slot in slots:
            before = self.group(slot)
            if before:
                self._members[before] = tuple(s for s in self.members(before) if s != slot)
            self.placed[slot] = group
            if group:
                self._members[group] = (*self.members(group), slot)

    def found_group(self) -> int:
        """A group number that was never used."""
        self.next_group += 1
        return self.next_group - 1

    def found_event(self) -> int:
        """An event number that was never used."""
        self.next_event += 1
        return self.next_event - 1

    def event(self, group: int) -> int | None:
        """The event of a group; None if it has none yet."""
        return self.attached.get(group, self.roster.event.get(group))

    def groups(self, event: int) -> tuple[int, ...]:
        """The groups of an event that still have members."""
        groups = self._groups.get(event, self.roster.groups.get(event, ()))
        return tuple(group for group in groups if self.members(group))

    def attach(self, group: int, event: int) -> None:
        """Move a group to an event."""
        before = self.event(group)
        if before == event:
            return
        if before is not None:
            self._groups[before] = tuple(g for g in self.groups(before) if g != group)
        self._groups[event] = (*self._groups.get(event, self.roster.groups.get(event, ())), group)
        self.attached[group] = event

    def touched_groups(self) -> list[int]:
        """Groups whose members are others than before, and that have any."""
        return sorted(group for group in self._members if self.members(group))

    def group_before(self, slot: int) -> int:
        """The group of one slot as the roster has it; `GONE` for the newcomer."""
        return int(self.roster.group[slot]) if slot < self.roster.next_slot else GONE
