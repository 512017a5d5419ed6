"""A draft of what one judgement changes, laid over the roster of live articles."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from clustering.constraints.decision import ConstraintSet
from clustering.state.canonical import CanonicalCandidate
from clustering.state.membership import NO_GROUP, Membership
from clustering.state.representatives import Representatives, choose_representatives
from clustering.types import Features


class MembershipOverlay:
    """What one judgement would change, laid over a roster that stays as it is.

    Parameters
    ----------
    membership : Membership
    new_article : int
        The newcomer's key; it gets the roster's next slot.
    features : Features or None
        The newcomer's; None if nobody comes.
    constraints : ConstraintSet or None
        What people decided, if it is something else than the roster keeps to.
    """

    def __init__(
        self,
        membership: Membership,
        new_article: int = 0,
        features: Features | None = None,
        constraints: ConstraintSet | None = None,
    ) -> None:
        self.membership = membership
        self.constraints = membership.constraints if constraints is None else constraints
        self._new_article = new_article
        self._features = features
        self.previous_event: int | None = None
        """The locked event that the newcomer was in with its version before."""
        self.next_group = membership.next_group
        self.next_event = membership.next_event
        self.reassigned: dict[int, int] = {}
        self.reassigned_groups: dict[int, int] = {}
        self._members: dict[int, tuple[int, ...]] = {}
        self._groups: dict[int, tuple[int, ...]] = {}
        self._new_pins: dict[int, int] = {}
        self._groups_with_new_choice = self._find_groups_with_new_choice()

    def article(self, slot: int) -> int:
        """The key of the article in a slot."""
        return (
            self.membership.article(slot) if slot < self.membership.next_slot else self._new_article
        )

    def canonical_candidate(self, slot: int) -> CanonicalCandidate:
        """What the article in a slot has to say for itself."""
        new = self._features
        if slot < self.membership.next_slot or new is None:
            return self.membership.canonical_candidate(slot)
        return CanonicalCandidate(
            self._new_article, new.published, new.words, new.source, new.date_only
        )

    def representatives(self, group: int) -> Representatives:
        """Who stands for a group that has members."""
        if group not in self._members and not self._has_new_canonical(group):
            return self.membership.representatives(group)
        chosen = self.constraints.chosen_canonical
        found = choose_representatives(
            self._representative_candidates(group),
            self.canonical_candidate,
            self.membership.rule,
            chosen,
        )
        if found.canonical in chosen:
            return found
        settled = self._new_pins.get(group, self._previous_pin(group))
        slot = None if settled is None else self.slot(settled)
        if settled is None or (slot is not None and self.group(slot) != group):
            return found  # there is none, or it has gone elsewhere
        return found._replace(canonical=settled)

    def pin_canonical(self, group: int, canonical: int) -> None:
        """Let an article stand for a group, if people choose no other."""
        self._new_pins[group] = canonical

    def groups_of_slots(self, slots: NDArray[np.uint32]) -> NDArray[np.int64]:
        """The group of each slot, `GONE` for those withdrawn."""
        groups = self.membership.groups_of_slots(slots)
        for slot, group in self.reassigned.items():
            groups[slots == slot] = group
        return groups

    def group(self, slot: int) -> int:
        """The group of one slot."""
        return self.reassigned[slot] if slot in self.reassigned else self.previous_group(slot)

    def members(self, group: int) -> tuple[int, ...]:
        """The slots of a group."""
        if group in self._members:
            return self._members[group]
        return self.membership.members(group)

    def slot(self, article: int) -> int | None:
        """The slot of an article; None if it is not there."""
        if article == self._new_article:
            return self.membership.next_slot if self._features is not None else None
        return self.membership.slot_of.get(article)

    def constrained_slots(self, group: int) -> Iterable[int]:
        """The slots of a group of whose articles people decided something."""
        if not self.constraints.articles:
            return ()
        if group not in self._members and self.constraints is self.membership.constraints:
            return self.membership.constrained_slots(group)
        articles = self.constraints.articles
        return [slot for slot in self.members(group) if self.article(slot) in articles]

    def constrained_groups(self) -> list[int]:
        """The groups of those that have moved and of which people decided something."""
        articles = self.constraints.articles
        moved = (slot for slot in self.reassigned if articles and self.article(slot) in articles)
        return sorted({self.group(slot) for slot in moved} - {NO_GROUP})

    def is_locked(self, group: int) -> bool:
        """Whether the event of a group neither takes nor loses groups by itself."""
        return (
            bool(self.constraints.locked_events)
            and self.event(group) in self.constraints.locked_events
        )

    def set_group(self, slots: Iterable[int], group: int) -> None:
        """Move slots to a group."""
        for slot in slots:
            before = self.group(slot)
            if before:
                self._members[before] = tuple(s for s in self.members(before) if s != slot)
            self.reassigned[slot] = group
            if group:
                self._members[group] = (*self.members(group), slot)

    def new_group_number(self) -> int:
        """A group number that was never used."""
        self.next_group += 1
        return self.next_group - 1

    def new_event_number(self) -> int:
        """An event number that was never used."""
        self.next_event += 1
        return self.next_event - 1

    def event(self, group: int) -> int | None:
        """The event of a group; None if it has none yet."""
        return self.reassigned_groups.get(group, self.membership.event_of.get(group))

    def groups(self, event: int) -> tuple[int, ...]:
        """The groups of an event that still have members."""
        groups = self._groups.get(event, self.membership.event_groups.get(event, ()))
        if all(self._members.values()):
            return groups
        return tuple(group for group in groups if self._members.get(group, True))

    def set_event(self, group: int, event: int) -> None:
        """Move a group to an event."""
        before = self.event(group)
        if before == event:
            return
        if before is not None:
            self._groups[before] = tuple(g for g in self.groups(before) if g != group)
        self._groups[event] = (
            *self._groups.get(event, self.membership.event_groups.get(event, ())),
            group,
        )
        self.reassigned_groups[group] = event

    def changed_groups(self) -> list[int]:
        """Groups whose members are others than before, emptied ones included."""
        return sorted(self._members)

    def changed_nonempty_groups(self) -> list[int]:
        """Groups whose members are others than before, and that have any."""
        return sorted(group for group in self._members if self.members(group))

    def affected_groups(self) -> list[int]:
        """Groups of which anything is another than before, and that have members."""
        groups = {
            *self.changed_nonempty_groups(),
            *self.reassigned_groups,
            *self._groups_with_new_canonical(),
        }
        return sorted(group for group in groups if self.members(group))

    def previous_group(self, slot: int) -> int:
        """The group of one slot as the roster has it; `GONE` for the newcomer."""
        return self.membership.group(slot) if slot < self.membership.next_slot else NO_GROUP

    def affected_slots(self) -> list[int]:
        """Slots whose group, event or canonical article may be another than before.

        Only these are looked at afterwards: one more copy must not cost as much as all copies.
        """
        slots = {slot for slot, group in self.reassigned.items() if group}
        for group in {
            *self.changed_nonempty_groups(),
            *self.reassigned_groups,
            *self._groups_with_new_canonical(),
        }:
            if self._is_reassigned(group):
                slots.update(self.members(group))
        return sorted(slots)

    def _is_reassigned(self, group: int) -> bool:
        if not self.membership.members(group):
            return True
        canonical = self.membership.representatives(group).canonical
        known = self.membership.event_of.get(group) == self.event(group)
        return not known or self.representatives(group).canonical != canonical

    def _previous_pin(self, group: int) -> int | None:
        settled = group in self.membership.pinned_groups
        return self.membership.representatives(group).canonical if settled else None

    def _groups_with_new_canonical(self) -> set[int]:
        return {*self._groups_with_new_choice, *self._new_pins}

    def _has_new_canonical(self, group: int) -> bool:
        return group in self._groups_with_new_choice or group in self._new_pins

    def _find_groups_with_new_choice(self) -> set[int]:
        """Groups for which people want another article to stand than before."""
        if self.constraints is self.membership.constraints:
            return set()
        other = (
            self.membership.constraints.chosen_canonical.items()
            ^ self.constraints.chosen_canonical.items()
        )
        slots = (self.membership.slot_of.get(article) for article, _ in other)
        return {self.membership.group(slot) for slot in slots if slot is not None}

    def _representative_candidates(self, group: int) -> Iterable[int]:
        """Those before who stayed, and the newcomers; all members where a lead has left."""
        members = self.members(group)
        if not self.membership.members(group) or self._has_new_canonical(group):
            return members
        canonical, anchor = self.membership.representatives(group)
        leads = {anchor, self.membership.slot_of.get(canonical, anchor)}
        if any(self.group(lead) != group for lead in leads):
            return members
        return leads | {slot for slot, now in self.reassigned.items() if now == group}
