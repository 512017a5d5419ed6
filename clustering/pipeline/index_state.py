"""The parts of an article index, and the one place where they are committed or rolled back.

A proposal changes the parts before it is committed: the event index needs the terms of a new
article to find its neighbours, for example. Whatever a part has changed since the last
commit is pending. `IndexState.commit` makes all of it final, `IndexState.rollback` undoes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from clustering.duplicates.index import DuplicateIndex
from clustering.events.index import EventIndex
from clustering.features.fingerprint import Fingerprint
from clustering.features.terms import Terms
from clustering.state.membership import Membership
from clustering.state.revertible import Revertible
from clustering.state.savepoint import MembershipSavepoint
from clustering.types import Assignment, Features, Proposal


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """A proposal with what is needed to apply it.

    Attributes
    ----------
    proposal : Proposal
    key : int or None
        The article that is added or removed; None if articles only move.
    features : Features or None
        Those of an added article; None if the article is removed.
    is_indexed : bool
        Whether the duplicate index and the event index hold the change as pending already, because
        it was worked out in them. Otherwise they are brought up to date when it is applied.
    changed_groups : collection of int
        Groups whose canonical article must be checked afterwards, besides those of `proposal`.
    """

    proposal: Proposal
    key: int | None = None
    features: Features | None = None
    is_indexed: bool = False
    changed_groups: frozenset[int] = frozenset()

    @property
    def assignments(self) -> list[Assignment]:
        """The new assignments, that of the added article first."""
        added = self.proposal.assignment
        return [*([] if added is None else [added]), *self.proposal.reassigned]


class _Savepoint(NamedTuple):
    membership: MembershipSavepoint
    changed_pins: frozenset[int]


class IndexState:
    """Membership, duplicate index and event index, which change together.

    Parameters
    ----------
    membership : Membership
    duplicate_index : DuplicateIndex
    event_index : EventIndex

    Attributes
    ----------
    changed_pins : set of int
        Groups with a pinned canonical article that changed; some of the pins may be needless now.
    has_open_change : bool
        Whether a pending change was begun and neither committed nor rolled back.
    """

    def __init__(
        self, membership: Membership, duplicate_index: DuplicateIndex, event_index: EventIndex
    ) -> None:
        self.membership = membership
        self.duplicate_index = duplicate_index
        self.event_index = event_index
        self.changed_pins: set[int] = set()
        self.has_open_change = False
        self._revertible: tuple[Revertible, ...] = (duplicate_index, event_index)
        self._savepoints: list[_Savepoint] = []

    def check_idle(self) -> None:
        """Raise an error if a change is pending.

        Raises
        ------
        RuntimeError
        """
        if self.has_open_change:
            raise RuntimeError("another change of the index is pending: commit it or roll it back")

    def commit(self) -> None:
        """Make all pending changes final."""
        for part in self._revertible:
            part.commit()
        self._savepoints.clear()

    def rollback(self) -> None:
        """Undo all pending changes."""
        for savepoint in reversed(self._savepoints):
            self.membership.restore(savepoint.membership)
            self.changed_pins = set(savepoint.changed_pins)
        self._savepoints.clear()
        for part in self._revertible:
            part.rollback()

    def stage(self, change: ProposedChange) -> None:
        """Apply a change in such a way that it can still be rolled back."""
        articles = [assignment.article for assignment in change.assignments]
        groups = {assignment.group for assignment in change.assignments}
        events = {assignment.event for assignment in change.assignments}
        if change.key is not None:
            articles.append(change.key)
        saved = self.membership.savepoint(articles, groups, events)
        self._savepoints.append(_Savepoint(saved, frozenset(self.changed_pins)))
        self.apply(change)

    def apply(self, change: ProposedChange) -> None:
        """Bring the membership and both indexes to the state that a change proposes.

        Parameters
        ----------
        change : ProposedChange
        """
        assignments = change.assignments
        groups_before = self.groups_of(
            [change.key, *(assignment.article for assignment in assignments)]
        )
        self._add_or_remove(change)
        inheriting = self._groups_inheriting_pins(change.proposal)
        for assignment in assignments:
            self.assign(assignment)
        for group in inheriting:
            self.pin_canonical(group, self.membership.representatives(group).canonical)
        for assignment in assignments:
            self.ensure_canonical(assignment.group, assignment.duplicate_of or assignment.article)
        groups = dict.fromkeys([*groups_before, *(assignment.group for assignment in assignments)])
        self.changed_pins |= self.membership.pinned_groups & {*groups, *change.changed_groups}
        if not change.is_indexed:
            self.event_index.sync_groups(self.membership, groups)

    def add(self, key: int, features: Features) -> None:
        """Add an article to all parts; it belongs to no group yet."""
        slot = self.membership.add(key, features)
        self.duplicate_index.add(slot, Fingerprint.from_bytes(features.fingerprint))
        self.event_index.add(slot, Terms.from_bytes(features.terms), features)

    def assign(self, assignment: Assignment) -> None:
        """Move a live article to the group of its assignment, and that group to its event."""
        slot = self.membership.slot(assignment.article)
        if slot is None:  # the article has retired: only the store moves it
            return
        if self.membership.group(slot) != assignment.group:
            self.membership.set_group(slot, assignment.group)
        self.membership.set_event(assignment.group, assignment.event)

    def pin_canonical(self, group: int, canonical: int) -> None:
        """Pin the canonical article of a group, if any of its articles is live."""
        if self.membership.members(group):
            self.membership.pin_canonical(group, canonical)
            self.changed_pins.add(group)

    def ensure_canonical(self, group: int, canonical: int) -> None:
        """Pin the canonical article of a group unless it is the canonical one anyway."""
        if not self.membership.members(group):
            return
        if self.membership.representatives(group).canonical != canonical:
            self.pin_canonical(group, canonical)

    def groups_of(self, articles: Iterable[int | None]) -> list[int]:
        """The groups of those articles that are live."""
        slots = (self.membership.slot(article or 0) for article in articles)
        return [self.membership.group(slot) for slot in slots if slot is not None]

    def _add_or_remove(self, change: ProposedChange) -> None:
        if change.key is None:
            return
        if change.features is None:
            if self.membership.slot(change.key) is not None:
                self.event_index.remove(self.membership.remove(change.key))
        elif change.is_indexed:  # the indexes hold its fingerprint and its terms as pending
            self.membership.add(change.key, change.features)
        else:
            self.add(change.key, change.features)

    def _groups_inheriting_pins(self, proposal: Proposal) -> set[int]:
        """Groups that absorb a pinned group, some of whose members have retired."""
        pinned = self.membership.pinned_groups
        merged = (change for change in proposal.changes if change.kind == "group.merged")
        return {change.target for change in merged if change.source in pinned} - pinned
