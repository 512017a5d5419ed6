"""Who is in which group and event: the live articles.

Inside the index an article has a *slot*, a small number given in the order of arrival and never
reused; what an index knows of articles lies in arrays by slot. Articles retire in that order too,
and the front of the arrays goes with them.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable
from itertools import chain
from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.canonical import EARLIEST, Candidate, CanonicalRule
from clustering.decisions import NOTHING, Bonds
from clustering.leads import Leads, elect
from clustering.model import Features
from clustering.numbered import Numbered

GONE: Final = 0
"""The group of a slot whose article was withdrawn or has retired."""
UNDETERMINED: Final = "und"


def language_code(language: str) -> int:
    """A language as a number; 0 for one that could not be told."""
    if language == UNDETERMINED:
        return 0
    return int.from_bytes(language[:2].lower().encode("ascii", "replace"), "big")


class Roster:
    """The live articles by slot, group and event.

    Parameters
    ----------
    rule : CanonicalRule
        Which article stands for a group.
    """

    def __init__(self, rule: CanonicalRule = EARLIEST) -> None:
        self.rule = rule
        self.bonds = NOTHING
        self._bound: dict[int, set[int]] = {}
        self.first_slot = 0
        self._group = np.zeros(1024, dtype=np.int64)
        self._article = array("q")
        self._published = array("d")
        self._words = array("I")
        self._source: list[str | None] = []
        self.slot_of = Numbered()
        self.settled: set[int] = set()
        """Groups whose canonical article stays: some of their members have retired, or had and
        it would be another by the rule."""
        # Most groups have one member; a tuple for each would be most of the memory.
        self._only = Numbered()
        self._members: dict[int, tuple[int, ...]] = {}
        self._led_by: dict[int, Leads] = {}
        self.event: dict[int, int] = {}
        self.groups: dict[int, tuple[int, ...]] = {}
        self.next_group = 1
        self.next_event = 1

    def __len__(self) -> int:
        return len(self.slot_of)

    @property
    def next_slot(self) -> int:
        """The slot the next article gets."""
        return self.first_slot + len(self._article)

    def article(self, slot: int) -> int:
        """The key of the article in a slot."""
        return self._article[slot - self.first_slot]

    def candidate(self, slot: int) -> Candidate:
        """What the article in a slot has to say for itself."""
        at = slot - self.first_slot
        published = self._published[at]
        known = None if published == inf else published
        return Candidate(self._article[at], known, self._words[at], self._source[at])

    def group(self, slot: int) -> int:
        """The group of one slot."""
        return int(self._group[slot - self.first_slot])

    def group_of(self, slots: NDArray[np.uint32]) -> NDArray[np.int64]:
        """The group of each slot, `GONE` for those withdrawn or retired."""
        at = slots.astype(np.int64) - self.first_slot
        groups: NDArray[np.int64] = np.where(at < 0, GONE, self._group[at])
        return groups

    def members(self, group: int) -> tuple[int, ...]:
        """The slots of a group."""
        only = self._only.get(group)
        return self._members.get(group, ()) if only is None else (only,)

    def all_groups(self) -> Iterable[int]:
        """The groups that have members."""
        return chain(self._only, self._members)

    def leads(self, group: int) -> Leads:
        """Who stands for a group that has members."""
        known = self._led_by.get(group)
        if known is not None:
            return known
        slot = self._only[group]
        return Leads(self.article(slot), slot)

    def enter(self, article: int, features: Features) -> int:
        """Give an article its slot; it belongs to no group yet."""
        slot = self.next_slot
        at = slot - self.first_slot
        if at == len(self._group):
            self._group = np.concatenate([self._group, np.zeros_like(self._group)])
        self._group[at] = GONE
        self._article.append(article)
        self._published.append(inf if features.published is None else features.published)
        self._words.append(features.words)
        self._source.append(features.source)
        self.slot_of[article] = slot
        return slot

    def leave(self, article: int) -> int:
        """Take an article out; return the slot it had."""
        slot = self.slot_of[article]
        self.place(slot, GONE)
        del self.slot_of[article]
        return slot

    def retire(self, articles: Iterable[int]) -> None:
        """Let articles go that came first; their groups keep their canonical articles."""
        for article in articles:
            group = self.group(self.slot_of[article])
            canonical = self.leads(group).canonical
            self.leave(article)
            if self.members(group):
                self.settle(group, canonical)
        self._drop_front()

    def obey(self, bonds: Bonds) -> None:
        """Keep to what people decided from now on."""
        before, self.bonds = self.bonds, bonds
        self._bound = {}
        for article in bonds.articles:
            slot = self.slot_of.get(article)
            if slot is not None and self.group(slot):
                self._bound.setdefault(self.group(slot), set()).add(slot)
        for article, _ in before.chosen.items() ^ bonds.chosen.items():
            slot = self.slot_of.get(article)
            if slot is not None and len(self.members(self.group(slot))) > 1:
                self._elect(self.group(slot), self.members(self.group(slot)))

    def bound(self, group: int) -> Collection[int]:
        """The slots of a group of whose articles people decided something."""
        return self._bound.get(group, ())

    def first(self, group: int) -> int:
        """The member that would stand for a group if nothing but rule and choice counted."""
        chosen = self.bonds.chosen
        return elect(self.members(group), self.candidate, self.rule, chosen).canonical

    def unsettle(self, group: int) -> None:
        """Let the rule say who stands for a group, now that none of its members is retired."""
        if group in self.settled:
            self.settled.discard(group)
            self._elect(group, self.members(group))

    def settle(self, group: int, canonical: int) -> None:
        """Let an article stand for a group whoever else joins it."""
        self.settled.add(group)
        self._led_by[group] = self.leads(group)._replace(canonical=canonical)

    def place(self, slot: int, group: int) -> None:
        """Move one slot to a group, out of the one it was in."""
        before = self.group(slot)
        if before:
            self._part(slot, before)
        self._group[slot - self.first_slot] = group
        if group:
            self._join(slot, group)
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

    def _join(self, slot: int, group: int) -> None:
        if self.article(slot) in self.bonds.articles:
            self._bound.setdefault(group, set()).add(slot)
        members = self.members(group)
        rivals = {slot, *self._lead_slots(group)} if members else ()
        self._set_members(group, (*members, slot))
        if rivals:
            self._elect(group, rivals)

    def _part(self, slot: int, group: int) -> None:
        led_by = self._lead_slots(group)
        self._bound.get(group, set()).discard(slot)
        left = tuple(other for other in self.members(group) if other != slot)
        self._set_members(group, left)
        if not left:
            self._disband(group)
        elif slot in led_by:
            self._elect(group, left)

    def _set_members(self, group: int, members: tuple[int, ...]) -> None:
        if len(members) == 1:
            self._only[group] = members[0]
        else:
            self._only.pop(group, None)
        if len(members) > 1:
            self._members[group] = members
        else:
            self._members.pop(group, None)

    def _lead_slots(self, group: int) -> set[int]:
        """The slots of those who stand for a group."""
        canonical, anchor = self.leads(group)
        return {anchor, self.slot_of.get(canonical, anchor)}

    def _elect(self, group: int, rivals: Collection[int]) -> None:
        leads = elect(rivals, self.candidate, self.rule, self.bonds.chosen)
        settled = self._led_by[group].canonical if group in self.settled else None
        if settled is not None and leads.canonical not in self.bonds.chosen:
            slot = self.slot_of.get(settled)
            if slot is None or slot in self.members(group):  # it has not gone elsewhere
                leads = leads._replace(canonical=settled)
        if group in self.settled or group in self._members:
            self._led_by[group] = leads
        else:
            del self._led_by[group]

    def _disband(self, group: int) -> None:
        self._bound.pop(group, None)
        self._led_by.pop(group, None)
        self.settled.discard(group)
        if group in self.event:
            self._detach(group, self.event.pop(group))

    def _drop_front(self) -> None:
        """Let go of the columns of the slots before the first live one."""
        n_slots = len(self._article)
        live = np.flatnonzero(self._group[:n_slots])
        front = int(live[0]) if len(live) else n_slots
        for column in (self._article, self._published, self._words, self._source):
            del column[:front]
        self._group = np.concatenate([self._group[front:], np.zeros_like(self._group[:front])])
        self.first_slot += front
