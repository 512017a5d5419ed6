"""Must-link closure of groups, and cannot-link checks, from editors' decisions.

A group is linked to others through articles that must be in one event. All groups that are linked
in this way, directly or through others, are its *closure*: they are always in one event, and no two
of their articles may be kept apart by a cannot-link.
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
    """Groups that must be in one event.

    Attributes
    ----------
    groups : frozenset of int
        All that have members.
    event_components : frozenset of int
        The must-link components of their articles, as in `ConstraintSet`.
    """

    groups: frozenset[int]
    event_components: frozenset[int]


def must_link_closure(
    overlay: MembershipOverlay,
    groups: Iterable[int],
    articles: Iterable[int] = (),
    excluded_groups: Collection[int] = (),
) -> LinkedGroups:
    """Find all groups that are must-linked to some groups and articles.

    Parameters
    ----------
    overlay : MembershipOverlay
    groups : iterable of int
    articles : iterable of int
        Articles that need not be in a group.
    excluded_groups : collection of int
        Groups through which nothing is linked.

    Returns
    -------
    LinkedGroups
    """
    component_of = overlay.constraints.event_component_of
    members_of = overlay.constraints.event_components
    linked_groups = dict.fromkeys(groups)
    linked_components: dict[int, None] = {
        component_of[article]: None for article in articles if article in component_of
    }
    new_groups, new_components = list(linked_groups), list(linked_components)
    while new_groups or new_components:
        if new_groups:
            constrained = map(overlay.article, overlay.constrained_slots(new_groups.pop()))
            components: dict[int, None] = {
                component_of[article]: None for article in constrained if article in component_of
            }
            new_components += components.keys() - linked_components.keys()
            linked_components |= components
        else:
            members = members_of[new_components.pop()]
            member_groups = _groups_of(overlay, members, excluded_groups)
            new_groups += member_groups - linked_groups.keys()
            linked_groups |= dict.fromkeys(member_groups)
    return LinkedGroups(frozenset(linked_groups), frozenset(linked_components))


def violates_cannot_link(
    constraints: ConstraintSet,
    components: Iterable[int],
    other_components: Iterable[int] | None = None,
) -> bool:
    """Whether a cannot-link exists between some components and others.

    Without others, it is looked for among the components themselves.
    """
    first = set(components)
    second = first if other_components is None else set(other_components)
    cannot_link = constraints.cannot_link_events
    return any(cannot_link.get(component, _NO_COMPONENTS) & second for component in first)


class GroupConstraints:
    """Constraints between the members of some groups.

    Parameters
    ----------
    overlay : MembershipOverlay
    groups : collection of int
    """

    def __init__(self, overlay: MembershipOverlay, groups: Collection[int]) -> None:
        self._constraints = overlay.constraints
        slots = chain.from_iterable(map(overlay.constrained_slots, groups))
        self._article_of = {slot: overlay.article(slot) for slot in slots}
        self._event_components = {
            slot: must_link_closure(overlay, (), [article], excluded_groups=groups).event_components
            for slot, article in self._article_of.items()
        }

    def must_link_positions(self, slots: Sequence[int]) -> list[list[int]]:
        """Positions of those slots that must stay in one group, set by set."""
        positions_of: dict[int, list[int]] = {}
        for position, slot in enumerate(slots):
            component = self._duplicate_component(slot)
            if component is not None:
                positions_of.setdefault(component, []).append(position)
        return [positions for positions in positions_of.values() if len(positions) > 1]

    def must_link_sets(self, slots: Sequence[int]) -> list[list[int]]:
        """All of some slots, in sets that must stay in one group; most sets have one slot."""
        linked = [
            [slots[position] for position in positions]
            for positions in self.must_link_positions(slots)
        ]
        linked_slots = {slot for together in linked for slot in together}
        return [*linked, *([slot] for slot in slots if slot not in linked_slots)]

    def choose_part(
        self, slots: Sequence[int], parts: Mapping[int, Sequence[int]], ranked_parts: Sequence[int]
    ) -> int:
        """Choose the part that a set of must-linked slots joins.

        Parameters
        ----------
        slots : sequence of int
        parts : mapping of int to sequence of int
            Slots of other members, by the name of the part.
        ranked_parts : sequence of int
            The names of parts, the most similar first.

        Returns
        -------
        int
            The name of a part; the first of the slots if they can join none.
        """
        component = self._duplicate_component(slots[0])
        if component is not None:
            for name, part in parts.items():
                if component in map(self._duplicate_component, part):
                    return name
        return next((name for name in ranked_parts if self.can_join(slots, parts[name])), slots[0])

    def can_join(self, slots: Iterable[int], other_slots: Iterable[int]) -> bool:
        """Whether no cannot-link exists between some slots and others."""
        constrained = [slot for slot in slots if slot in self._article_of]
        other_constrained = [slot for slot in other_slots if slot in self._article_of]
        if not constrained or not other_constrained:
            return True
        if violates_cannot_link(
            self._constraints,
            self._event_components_of(constrained),
            self._event_components_of(other_constrained),
        ):
            return False
        return not has_cannot_link_duplicates(
            self._constraints,
            (self._article_of[slot] for slot in (*constrained, *other_constrained)),
        )

    def _event_components_of(self, slots: Iterable[int]) -> set[int]:
        return {component for slot in slots for component in self._event_components[slot]}

    def _duplicate_component(self, slot: int) -> int | None:
        return self._constraints.duplicate_component_of.get(self._article_of.get(slot, 0))


def can_be_one_group(
    overlay: MembershipOverlay, groups: Sequence[int], new_article: int | None = None
) -> bool:
    """Whether some groups, and an added article, can be near-duplicates under the constraints.

    Parameters
    ----------
    overlay : MembershipOverlay
    groups : sequence of int
    new_article : int or None
        An article that is in none of them.
    """
    articles = () if new_article is None else (new_article,)
    closure = must_link_closure(overlay, groups, articles)
    if violates_cannot_link(overlay.constraints, closure.event_components):
        return False
    if not _can_share_event(overlay, closure, new_article):
        return False
    constrained = [
        overlay.article(slot) for group in groups for slot in overlay.constrained_slots(group)
    ]
    return not has_cannot_link_duplicates(overlay.constraints, (*constrained, *articles))


def has_cannot_link_duplicates(constraints: ConstraintSet, articles: Iterable[int]) -> bool:
    """Whether a cannot-link between near-duplicates exists among some articles."""
    components = {
        constraints.duplicate_component_of[article]
        for article in articles
        if article in constraints.duplicate_component_of
    }
    cannot_link = constraints.cannot_link_duplicates
    return any(cannot_link.get(component, _NO_COMPONENTS) & components for component in components)


def satisfies_constraints(overlay: MembershipOverlay, groups: Collection[int]) -> bool:
    """Whether some groups, their events and all must-linked groups satisfy all constraints."""
    events = {overlay.event(group) for group in groups} - {None}
    closures = (must_link_closure(overlay, overlay.groups(event)) for event in events if event)
    return (
        not any(
            violates_cannot_link(overlay.constraints, closure.event_components)
            for closure in closures
        )
        and all(_satisfies_group_constraints(overlay, group) for group in groups)
        and all(_satisfies_event_constraints(overlay, group) for group in groups)
    )


def _satisfies_group_constraints(overlay: MembershipOverlay, group: int) -> bool:
    """Whether a group holds all must-linked near-duplicates of its articles, and no others."""
    members_of = overlay.constraints.duplicate_components
    component_of = overlay.constraints.duplicate_component_of
    constrained = {overlay.article(slot) for slot in overlay.constrained_slots(group)}
    must_linked = {
        member
        for article in constrained
        if article in component_of
        for member in members_of[component_of[article]]
    }
    return _groups_of(overlay, must_linked, ()) <= {group} and not has_cannot_link_duplicates(
        overlay.constraints, constrained
    )


def _satisfies_event_constraints(overlay: MembershipOverlay, group: int) -> bool:
    """Whether all groups that are must-linked to a group are in its event."""
    is_constrained = bool(overlay.constrained_slots(group))
    linked = must_link_closure(overlay, [group]).groups if is_constrained else {group}
    return {overlay.event(linked_group) for linked_group in linked} == {overlay.event(group)}


def _can_share_event(
    overlay: MembershipOverlay, linked_groups: LinkedGroups, new_article: int | None
) -> bool:
    """Whether groups can be in one event without a locked event taking or losing any."""
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
    """The groups of those articles that are live."""
    slots = (overlay.slot(article) for article in articles)
    groups = {overlay.group(slot) for slot in slots if slot is not None}
    return groups - {NO_GROUP, *excluded_groups}
