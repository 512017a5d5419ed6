"""Who goes along with a group because people decided so, and whom it can't go with.

A group is tied to others through articles that are to be in one event. All that are tied together
form its company: they are in one event, whatever is judged, and nobody of it is to be kept apart
from another of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

from clustering.decisions import Bonds
from clustering.draft import Draft
from clustering.roster import GONE

_NOBODY: Final[frozenset[int]] = frozenset()


class Company(NamedTuple):
    """Groups that go together.

    Attributes
    ----------
    groups : frozenset of int
        All that have members.
    camps : frozenset of int
        Camps of their articles, as `Bonds` has them.
    """

    groups: frozenset[int]
    camps: frozenset[int]


def company(
    draft: Draft, groups: Iterable[int], articles: Iterable[int] = (), without: Collection[int] = ()
) -> Company:
    """Gather all groups that are tied to some groups and articles.

    Parameters
    ----------
    draft : Draft
    groups : iterable of int
    articles : iterable of int
        Articles that need not be in a group.
    without : collection of int
        Groups that tie nobody.
    """
    camp_of = draft.bonds.camp_of
    found = dict.fromkeys(groups)
    camps: dict[int, None] = {camp_of[it]: None for it in articles if it in camp_of}
    new_groups, new_camps = list(found), list(camps)
    while new_groups or new_camps:
        if new_groups:
            bound = map(draft.article, draft.bound(new_groups.pop()))
            fresh = {camp_of[it]: None for it in bound if it in camp_of}
            new_camps += fresh.keys() - camps.keys()
            camps |= fresh
        else:
            tied = _groups_of(draft, draft.bonds.camps[new_camps.pop()], without)
            new_groups += tied - found.keys()
            found |= dict.fromkeys(tied)
    return Company(frozenset(found), frozenset(camps))


def at_odds(bonds: Bonds, camps: Iterable[int], others: Iterable[int] | None = None) -> bool:
    """Whether some camps are to be kept apart from others, or else from one another."""
    inside = set(camps)
    beside = inside if others is None else set(others)
    return any(bonds.apart.get(camp, _NOBODY) & beside for camp in inside)


class Household:
    """What decisions say about the members of some groups among themselves.

    Parameters
    ----------
    draft : Draft
    groups : collection of int
    """

    def __init__(self, draft: Draft, groups: Collection[int]) -> None:
        self._bonds = draft.bonds
        bound = chain.from_iterable(map(draft.bound, groups))
        self._article = {slot: draft.article(slot) for slot in bound}
        self._camps = {
            slot: company(draft, (), [article], without=groups).camps
            for slot, article in self._article.items()
        }

    def tied(self, slots: Sequence[int]) -> list[list[int]]:
        """Positions of those slots that are to stay in one group, set by set."""
        found: dict[int, list[int]] = {}
        for at, slot in enumerate(slots):
            circle = self._circle(slot)
            if circle is not None:
                found.setdefault(circle, []).append(at)
        return [inside for inside in found.values() if len(inside) > 1]

    def sets(self, slots: Sequence[int]) -> list[list[int]]:
        """All of some slots, those that are to stay in one group together."""
        tied = [[slots[at] for at in places] for places in self.tied(slots)]
        seen = {slot for some in tied for slot in some}
        return [*tied, *([slot] for slot in slots if slot not in seen)]

    def host(
        self, some: Sequence[int], parts: Mapping[int, Sequence[int]], liked: Sequence[int]
    ) -> int:
        """The part that some slots of one set go to; if there is none, the first of the set.

        Parameters
        ----------
        some : sequence of int
        parts : mapping of int to sequence of int
            Slots of other members.
        liked : sequence of int
            The parts, the most alike first.
        """
        circle = self._circle(some[0])
        if circle is not None:
            for name, part in parts.items():
                if circle in map(self._circle, part):
                    return name
        return next((it for it in liked if self.may_join(some, parts[it])), some[0])

    def _circle(self, slot: int) -> int | None:
        return self._bonds.circle_of.get(self._article.get(slot, 0))

    def may_join(self, slots: Iterable[int], others: Iterable[int]) -> bool:
        """Whether nobody of the ones is to be kept apart from anybody of the others."""
        here = [slot for slot in slots if slot in self._article]
        there = [slot for slot in others if slot in self._article]
        if not here or not there:
            return True
        beside = {camp for slot in there for camp in self._camps[slot]}
        if at_odds(self._bonds, {camp for slot in here for camp in self._camps[slot]}, beside):
            return False
        return not distinct(self._bonds, (self._article[slot] for slot in (*here, *there)))


def may_be_one_group(draft: Draft, groups: Sequence[int], newcomer: int | None = None) -> bool:
    """Whether some groups, and an article besides, can be reprints of one text.

    Parameters
    ----------
    draft : Draft
    groups : sequence of int
    newcomer : int or None
        An article that is in none of them.
    """
    articles = () if newcomer is None else (newcomer,)
    together = company(draft, groups, articles)
    if at_odds(draft.bonds, together.camps) or not _may_share_an_event(draft, together, newcomer):
        return False
    inside = [draft.article(slot) for group in groups for slot in draft.bound(group)]
    return not distinct(draft.bonds, (*inside, *articles))


def distinct(bonds: Bonds, articles: Iterable[int]) -> bool:
    """Whether some of these articles are not to be reprints of one another."""
    circles = {bonds.circle_of[article] for article in articles if article in bonds.circle_of}
    return any(bonds.distinct.get(circle, _NOBODY) & circles for circle in circles)


def keeps_to(draft: Draft, groups: Collection[int]) -> bool:
    """Whether some groups, their events and all that are tied to them are as people decided."""
    events = {draft.event(group) for group in groups} - {None}
    companies = (company(draft, draft.groups(event)) for event in events if event)
    return (
        not any(at_odds(draft.bonds, beside.camps) for beside in companies)
        and all(_is_one_text(draft, group) for group in groups)
        and all(_is_in_one_event(draft, group) for group in groups)
    )


def _is_one_text(draft: Draft, group: int) -> bool:
    """Whether all are in a group who are to be in it, and none who is not."""
    circles, circle_of = draft.bonds.circles, draft.bonds.circle_of
    inside = {draft.article(slot) for slot in draft.bound(group)}
    mates = {mate for it in inside if it in circle_of for mate in circles[circle_of[it]]}
    return _groups_of(draft, mates, ()) <= {group} and not distinct(draft.bonds, inside)


def _is_in_one_event(draft: Draft, group: int) -> bool:
    bound = [draft.article(slot) for slot in draft.bound(group)]
    tied = company(draft, [group]).groups if bound else {group}
    return {draft.event(it) for it in tied} == {draft.event(group)}


def _may_share_an_event(draft: Draft, together: Company, newcomer: int | None) -> bool:
    """Whether no locked event would take or lose a group."""
    locked = draft.bonds.locked
    if not locked:
        return True
    events = {draft.event(group) for group in together.groups} - {None}
    if newcomer is not None and draft.home is not None:
        events.add(draft.home)
    return len(events) < 2 or not events & locked


def _groups_of(draft: Draft, articles: Iterable[int], without: Collection[int]) -> set[int]:
    slots = (draft.slot(article) for article in articles)
    return {draft.group(slot) for slot in slots if slot is not None} - {GONE, *without}
