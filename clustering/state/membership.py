"""Membership of the live articles: the group of each article, and the event of each group.

Inside the index an article has a *slot*: a small number, given in the order of arrival and never
reused. The parts of the index keep their data about articles in arrays by slot. Articles retire in
the order of arrival, too, and the front of the arrays is dropped with them.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, MutableMapping
from math import inf
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from clustering.constraints.decision import NO_CONSTRAINTS, ConstraintSet
from clustering.state.canonical import EARLIEST, CanonicalCandidate, CanonicalRule
from clustering.state.compact_map import CompactIntMap
from clustering.state.group_members import GroupMembers, insert_sorted
from clustering.state.representatives import Representatives, choose_representatives
from clustering.state.savepoint import MembershipSavepoint, SavedGroup
from clustering.state.view import MembershipView
from clustering.types import Features

_Value = TypeVar("_Value")

NO_GROUP: Final = 0
"""The group of a slot whose article was removed or has retired."""


class Membership(MembershipView):
    """The live articles by slot, group and event.

    Parameters
    ----------
    rule : CanonicalRule
        Chooses the canonical article of a group.

    Attributes
    ----------
    first_slot : int
        The first slot that is still kept.
    slot_of : CompactIntMap
        Slots by article.
    pinned_groups : set of int
        Groups whose canonical article stays although the rule may prefer another: some of their
        members have retired, or had retired and come back.
    event_of : dict of int to int
        Events by group.
    event_groups : dict of int to tuple of int
        Groups by event.
    next_group, next_event : int
        Numbers that were never used.
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
        self._members = GroupMembers()
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

    def slot(self, article: int) -> int | None:
        """The slot of an article; None if the article is not live."""
        return self.slot_of.get(article)

    def is_live(self, slot: int) -> bool:
        """Whether the slot is that of a live article."""
        return self.first_slot <= slot < self.next_slot and self.group(slot) != NO_GROUP

    def canonical_candidate(self, slot: int) -> CanonicalCandidate:
        """The fields of an article that the canonical rule compares."""
        row = slot - self.first_slot
        published = self._published[row]
        known = None if published == inf else published
        date_only = bool(self._date_only[row])
        return CanonicalCandidate(
            self._article[row], known, self._words[row], self._source[row], date_only
        )

    def group(self, slot: int) -> int:
        """The group of one slot."""
        return int(self._group[slot - self.first_slot])

    def groups_of_slots(self, slots: NDArray[np.uint32]) -> NDArray[np.int64]:
        """The group of each slot; `NO_GROUP` for articles that were removed or have retired."""
        rows = slots.astype(np.int64) - self.first_slot
        groups: NDArray[np.int64] = np.where(rows < 0, NO_GROUP, self._group[np.maximum(rows, 0)])
        return groups

    def are_live(self, slots: NDArray[np.uint32]) -> NDArray[np.bool_]:
        """Mask the slots of articles that are in a group."""
        return np.asarray(self.groups_of_slots(slots) != NO_GROUP)

    def members(self, group: int) -> tuple[int, ...]:
        """The slots of a group, in ascending order."""
        return self._members.members(group)

    def event(self, group: int) -> int | None:
        """The event of a group; None if the group has none yet."""
        return self.event_of.get(group)

    def groups(self, event: int) -> tuple[int, ...]:
        """The groups of an event, in ascending order."""
        return self.event_groups.get(event, ())

    def all_groups(self) -> Iterable[int]:
        """The groups that have members."""
        return iter(self._members)

    def representatives(self, group: int) -> Representatives:
        """The canonical article and the longest text of a group that has members."""
        representatives = self._representatives.get(group)
        if representatives is not None:
            return representatives
        slot = self._members.singleton(group)
        return Representatives(self.article(slot), slot)

    def add(self, article: int, features: Features) -> int:
        """Give an article its slot; it belongs to no group yet."""
        slot = self.next_slot
        row = slot - self.first_slot
        if row == len(self._group):
            self._group = np.concatenate([self._group, np.zeros_like(self._group)])
        self._group[row] = NO_GROUP
        self._article.append(article)
        self._published.append(inf if features.published is None else features.published)
        self._date_only.append(features.date_only)
        self._words.append(features.words)
        self._source.append(features.source)
        self.slot_of[article] = slot
        return slot

    def remove(self, article: int) -> int:
        """Remove an article; return the slot it had."""
        slot = self.slot_of[article]
        self.set_group(slot, NO_GROUP)
        del self.slot_of[article]
        return slot

    def retire(self, articles: Iterable[int]) -> None:
        """Remove the oldest articles; their groups keep their canonical articles."""
        for article in articles:
            group = self.group(self.slot_of[article])
            canonical = self.representatives(group).canonical
            self.remove(article)
            if self.members(group):
                self.pin_canonical(group, canonical)
        self._drop_leading_slots()

    def set_constraints(self, constraints: ConstraintSet) -> None:
        """Replace the constraints from editors' decisions."""
        before, self.constraints = self.constraints, constraints
        self._constrained_slots = {}
        for article in constraints.articles:
            slot = self.slot_of.get(article)
            if slot is not None and self.group(slot):
                self._constrained_slots.setdefault(self.group(slot), set()).add(slot)
        for article, _ in before.chosen_canonical.items() ^ constraints.chosen_canonical.items():
            slot = self.slot_of.get(article)
            if slot is not None and len(self.members(self.group(slot))) > 1:
                self._update_representatives(self.group(slot))

    def constrained_slots(self, group: int) -> Collection[int]:
        """The slots of a group whose articles have constraints from editors' decisions."""
        return self._constrained_slots.get(group, ())

    def default_canonical(self, group: int) -> int:
        """The canonical article that a group would have without a pin."""
        chosen = self.constraints.chosen_canonical
        return choose_representatives(
            self.members(group), self.canonical_candidate, self.rule, chosen
        ).canonical

    def unpin(self, group: int) -> None:
        """Apply the rule to a group again, now that none of its members is retired."""
        if group in self.pinned_groups:
            self.pinned_groups.discard(group)
            self._update_representatives(group)

    def pin_canonical(self, group: int, canonical: int) -> None:
        """Keep the canonical article of a group, even if articles join that the rule prefers."""
        self.pinned_groups.add(group)
        self._representatives[group] = self.representatives(group)._replace(canonical=canonical)

    def set_group(self, slot: int, group: int) -> None:
        """Move one slot to a group, out of the one it was in."""
        before = self.group(slot)
        self._group[slot - self.first_slot] = group
        if before:
            self._remove_from_group(slot, before)
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
        self.event_groups[event] = insert_sorted(self.event_groups.get(event, ()), group)
        self.next_event = max(self.next_event, event + 1)

    def savepoint(
        self, articles: Iterable[int], groups: Iterable[int], events: Iterable[int]
    ) -> MembershipSavepoint:
        """Save what a change of some articles can touch.

        Parameters
        ----------
        articles : iterable of int
            Those that move or leave. Those that are not live are left out.
        groups, events : iterable of int
            Where they move to.

        Returns
        -------
        MembershipSavepoint
        """
        slots = {key: self.slot_of[key] for key in articles if key in self.slot_of}
        group_of = {slot: self.group(slot) for slot in slots.values()}
        saved = {group: self._save_group(group) for group in {*groups, *group_of.values()}}
        touched = {*events, *(group.event for group in saved.values())} - {None}
        return MembershipSavepoint(
            self.next_group,
            self.next_event,
            slots,
            group_of,
            saved,
            {event: self.event_groups.get(event) for event in touched if event is not None},
        )

    def restore(self, savepoint: MembershipSavepoint) -> None:
        """Restore what a savepoint has saved."""
        self.next_group, self.next_event = savepoint.next_group, savepoint.next_event
        self.slot_of.update(savepoint.slots)
        for slot, group in savepoint.group_of.items():
            self._group[slot - self.first_slot] = group
        for group, saved in savepoint.groups.items():
            self._restore_group(group, saved)
        for event, groups in savepoint.events.items():
            _set_or_delete(self.event_groups, event, groups)

    def _save_group(self, group: int) -> SavedGroup:
        constrained = self._constrained_slots.get(group)
        return SavedGroup(
            self.members(group),
            self._representatives.get(group),
            group in self.pinned_groups,
            None if constrained is None else frozenset(constrained),
            self.event_of.get(group),
        )

    def _restore_group(self, group: int, saved: SavedGroup) -> None:
        constrained = saved.constrained_slots
        self._members[group] = saved.members
        _set_or_delete(self._representatives, group, saved.representatives)
        _set_or_delete(
            self._constrained_slots, group, None if constrained is None else set(constrained)
        )
        _set_or_delete(self.event_of, group, saved.event)
        if saved.is_pinned:
            self.pinned_groups.add(group)
        else:
            self.pinned_groups.discard(group)

    def _pinned_canonical(self, group: int) -> int | None:
        """The pinned canonical article of a group; None if none is pinned."""
        return self.representatives(group).canonical if group in self.pinned_groups else None

    def _remove_from_event(self, group: int, event: int) -> None:
        remaining = tuple(member for member in self.event_groups[event] if member != group)
        if remaining:
            self.event_groups[event] = remaining
        else:
            del self.event_groups[event]

    def _add_to_group(self, slot: int, group: int) -> None:
        if self.article(slot) in self.constraints.articles:
            self._constrained_slots.setdefault(group, set()).add(slot)
        members = self.members(group)
        self._members[group] = insert_sorted(members, slot)
        if members:
            self._update_representatives(group)

    def _remove_from_group(self, slot: int, group: int) -> None:
        self._constrained_slots.get(group, set()).discard(slot)
        remaining = tuple(member for member in self.members(group) if member != slot)
        self._members[group] = remaining
        if not remaining:
            self._delete_group(group)
        else:
            self._update_representatives(group)

    def _update_representatives(self, group: int) -> None:
        representatives = self._choose_representatives(group)
        if group in self.pinned_groups or len(self.members(group)) > 1:
            self._representatives[group] = representatives
        else:
            del self._representatives[group]

    def _delete_group(self, group: int) -> None:
        self._constrained_slots.pop(group, None)
        self._representatives.pop(group, None)
        self.pinned_groups.discard(group)
        if group in self.event_of:
            self._remove_from_event(group, self.event_of.pop(group))

    def _drop_leading_slots(self) -> None:
        """Free the columns of the slots before the first live one."""
        n_slots = len(self._article)
        live = np.flatnonzero(self._group[:n_slots])
        n_dropped = int(live[0]) if len(live) else n_slots
        columns = (self._article, self._published, self._date_only, self._words, self._source)
        for column in columns:
            del column[:n_dropped]
        self._group = np.concatenate(
            [self._group[n_dropped:], np.zeros_like(self._group[:n_dropped])]
        )
        self.first_slot += n_dropped


def _set_or_delete(mapping: MutableMapping[int, _Value], key: int, value: _Value | None) -> None:
    if value is None:
        mapping.pop(key, None)
    else:
        mapping[key] = value
