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

from clustering.constraints.decision import NO_CONSTRAINTS, ConstraintSet
from clustering.state.canonical import EARLIEST, CanonicalCandidate, CanonicalRule
from clustering.state.compact_map import CompactIntMap
from clustering.state.representatives import Representatives, choose_representatives
from clustering.types import Features

NO_GROUP: Final = 0
"""The group of a slot whose article was withdrawn or has retired."""


class Membership:
    """The live articles by slot, group and event.

    Parameters
    ----------
    rule : CanonicalRule
        Which article stands for a group.
    """

    def __init__(self, rule: CanonicalRule = EARLIEST) -> None:
        self.rule = rule
        self.constraints = NO_CONSTRAINTS
        self._constrained_slots: dict[int, set[int]] = {}
        self.first_slot = 0
        self._group = np.zeros(1024, dtype=np.int64)
        self._article = array("q")
        self._published = array("d")
        self._date_only = bytearray()
        self._words = array("I")
        self._source: list[str | None] = []
        self.slot_of = CompactIntMap()
        self.pinned_groups: set[int] = set()
        """Groups whose canonical article stays: some of their members have retired, or had and
        it would be another by the rule."""
        # Most groups have one member; a tuple for each would be most of the memory.
        self._singletons = CompactIntMap()
        self._members: dict[int, tuple[int, ...]] = {}
        self._representatives: dict[int, Representatives] = {}
        self.event_of: dict[int, int] = {}
        self.event_groups: dict[int, tuple[int, ...]] = {}
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

    def canonical_candidate(self, slot: int) -> CanonicalCandidate:
        """What the article in a slot has to say for itself."""
        at = slot - self.first_slot
        published = self._published[at]
        known = None if published == inf else published
        date_only = bool(self._date_only[at])
        return CanonicalCandidate(
            self._article[at], known, self._words[at], self._source[at], date_only
        )

    def group(self, slot: int) -> int:
        """The group of one slot."""
        return int(self._group[slot - self.first_slot])

    def groups_of_slots(self, slots: NDArray[np.uint32]) -> NDArray[np.int64]:
        """The group of each slot, `GONE` for those withdrawn or retired."""
        at = slots.astype(np.int64) - self.first_slot
        groups: NDArray[np.int64] = np.where(at < 0, NO_GROUP, self._group[at])
        return groups

    def members(self, group: int) -> tuple[int, ...]:
        """The slots of a group."""
        only = self._singletons.get(group)
        return self._members.get(group, ()) if only is None else (only,)

    def all_groups(self) -> Iterable[int]:
        """The groups that have members."""
        return chain(self._singletons, self._members)

    def representatives(self, group: int) -> Representatives:
        """Who stands for a group that has members."""
        known = self._representatives.get(group)
        if known is not None:
            return known
        slot = self._singletons[group]
        return Representatives(self.article(slot), slot)

    def add(self, article: int, features: Features) -> int:
        """Give an article its slot; it belongs to no group yet."""
        slot = self.next_slot
        at = slot - self.first_slot
        if at == len(self._group):
            self._group = np.concatenate([self._group, np.zeros_like(self._group)])
        self._group[at] = NO_GROUP
        self._article.append(article)
        self._published.append(inf if features.published is None else features.published)
        self._date_only.append(features.date_only)
        self._words.append(features.words)
        self._source.append(features.source)
        self.slot_of[article] = slot
        return slot

    def remove(self, article: int) -> int:
        """Take an article out; return the slot it had."""
        slot = self.slot_of[article]
        self.set_group(slot, NO_GROUP)
        del self.slot_of[article]
        return slot

    def retire(self, articles: Iterable[int]) -> None:
        """Let articles go that came first; their groups keep their canonical articles."""
        for article in articles:
            group = self.group(self.slot_of[article])
            canonical = self.representatives(group).canonical
            self.remove(article)
            if self.members(group):
                self.pin_canonical(group, canonical)
        self._drop_leading_slots()

    def set_constraints(self, constraints: ConstraintSet) -> None:
        """Keep to what people decided from now on."""
        before, self.constraints = self.constraints, constraints
        self._constrained_slots = {}
        for article in constraints.articles:
            slot = self.slot_of.get(article)
            if slot is not None and self.group(slot):
                self._constrained_slots.setdefault(self.group(slot), set()).add(slot)
        for article, _ in before.chosen_canonical.items() ^ constraints.chosen_canonical.items():
            slot = self.slot_of.get(article)
            if slot is not None and len(self.members(self.group(slot))) > 1:
                self._update_representatives(self.group(slot), self.members(self.group(slot)))

    def constrained_slots(self, group: int) -> Collection[int]:
        """The slots of a group of whose articles people decided something."""
        return self._constrained_slots.get(group, ())

    def default_canonical(self, group: int) -> int:
        """The member that would stand for a group if nothing but rule and choice counted."""
        chosen = self.constraints.chosen_canonical
        return choose_representatives(
            self.members(group), self.canonical_candidate, self.rule, chosen
        ).canonical

    def unpin(self, group: int) -> None:
        """Let the rule say who stands for a group, now that none of its members is retired."""
        if group in self.pinned_groups:
            self.pinned_groups.discard(group)
            self._update_representatives(group, self.members(group))

    def pin_canonical(self, group: int, canonical: int) -> None:
        """Let an article stand for a group whoever else joins it."""
        self.pinned_groups.add(group)
        self._representatives[group] = self.representatives(group)._replace(canonical=canonical)

    def set_group(self, slot: int, group: int) -> None:
        """Move one slot to a group, out of the one it was in."""
        before = self.group(slot)
        if before:
            self._remove_from_group(slot, before)
        self._group[slot - self.first_slot] = group
        if group:
            self._add_to_group(slot, group)
            self.next_group = max(self.next_group, group + 1)

    def set_event(self, group: int, event: int) -> None:
        """Move one group to an event, out of the one it was in."""
        before = self.event_of.get(group)
        if before == event:
            return
        if before is not None:
            self._remove_from_event(group, before)
        self.event_of[group] = event
        self.event_groups[event] = (*self.event_groups.get(event, ()), group)
        self.next_event = max(self.next_event, event + 1)

    def _remove_from_event(self, group: int, event: int) -> None:
        left = tuple(other for other in self.event_groups[event] if other != group)
        if left:
            self.event_groups[event] = left
        else:
            del self.event_groups[event]

    def _add_to_group(self, slot: int, group: int) -> None:
        if self.article(slot) in self.constraints.articles:
            self._constrained_slots.setdefault(group, set()).add(slot)
        members = self.members(group)
        rivals = {slot, *self._representative_slots(group)} if members else ()
        self._set_members(group, (*members, slot))
        if rivals:
            self._update_representatives(group, rivals)

    def _remove_from_group(self, slot: int, group: int) -> None:
        led_by = self._representative_slots(group)
        self._constrained_slots.get(group, set()).discard(slot)
        left = tuple(other for other in self.members(group) if other != slot)
        self._set_members(group, left)
        if not left:
            self._delete_group(group)
        elif slot in led_by:
            self._update_representatives(group, left)

    def _set_members(self, group: int, members: tuple[int, ...]) -> None:
        if len(members) == 1:
            self._singletons[group] = members[0]
        else:
            self._singletons.pop(group, None)
        if len(members) > 1:
            self._members[group] = members
        else:
            self._members.pop(group, None)

    def _representative_slots(self, group: int) -> set[int]:
        """The slots of those who stand for a group."""
        canonical, anchor = self.representatives(group)
        return {anchor, self.slot_of.get(canonical, anchor)}

    def _update_representatives(self, group: int, candidate_slots: Collection[int]) -> None:
        leads = choose_representatives(
            candidate_slots, self.canonical_candidate, self.rule, self.constraints.chosen_canonical
        )
        settled = self._representatives[group].canonical if group in self.pinned_groups else None
        if settled is not None and leads.canonical not in self.constraints.chosen_canonical:
            slot = self.slot_of.get(settled)
            if slot is None or slot in self.members(group):  # it has not gone elsewhere
                leads = leads._replace(canonical=settled)
        if group in self.pinned_groups or group in self._members:
            self._representatives[group] = leads
        else:
            del self._representatives[group]

    def _delete_group(self, group: int) -> None:
        self._constrained_slots.pop(group, None)
        self._representatives.pop(group, None)
        self.pinned_groups.discard(group)
        if group in self.event_of:
            self._remove_from_event(group, self.event_of.pop(group))

    def _drop_leading_slots(self) -> None:
        """Let go of the columns of the slots before the first live one."""
        n_slots = len(self._article)
        live = np.flatnonzero(self._group[:n_slots])
        front = int(live[0]) if len(live) else n_slots
        columns = (self._article, self._published, self._date_only, self._words, self._source)
        for column in columns:
            del column[:front]
        self._group = np.concatenate([self._group[front:], np.zeros_like(self._group[:front])])
        self.first_slot += front
