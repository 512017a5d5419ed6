"""Who goes along with a group because people decided so, and whom it can't go with.

A group is tied to others through articles that are to be in one event. All that are tied together
form its company: they are in one event, whatever is judged, and nobody of it is to be kept apart
from another of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

from clustering.constraints.decision import ConstraintSet
from clustering.state.membership import NO_GROUP
from clustering.state.overlay import MembershipOverlay

_NO_COMPONENTS: Final[frozenset[int]] = frozenset()


class LinkedGroups(NamedTuple):
    """Groups that go together.

    Attributes
    ----------
    groups : frozenset of int
        All that have members.
    event_components : frozenset of int
        Camps of their articles, as `ConstraintSet` has them.
    """

    groups: frozenset[int]
    event_components: frozenset[int]


def must_link_closure(
    overlay: MembershipOverlay,
    groups: Iterable[int],
    articles: Iterable[int] = (),
    excluded_groups: Collection[int] = (),
) -> LinkedGroups:
    """Gather all groups that are tied to some groups and articles.

    Parameters
    ----------
    overlay : MembershipOverlay
    groups : iterable of int
    articles : iterable of int
        Articles that need not be in a group.
    excluded_groups : collection of int
        Groups that tie nobody.
    """
    camp_of = overlay.constraints.event_component_of
    found = dict.fromkeys(groups)
    camps: dict[int, None] = {camp_of[it]: None for it in articles if it in camp_of}
    new_groups, new_camps = list(found), list(camps)
    while new_groups or new_camps:
        if new_groups:
            bound = map(overlay.article, overlay.constrained_slots(new_groups.pop()))
            fresh = {camp_of[it]: None for it in bound if it in camp_of}
            new_camps += fresh.keys() - camps.keys()
            camps |= fresh
        else:
            tied = _groups_of(
                overlay, overlay.constraints.event_components[new_camps.pop()], excluded_groups
            )
            new_groups += tied - found.keys()
            found |= dict.fromkeys(tied)
    return LinkedGroups(frozenset(found), frozenset(camps))


def violates_cannot_link(
    constraints: ConstraintSet,
    components: Iterable[int],
    other_components: Iterable[int] | None = None,
) -> bool:
    """Whether some camps are to be kept apart from others, or else from one another."""
    inside = set(components)
    beside = inside if other_components is None else set(other_components)
    return any(constraints.cannot_link_events.get(camp, _NO_COMPONENTS) & beside for camp in inside)


class GroupConstraints:
    """What decisions say about the members of some groups among themselves.

    Parameters
    ----------
    overlay : MembershipOverlay
    groups : collection of int
    """

    def __init__(self, overlay: MembershipOverlay, groups: Collection[int]) -> None:
        self._constraints = overlay.constraints
        bound = chain.from_iterable(map(overlay.constrained_slots, groups))
        self._article_of = {slot: overlay.article(slot) for slot in bound}
        self._event_components = {
            slot: must_link_closure(overlay, (), [article], excluded_groups=groups).event_components
            for slot, article in self._article_of.items()
        }

    def must_link_positions(self, slots: Sequence[int]) -> list[list[int]]:
        """Positions of those slots that are to stay in one group, set by set."""
        found: dict[int, list[int]] = {}
        for at, slot in enumerate(slots):
            circle = self._duplicate_component(slot)
            if circle is not None:
                found.setdefault(circle, []).append(at)
        return [inside for inside in found.values() if len(inside) > 1]

    def must_link_sets(self, slots: Sequence[int]) -> list[list[int]]:
        """All of some slots, those that are to stay in one group together."""
        tied = [[slots[at] for at in places] for places in self.must_link_positions(slots)]
        seen = {slot for some in tied for slot in some}
        return [*tied, *([slot] for slot in slots if slot not in seen)]

    def choose_part(
        self, slots: Sequence[int], parts: Mapping[int, Sequence[int]], ranked_parts: Sequence[int]
    ) -> int:
        """The part that some slots of one set go to; if there is none, the first of the set.

        Parameters
        ----------
        slots : sequence of int
        parts : mapping of int to sequence of int
            Slots of other members.
        ranked_parts : sequence of int
            The parts, the most alike first.
        """
        circle = self._duplicate_component(slots[0])
        if circle is not None:
            for name, part in parts.items():
                if circle in map(self._duplicate_component, part):
                    return name
        return next((it for it in ranked_parts if self.can_join(slots, parts[it])), slots[0])

    def _duplicate_component(self, slot: int) -> int | None:
        return self._constraints.duplicate_component_of.get(self._article_of.get(slot, 0))

    def can_join(self, slots: Iterable[int], other_slots: Iterable[int]) -> bool:
        """Whether nobody of the ones is to be kept apart from anybody of the others."""
        here = [slot for slot in slots if slot in self._article_of]
        there = [slot for slot in other_slots if slot in self._article_of]
        if not here or not there:
            return True
        beside = {camp for slot in there for camp in self._event_components[slot]}
        if violates_cannot_link(
            self._constraints,
            {camp for slot in here for camp in self._event_components[slot]},
            beside,
        ):
            return False
        return not has_cannot_link_duplicates(
            self._constraints, (self._article_of[slot] for slot in (*here, *there))
        )


def can_be_one_group(
    overlay: MembershipOverlay, groups: Sequence[int], new_article: int | None = None
) -> bool:
    """Whether some groups, and an article besides, can be reprints of one text.

    Parameters
    ----------
    overlay : MembershipOverlay
    groups : sequence of int
    new_article : int or None
        An article that is in none of them.
    """
    articles = () if new_article is None else (new_article,)
    together = must_link_closure(overlay, groups, articles)
    if violates_cannot_link(overlay.constraints, together.event_components) or not _can_share_event(
        overlay, together, new_article
    ):
        return False
    inside = [
        overlay.article(slot) for group in groups for slot in overlay.constrained_slots(group)
    ]
    return not has_cannot_link_duplicates(overlay.constraints, (*inside, *articles))


def has_cannot_link_duplicates(constraints: ConstraintSet, articles: Iterable[int]) -> bool:
    """Whether some of these articles are not to be reprints of one another."""
    circles = {
        constraints.duplicate_component_of[article]
        for article in articles
        if article in constraints.duplicate_component_of
    }
    return any(
        constraints.cannot_link_duplicates.get(circle, _NO_COMPONENTS) & circles
        for circle in circles
    )


def satisfies_constraints(overlay: MembershipOverlay, groups: Collection[int]) -> bool:
    """Whether some groups, their events and all that are tied to them are as people decided."""
    events = {overlay.event(group) for group in groups} - {None}
    companies = (must_link_closure(overlay, overlay.groups(event)) for event in events if event)
    return (
        not any(
            violates_cannot_link(overlay.constraints, beside.event_components)
            for beside in companies
        )
        and all(_satisfies_group_constraints(overlay, group) for group in groups)
        and all(_satisfies_event_constraints(overlay, group) for group in groups)
    )


def _satisfies_group_constraints(overlay: MembershipOverlay, group: int) -> bool:
    """Whether all are in a group who are to be in it, and none who is not."""
    circles, circle_of = (
        overlay.constraints.duplicate_components,
        overlay.constraints.duplicate_component_of,
    )
    inside = {overlay.article(slot) for slot in overlay.constrained_slots(group)}
    mates = {mate for it in inside if it in circle_of for mate in circles[circle_of[it]]}
    return _groups_of(overlay, mates, ()) <= {group} and not has_cannot_link_duplicates(
        overlay.constraints, inside
    )


def _satisfies_event_constraints(overlay: MembershipOverlay, group: int) -> bool:
    bound = [overlay.article(slot) for slot in overlay.constrained_slots(group)]
    tied = must_link_closure(overlay, [group]).groups if bound else {group}
    return {overlay.event(it) for it in tied} == {overlay.event(group)}


def _can_share_event(
    overlay: MembershipOverlay, linked_groups: LinkedGroups, new_article: int | None
) -> bool:
    """Whether no locked event would take or lose a group."""
    locked = overlay.constraints.locked_events
    if not locked:
        return True
    events = {overlay.event(group) for group in linked_groups.groups} - {None}
    if new_article is not None and overlay.previous_event is not None:
        events.add(overlay.previous_event)
    return len(events) < 2 or not events & locked


def _groups_of(
    overlay: MembershipOverlay, articles: Iterable[int], excluded_groups: Collection[int]
) -> set[int]:
    slots = (overlay.slot(article) for article in articles)
    return {overlay.group(slot) for slot in slots if slot is not None} - {
        NO_GROUP,
        *excluded_groups,
    }
