"""Changes of one proposal, laid over a membership that stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
from numpy.typing import NDArray

from clustering.constraints.decision import ConstraintSet
from clustering.state.canonical import CanonicalCandidate
from clustering.state.group_members import insert_sorted
from clustering.state.membership import NO_GROUP, Membership
from clustering.state.representatives import Representatives
from clustering.state.view import MembershipView
from clustering.types import Features


class MembershipOverlay(MembershipView):
    """Uncommitted changes of groups and events over a membership.

    Parameters
    ----------
    membership : Membership
    new_article : int
        The key of the article that is added; it gets the membership's next slot.
    features : Features or None
        Those of the added article; None if no article is added.
    constraints : ConstraintSet or None
        From editors' decisions; None for those of the membership.

    Attributes
    ----------
    previous_event : int or None
        The locked event of the added article's previous version.
    next_group, next_event : int
        Numbers that were never used.
    reassigned : dict of int to int
        New groups by slot.
    reassigned_groups : dict of int to int
        New events by group.
    """

    def __init__(
        self,
        membership: Membership,
        new_article: int = 0,
        features: Features | None = None,
        constraints: ConstraintSet | None = None,
    ) -> None:
        self.membership = membership
        self.rule = membership.rule
        self.constraints = membership.constraints if constraints is None else constraints
        self._new_article = new_article
        self._features = features
        self.previous_event: int | None = None
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

    def slot(self, article: int) -> int | None:
        """The slot of an article; None if the article is not live."""
        if article == self._new_article:
            return self.membership.next_slot if self._features is not None else None
        return self.membership.slot(article)

    def canonical_candidate(self, slot: int) -> CanonicalCandidate:
        """The fields of an article that the canonical rule compares."""
        features = self._features
        if slot < self.membership.next_slot or features is None:
            return self.membership.canonical_candidate(slot)
        return CanonicalCandidate(
            self._new_article,
            features.published,
            features.words,
            features.source,
            features.date_only,
        )

    def group(self, slot: int) -> int:
        """The group of one slot; `NO_GROUP` if the article was removed or has retired."""
        return self.reassigned[slot] if slot in self.reassigned else self.previous_group(slot)

    def previous_group(self, slot: int) -> int:
        """The group of one slot in the membership; `NO_GROUP` for the added article."""
        return self.membership.group(slot) if slot < self.membership.next_slot else NO_GROUP

    def groups_of_slots(self, slots: NDArray[np.uint32]) -> NDArray[np.int64]:
        """The group of each slot; `NO_GROUP` for articles that were removed or have retired."""
        groups = self.membership.groups_of_slots(slots)
        for slot, group in self.reassigned.items():
            groups[slots == slot] = group
        return groups

    def members(self, group: int) -> tuple[int, ...]:
        """The slots of a group."""
        if group in self._members:
            return self._members[group]
        return self.membership.members(group)

    def event(self, group: int) -> int | None:
        """The event of a group; None if the group has none yet."""
        return self.reassigned_groups.get(group, self.membership.event(group))

    def groups(self, event: int) -> tuple[int, ...]:
        """The groups of an event that still have members."""
        groups = self._groups.get(event, self.membership.groups(event))
        if all(self._members.values()):
            return groups
        return tuple(group for group in groups if self._members.get(group, True))

    def constrained_slots(self, group: int) -> Collection[int]:
        """The slots of a group whose articles have constraints from editors' decisions."""
        if not self.constraints.articles:
            return ()
        if group not in self._members and self.constraints is self.membership.constraints:
            return self.membership.constrained_slots(group)
        articles = self.constraints.articles
        return [slot for slot in self.members(group) if self.article(slot) in articles]

    def constrained_groups(self) -> list[int]:
        """The groups of moved articles that have constraints from editors' decisions."""
        articles = self.constraints.articles
        moved = (slot for slot in self.reassigned if articles and self.article(slot) in articles)
        return sorted({self.group(slot) for slot in moved} - {NO_GROUP})

    def is_locked(self, group: int) -> bool:
        """Whether the event of a group neither takes nor loses groups automatically."""
        return (
            bool(self.constraints.locked_events)
            and self.event(group) in self.constraints.locked_events
        )

    def representatives(self, group: int) -> Representatives:
        """The canonical article and the longest text of a group that has members."""
        if group not in self._members and not self._has_new_canonical(group):
            return self.membership.representatives(group)
        return self._choose_representatives(group)

    def pin_canonical(self, group: int, canonical: int) -> None:
        """Keep the canonical article of a group, unless an editor has chosen another."""
        self._new_pins[group] = canonical

    def set_group(self, slots: Iterable[int], group: int) -> None:
        """Move slots to a group."""
        for slot in slots:
            before = self.group(slot)
            if before:
                self._members[before] = tuple(
                    member for member in self.members(before) if member != slot
                )
            self.reassigned[slot] = group
            if group:
                self._members[group] = insert_sorted(self.members(group), slot)

    def set_event(self, group: int, event: int) -> None:
        """Move a group to an event."""
        before = self.event(group)
        if before == event:
            return
        if before is not None:
            self._groups[before] = tuple(
                other_group for other_group in self.groups(before) if other_group != group
            )
        groups = self._groups.get(event, self.membership.groups(event))
        self._groups[event] = insert_sorted(groups, group)
        self.reassigned_groups[group] = event

    def new_group_number(self) -> int:
        """A group number that was never used."""
        self.next_group += 1
        return self.next_group - 1

    def new_event_number(self) -> int:
        """An event number that was never used."""
        self.next_event += 1
        return self.next_event - 1

    def changed_groups(self) -> list[int]:
        """Groups with other members than before, emptied ones included."""
        return sorted(self._members)

    def changed_nonempty_groups(self) -> list[int]:
        """Groups with other members than before, without emptied ones."""
        return sorted(group for group in self._members if self.members(group))

    def affected_groups(self) -> list[int]:
        """Groups with members, event or canonical article other than before, and not empty."""
        return sorted(group for group in self._affected_groups() if self.members(group))

    def affected_slots(self) -> list[int]:
        """Slots whose group, event or canonical article may be another than before.

        Only these are looked at afterwards: one more copy must not cost as much as all copies.
        """
        slots = {slot for slot, group in self.reassigned.items() if group}
        for group in self._affected_groups():
            if self._is_reassigned(group):
                slots.update(self.members(group))
        return sorted(slots)

    def _affected_groups(self) -> set[int]:
        return {
            *self.changed_nonempty_groups(),
            *self.reassigned_groups,
            *self._groups_with_new_choice,
            *self._new_pins,
        }

    def _is_reassigned(self, group: int) -> bool:
        if not self.membership.members(group):
            return True
        canonical = self.membership.representatives(group).canonical
        same_event = self.membership.event(group) == self.event(group)
        return not same_event or self.representatives(group).canonical != canonical

    def _pinned_canonical(self, group: int) -> int | None:
        """The pinned canonical article of a group; None if none is pinned."""
        if group in self._new_pins:
            return self._new_pins[group]
        is_pinned = group in self.membership.pinned_groups
        return self.membership.representatives(group).canonical if is_pinned else None

    def _has_new_canonical(self, group: int) -> bool:
        return group in self._groups_with_new_choice or group in self._new_pins

    def _find_groups_with_new_choice(self) -> set[int]:
        """Groups with another canonical article by editors' decisions than before."""
        if self.constraints is self.membership.constraints:
            return set()
        changed_choices = (
            self.membership.constraints.chosen_canonical.items()
            ^ self.constraints.chosen_canonical.items()
        )
        slots = (self.membership.slot(article) for article, _ in changed_choices)
        return {self.membership.group(slot) for slot in slots if slot is not None}
