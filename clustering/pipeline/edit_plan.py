"""Carrying out what somebody decided: the moves that follow at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clustering.duplicates.index import DuplicateIndex
from clustering.events.index import EventIndex
from clustering.state.closure import (
    can_be_one_group,
    must_link_closure,
    satisfies_constraints,
    violates_cannot_link,
)
from clustering.state.overlay import MembershipOverlay
from clustering.types import Assignment

Articles = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EditPlan:
    """What is to be done at once because of a decision, by the keys of articles.

    Attributes
    ----------
    restored_assignments : tuple of Assignment
        Where articles go back to.
    pinned_canonicals : tuple of (int, int)
        Groups, each with the article that stands for it again.
    split_articles : tuple of int
        Articles whose groups are divided so that decisions are kept to.
    group_merge : tuple of int
        Articles that become reprints of one another.
    event_moves : tuple of (tuple of int, int or None)
        Articles whose groups go to an event; to a new one where there is no number.
    event_merge : tuple of int
        Articles whose events become one.
    regrouped, reclustered : tuple of int
        Articles whose duplicate groups, and whose events, are judged again.
    """

    restored_assignments: tuple[Assignment, ...] = ()
    pinned_canonicals: tuple[tuple[int, int], ...] = ()
    split_articles: Articles = ()
    group_merge: Articles = ()
    event_moves: tuple[tuple[Articles, int | None], ...] = ()
    event_merge: Articles = ()
    regrouped: Articles = ()
    reclustered: Articles = ()


class EditPlanExecutor:
    """One order being carried out in a draft.

    Parameters
    ----------
    overlay : MembershipOverlay
        Keeps to the decisions as they stand with the new one.
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
        """Write all that follows into the draft.

        Parameters
        ----------
        plan : EditPlan

        Returns
        -------
        bool
            Whether all decisions about what has moved are kept to then.
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
        judged = (*plan.reclustered, *plan.regrouped)
        if not self._merge_events(plan.event_merge):
            judged += plan.event_merge
        self._merge_groups(plan.group_merge)
        if judged:
            self._event_index.assign_events(self._overlay)
            self._event_index.recluster(self._overlay, self._groups_of(judged))
        return satisfies_constraints(self._overlay, self._overlay.affected_groups())

    def _restore(self, assignments: Iterable[Assignment]) -> None:
        for place in assignments:
            slot = self._overlay.slot(place.article)
            if slot is not None and self._overlay.group(slot) != place.group:
                self._overlay.set_group([slot], place.group)
        for place in assignments:
            if self._overlay.members(place.group):
                self._overlay.set_event(place.group, place.event)

    def _merge_events(self, articles: Articles) -> bool:
        """Merge the events of articles; say whether decisions allow that."""
        events = {self._overlay.event(group) for group in self._groups_of(articles)} - {None}
        inside = [group for event in events if event for group in self._overlay.groups(event)]
        if violates_cannot_link(
            self._overlay.constraints, must_link_closure(self._overlay, inside).event_components
        ):
            return False
        if len(events) > 1:
            self._set_event(inside, min(event for event in events if event))
        return True

    def _merge_groups(self, articles: Articles) -> None:
        """Merge groups, or where that can't be, take what is to be together out of them."""
        draft, groups = self._overlay, self._groups_of(articles)
        if len(groups) < 2:
            return
        if can_be_one_group(draft, groups):
            for group in groups[1:]:
                draft.set_group(draft.members(group), groups[0])
            return
        event, into = draft.event(groups[0]), draft.new_group_number()
        draft.set_group(
            self._slots(
                draft.constraints.duplicate_components[
                    draft.constraints.duplicate_component_of[articles[0]]
                ]
            ),
            into,
        )
        self._set_event([into], event)

    def _set_event(self, groups: Sequence[int], event: int | None) -> None:
        number = self._overlay.new_event_number() if event is None else event
        for group in groups:
            self._overlay.set_event(group, number)

    def _slots(self, articles: Iterable[int]) -> list[int]:
        slots = (self._overlay.slot(article) for article in articles)
        return [slot for slot in slots if slot is not None]

    def _groups_of(self, articles: Iterable[int]) -> list[int]:
        return sorted({self._overlay.group(slot) for slot in self._slots(articles)})
