"""Build proposals: the differences between an overlay and the membership below it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from clustering.state.canonical import CanonicalCandidate, choose_canonical
from clustering.state.diff import MeanProbability, list_changes
from clustering.state.membership import Membership
from clustering.state.overlay import MembershipOverlay
from clustering.state.view import MembershipView
from clustering.types import Assignment, Outcome, Proposal


class AssignmentView:
    """Assignments in a membership; the canonical article of each group is looked up once.

    Parameters
    ----------
    membership : MembershipView
    """

    def __init__(self, membership: MembershipView) -> None:
        self._membership = membership
        self._canonical: dict[int, int] = {}

    def assignment(self, slot: int) -> Assignment:
        """The assignment of the article in a slot, without evidence."""
        group = self._membership.group(slot)
        if group not in self._canonical:
            self._canonical[group] = self._membership.representatives(group).canonical
        article, event = self._membership.article(slot), self._membership.event(group) or 0
        original = None if self._canonical[group] == article else self._canonical[group]
        outcome: Outcome = "new" if original is None else "near_duplicate"
        return Assignment(article, group, event, original, outcome)


def find_reassigned(
    overlay: MembershipOverlay,
    new_article: int = 0,
    stored_assignments: Iterable[Assignment] = (),
) -> tuple[Assignment, ...]:
    """Find the new assignments of all articles that an overlay moves.

    Parameters
    ----------
    overlay : MembershipOverlay
    new_article : int
        The key of the added article, which is left out.
    stored_assignments : iterable of Assignment
        Assignments of live articles in the store, where they may differ from the membership.

    Returns
    -------
    tuple of Assignment
        In the order of slots.
    """
    membership = overlay.membership
    after, before = AssignmentView(overlay), AssignmentView(membership)
    stored = {
        membership.slot_of[assignment.article]: assignment for assignment in stored_assignments
    }
    slots = sorted({*overlay.affected_slots(), *stored})
    other_slots = (slot for slot in slots if overlay.article(slot) != new_article)
    proposed = ((slot, after.assignment(slot)) for slot in other_slots)
    return tuple(
        assignment
        for slot, assignment in proposed
        if not _has_same_position(assignment, stored.get(slot) or before.assignment(slot))
    )


def build_edit_proposal(
    overlay: MembershipOverlay,
    stored_assignments: Iterable[Assignment],
    mean_probability: MeanProbability,
) -> Proposal:
    """Build the proposal of an editor's decision.

    Parameters
    ----------
    overlay : MembershipOverlay
    stored_assignments : iterable of Assignment
        As for `find_reassigned`.
    mean_probability : callable
    """
    changes = (
        replace(change, reason="decided") for change in list_changes(overlay, mean_probability)
    )
    return Proposal(
        None, find_reassigned(overlay, stored_assignments=stored_assignments), tuple(changes)
    )


def reassign_canonical(
    membership: Membership, group: int, retired_members: Iterable[CanonicalCandidate]
) -> Iterator[Assignment]:
    """Reassign the live members of a group to the canonical article that the rule prefers.

    Parameters
    ----------
    membership : Membership
    group : int
    retired_members : iterable of CanonicalCandidate
        Members that have retired: they may be canonical as well.
    """
    slots = membership.members(group)
    canonical = membership.default_canonical(group)
    if canonical not in membership.constraints.chosen_canonical:
        canonical = choose_canonical(
            [*map(membership.canonical_candidate, slots), *retired_members], membership.rule
        )
    for article in map(membership.article, slots):
        original = None if article == canonical else canonical
        yield Assignment(article, group, membership.event_of[group], original)


def _has_same_position(first: Assignment, second: Assignment) -> bool:
    """Whether two assignments agree in group, event and canonical article."""
    position = (second.group, second.event, second.duplicate_of)
    return (first.group, first.event, first.duplicate_of) == position
