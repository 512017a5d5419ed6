"""Carrying out what somebody decided: the moves that follow at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clustering.company import at_odds, company, keeps_to, may_be_one_group
from clustering.draft import Draft
from clustering.duplicates import DuplicateIndex
from clustering.events import EventIndex
from clustering.model import Assignment

Articles = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done at once because of a decision, by the keys of articles.

    Attributes
    ----------
    restored : tuple of Assignment
        Where articles go back to.
    standing : tuple of (int, int)
        Groups, each with the article that stands for it again.
    parted : tuple of int
        Articles whose groups are divided so that decisions are kept to.
    one_group : tuple of int
        Articles that become reprints of one another.
    to_event : tuple of (tuple of int, int or None)
        Articles whose groups go to an event; to a new one where there is no number.
    one_event : tuple of int
        Articles whose events become one.
    regrouped, judged : tuple of int
        Articles whose duplicate groups, and whose events, are judged again.
    """

    restored: tuple[Assignment, ...] = ()
    standing: tuple[tuple[int, int], ...] = ()
    parted: Articles = ()
    one_group: Articles = ()
    to_event: tuple[tuple[Articles, int | None], ...] = ()
    one_event: Articles = ()
    regrouped: Articles = ()
    judged: Articles = ()


class Execution:
    """One order being carried out in a draft.

    Parameters
    ----------
    draft : Draft
        Keeps to the decisions as they stand with the new one.
    duplicates : DuplicateIndex
    events : EventIndex
    """

    def __init__(self, draft: Draft, duplicates: DuplicateIndex, events: EventIndex) -> None:
        self._draft = draft
        self._duplicates = duplicates
        self._events = events

    def carry_out(self, order: Order) -> bool:
        """Write all that follows into the draft.

        Parameters
        ----------
        order : Order

        Returns
        -------
        bool
            Whether all decisions about what has moved are kept to then.
        """
        self._restore(order.restored)
        for group, canonical in order.standing:
            self._draft.stand(group, canonical)
        for group in self._groups_of(order.parted):
            self._duplicates.part(self._draft, group)
        for slot in self._slots(order.regrouped):
            self._duplicates.place_again(self._draft, slot)
        for articles, event in order.to_event:
            self._attach(self._groups_of(articles), event)
        judged = (*order.judged, *order.regrouped)
        if not self._bring_into_one_event(order.one_event):
            judged += order.one_event
        self._bring_into_one_group(order.one_group)
        if judged:
            self._events.place(self._draft)
            self._events.judge_again(self._draft, self._groups_of(judged))
        return keeps_to(self._draft, self._draft.changed())

    def _restore(self, places: Iterable[Assignment]) -> None:
        for place in places:
            slot = self._draft.slot(place.article)
            if slot is not None and self._draft.group(slot) != place.group:
                self._draft.place([slot], place.group)
        for place in places:
            if self._draft.members(place.group):
                self._draft.attach(place.group, place.event)

    def _bring_into_one_event(self, articles: Articles) -> bool:
        """Merge the events of articles; say whether decisions allow that."""
        events = {self._draft.event(group) for group in self._groups_of(articles)} - {None}
        inside = [group for event in events if event for group in self._draft.groups(event)]
        if at_odds(self._draft.bonds, company(self._draft, inside).camps):
            return False
        if len(events) > 1:
            self._attach(inside, min(event for event in events if event))
        return True

    def _bring_into_one_group(self, articles: Articles) -> None:
        """Merge groups, or where that can't be, take what is to be together out of them."""
        draft, groups = self._draft, self._groups_of(articles)
        if len(groups) < 2:
            return
        if may_be_one_group(draft, groups):
            for group in groups[1:]:
                draft.place(draft.members(group), groups[0])
            return
        event, into = draft.event(groups[0]), draft.found_group()
        draft.place(self._slots(draft.bonds.circles[draft.bonds.circle_of[articles[0]]]), into)
        self._attach([into], event)

    def _attach(self, groups: Sequence[int], event: int | None) -> None:
        number = self._draft.found_event() if event is None else event
        for group in groups:
            self._draft.attach(group, number)

    def _slots(self, articles: Iterable[int]) -> list[int]:
        slots = (self._draft.slot(article) for article in articles)
        return [slot for slot in slots if slot is not None]

    def _groups_of(self, articles: Iterable[int]) -> list[int]:
        return sorted({self._draft.group(slot) for slot in self._slots(articles)})
