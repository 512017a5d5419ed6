"""A draft of what one judgement changes, laid over the roster of live articles."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from clustering.canonical import Candidate
from clustering.decisions import Bonds
from clustering.leads import Leads, elect
from clustering.model import Features
from clustering.roster import GONE, Roster


class Draft:
    """What one judgement would change, laid over a roster that stays as it is.

    Parameters
    ----------
    roster : Roster
    article : int
        The newcomer's key; it gets the roster's next slot.
    features : Features or None
        The newcomer's; None if nobody comes.
    bonds : Bonds or None
        What people decided, if it is something else than the roster keeps to.
    """

    def __init__(
        self,
        roster: Roster,
        article: int = 0,
        features: Features | None = None,
        bonds: Bonds | None = None,
    ) -> None:
        self.roster = roster
        self.bonds = roster.bonds if bonds is None else bonds
        self._article = article
        self._features = features
        self.home: int | None = None
        """The locked event that the newcomer was in with its version before."""
        self.next_group = roster.next_group
        self.next_event = roster.next_event
        self.placed: dict[int, int] = {}
        self.attached: dict[int, int] = {}
        self._members: dict[int, tuple[int, ...]] = {}
        self._groups: dict[int, tuple[int, ...]] = {}
        self._stood: dict[int, int] = {}
        self._chosen_anew = self._groups_chosen_anew()

    def article(self, slot: int) -> int:
        """The key of the article in a slot."""
        return self.roster.article(slot) if slot < self.roster.next_slot else self._article

    def candidate(self, slot: int) -> Candidate:
        """What the article in a slot has to say for itself."""
        new = self._features
        if slot < self.roster.next_slot or new is None:
            return self.roster.candidate(slot)
        return Candidate(self._article, new.published, new.words, new.source)

    def leads(self, group: int) -> Leads:
        """Who stands for a group that has members."""
        if group not in self._members and not self._is_led_anew(group):
            return self.roster.leads(group)
        chosen = self.bonds.chosen
        found = elect(self._rivals(group), self.candidate, self.roster.rule, chosen)
        if found.canonical in chosen:
            return found
        settled = self._stood.get(group, self._settled(group))
        slot = None if settled is None else self.slot(settled)
        if settled is None or (slot is not None and self.group(slot) != group):
            return found  # there is none, or it has gone elsewhere
        return found._replace(canonical=settled)

    def stand(self, group: int, canonical: int) -> None:
        """Let an article stand for a group, if people choose no other."""
        self._stood[group] = canonical

    def group_of(self, slots: NDArray[np.uint32]) -> NDArray[np.int64]:
        """The group of each slot, `GONE` for those withdrawn."""
        groups = self.roster.group_of(slots)
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
        return self.roster.members(group)

    def slot(self, article: int) -> int | None:
        """The slot of an article; None if it is not there."""
        if article == self._article:
            return self.roster.next_slot if self._features is not None else None
        return self.roster.slot_of.get(article)

    def bound(self, group: int) -> Iterable[int]:
        """The slots of a group of whose articles people decided something."""
        if not self.bonds.articles:
            return ()
        if group not in self._members and self.bonds is self.roster.bonds:
            return self.roster.bound(group)
        articles = self.bonds.articles
        return [slot for slot in self.members(group) if self.article(slot) in articles]

    def bound_groups(self) -> list[int]:
        """The groups of those that have moved and of which people decided something."""
        articles = self.bonds.articles
        moved = (slot for slot in self.placed if articles and self.article(slot) in articles)
        return sorted({self.group(slot) for slot in moved} - {GONE})

    def locked(self, group: int) -> bool:
        """Whether the event of a group neither takes nor loses groups by itself."""
        return bool(self.bonds.locked) and self.event(group) in self.bonds.locked

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
        if all(self._members.values()):
            return groups
        return tuple(group for group in groups if self._members.get(group, True))

    def attach(self, group: int, event: int) -> None:
        """Move a group to an event."""
        before = self.event(group)
        if before == event:
            return
        if before is not None:
            self._groups[before] = tuple(g for g in self.groups(before) if g != group)
        self._groups[event] = (*self._groups.get(event, self.roster.groups.get(event, ())), group)
        self.attached[group] = event

    def changed_groups(self) -> list[int]:
        """Groups whose members are others than before, emptied ones included."""
        return sorted(self._members)

    def touched_groups(self) -> list[int]:
        """Groups whose members are others than before, and that have any."""
        return sorted(group for group in self._members if self.members(group))

    def changed(self) -> list[int]:
        """Groups of which anything is another than before, and that have members."""
        groups = {*self.touched_groups(), *self.attached, *self._led_anew()}
        return sorted(group for group in groups if self.members(group))

    def group_before(self, slot: int) -> int:
        """The group of one slot as the roster has it; `GONE` for the newcomer."""
        return self.roster.group(slot) if slot < self.roster.next_slot else GONE

    def moved_slots(self) -> list[int]:
        """Slots whose group, event or canonical article may be another than before.

        Only these are looked at afterwards: one more copy must not cost as much as all copies.
        """
        slots = {slot for slot, group in self.placed.items() if group}
        for group in {*self.touched_groups(), *self.attached, *self._led_anew()}:
            if self._stands_elsewhere(group):
                slots.update(self.members(group))
        return sorted(slots)

    def _stands_elsewhere(self, group: int) -> bool:
        if not self.roster.members(group):
            return True
        canonical = self.roster.leads(group).canonical
        known = self.roster.event.get(group) == self.event(group)
        return not known or self.leads(group).canonical != canonical

    def _settled(self, group: int) -> int | None:
        settled = group in self.roster.settled
        return self.roster.leads(group).canonical if settled else None

    def _led_anew(self) -> set[int]:
        return {*self._chosen_anew, *self._stood}

    def _is_led_anew(self, group: int) -> bool:
        return group in self._chosen_anew or group in self._stood

    def _groups_chosen_anew(self) -> set[int]:
        """Groups for which people want another article to stand than before."""
        if self.bonds is self.roster.bonds:
            return set()
        other = self.roster.bonds.chosen.items() ^ self.bonds.chosen.items()
        slots = (self.roster.slot_of.get(article) for article, _ in other)
        return {self.roster.group(slot) for slot in slots if slot is not None}

    def _rivals(self, group: int) -> Iterable[int]:
        """Those before who stayed, and the newcomers; all members where a lead has left."""
        members = self.members(group)
        if not self.roster.members(group) or self._is_led_anew(group):
            return members
        canonical, anchor = self.roster.leads(group)
        leads = {anchor, self.roster.slot_of.get(canonical, anchor)}
        if any(self.group(lead) != group for lead in leads):
            return members
        return leads | {slot for slot, now in self.placed.items() if now == group}
