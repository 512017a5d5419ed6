"""Edit plans: the moves that follow at once from an editor's decision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clustering.constraints.decision import ArticleKeys
from clustering.duplicates.index import DuplicateIndex
from clustering.events.index import EventIndex
from clustering.state.must_link_closure import (
    can_be_one_group,
    must_link_closure,
    satisfies_constraints,
    violates_cannot_link,
)
from clustering.state.overlay import MembershipOverlay
from clustering.types import Assignment


@dataclass(frozen=True, slots=True)
class EditPlan:
    """The moves that follow at once from a decision, by the keys of articles.

    Attributes
    ----------
    restored_assignments : tuple of Assignment
        Groups and events that articles return to.
    pinned_canonicals : tuple of (int, int)
        Groups, each with the canonical article that is pinned again.
    split_articles : tuple of int
        Articles whose groups are divided to satisfy the constraints.
    group_merge : tuple of int
        Articles that become near-duplicates of each other.
    event_moves : tuple of (tuple of int, int or None)
        Articles whose groups move to an event; None makes a new event.
    event_merge : tuple of int
        Articles whose events become one.
    regrouped, reclustered : tuple of int
        Articles whose duplicate groups, and whose events, are computed again.
    """

    restored_assignments: tuple[Assignment, ...] = ()
    pinned_canonicals: tuple[tuple[int, int], ...] = ()
    split_articles: ArticleKeys = ()
    group_merge: ArticleKeys = ()
    event_moves: tuple[tuple[ArticleKeys, int | None], ...] = ()
    event_merge: ArticleKeys = ()
    regrouped: ArticleKeys = ()
    reclustered: ArticleKeys = ()


class EditPlanExecutor:
    """Applies edit plans to a membership overlay.

    Parameters
    ----------
    overlay : MembershipOverlay
        With the constraints in force, those of the new decision included.
    duplicate_index : DuplicateIndex
    event_index : EventIndex
    """

    def __init__(
        self, overlay: MembershipOverlay, duplicate_index: DuplicateIndex, event_index: EventIndex
    ) -> None:
        self._overlay = overlay
        self._duplicate_index = duplicate_index
        self._event_index = event_index

    def execute(self, plan: EditPlan) -> bool:
        """Write all moves of a plan into the overlay.

        Parameters
        ----------
        plan : EditPlan

        Returns
        -------
        bool
            Whether the groups that changed satisfy all constraints.
        """
        self._restore(plan.restored_assignments)
        for group, canonical in plan.pinned_canonicals:
            self._overlay.pin_canonical(group, canonical)
        for group in self._groups_of(plan.split_articles):
            self._duplicate_index.regrouper.split_by_constraints(self._overlay, group)
        for slot in self._slots(plan.regrouped):
            self._duplicate_index.reassign_group(self._overlay, slot)
        for articles, event in plan.event_moves:
            self._set_event(self._groups_of(articles), event)
        reclustered = (*plan.reclustered, *plan.regrouped)
        if not self._merge_events(plan.event_merge):
            reclustered += plan.event_merge
        self._merge_groups(plan.group_merge)
        if reclustered:
            self._event_index.assign_events(self._overlay)
            self._event_index.recluster(self._overlay, self._groups_of(reclustered))
        return satisfies_constraints(self._overlay, self._overlay.affected_groups())

    def _restore(self, assignments: Iterable[Assignment]) -> None:
        for assignment in assignments:
            slot = self._overlay.slot(assignment.article)
            if slot is not None and self._overlay.group(slot) != assignment.group:
                self._overlay.set_group([slot], assignment.group)
        for assignment in assignments:
            if self._overlay.members(assignment.group):
                self._overlay.set_event(assignment.group, assignment.event)

    def _merge_events(self, articles: ArticleKeys) -> bool:
        """Merge the events of articles unless that violates a cannot-link; tell whether it did."""
        events = {self._overlay.event(group) for group in self._groups_of(articles)} - {None}
        groups = [group for event in events if event for group in self._overlay.groups(event)]
        if violates_cannot_link(
            self._overlay.constraints, must_link_closure(self._overlay, groups).event_components
        ):
            return False
        if len(events) > 1:
            self._set_event(groups, min(event for event in events if event))
        return True

    def _merge_groups(self, articles: ArticleKeys) -> None:
        """Merge the groups of articles.

        Where a cannot-link forbids it, the must-linked articles leave their groups for a new one.
        """
        overlay, groups = self._overlay, self._groups_of(articles)
        if len(groups) < 2:
            return
        if can_be_one_group(overlay, groups):
            for group in groups[1:]:
                overlay.set_group(overlay.members(group), groups[0])
            return
        event, new_group = overlay.event(groups[0]), overlay.new_group_number()
        component = overlay.constraints.duplicate_component_of[articles[0]]
        must_linked = overlay.constraints.duplicate_components[component]
        overlay.set_group(self._slots(must_linked), new_group)
        self._set_event([new_group], event)

    def _set_event(self, groups: Sequence[int], event: int | None) -> None:
        event = self._overlay.new_event_number() if event is None else event
        for group in groups:
            self._overlay.set_event(group, event)

    def _slots(self, articles: Iterable[int]) -> list[int]:
        slots = (self._overlay.slot(article) for article in articles)
        return [slot for slot in slots if slot is not None]

    def _groups_of(self, articles: Iterable[int]) -> list[int]:
        return sorted({self._overlay.group(slot) for slot in self._slots(articles)})
