"""What people decided, as conditions that every automatic step keeps.

A decision says of articles that they belong together, or apart, as events or as reprints. All that
stand are brought together in `Bonds`, which the index obeys. A decision that the others leave no
room for is found out here before it is made, and with it those that stand in its way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations
from typing import Final

from clustering.constraints.union_find import UnionFind

ArticleKeys = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What one decision says of articles, by their keys.

    Attributes
    ----------
    number : int
        In the order in which they were made.
    one_event, one_group : tuple of int
        Articles that are in one event, or reprints of one another.
    unless : tuple of int
        Articles that are in one event until a later decision puts them on different sides.
    sides : tuple of tuple of int
        Articles of different sides are never in one event, so that they are no reprints either.
    distinct : tuple of int
        Articles of which no two are reprints of one another.
    locked_event : int or None
        An event that takes and loses no groups by itself.
    chosen : int or None
        The article that stands for its group.
    """

    number: int
    one_event: ArticleKeys = ()
    one_group: ArticleKeys = ()
    unless: ArticleKeys = ()
    sides: tuple[ArticleKeys, ...] = ()
    distinct: ArticleKeys = ()
    locked_event: int | None = None
    chosen: int | None = None

    @property
    def articles(self) -> frozenset[int]:
        """All articles that are named."""
        named = (self.one_event, self.one_group, self.unless, self.distinct, *self.sides)
        chosen = () if self.chosen is None else (self.chosen,)
        return frozenset(chain(*named, chosen))

    def restricted_to(self, articles: Collection[int]) -> Decision:
        """What it says of some articles only."""

        def restrict(named: ArticleKeys) -> ArticleKeys:
            return tuple(article for article in named if article in articles)

        return Decision(
            self.number,
            restrict(self.one_event),
            restrict(self.one_group),
            restrict(self.unless),
            tuple(side for each in self.sides if (side := restrict(each))),
            restrict(self.distinct),
            self.locked_event,
            self.chosen if self.chosen in articles else None,
        )


def without_article(decisions: Iterable[Decision], article: int) -> list[Decision]:
    """What decisions say once an article is gone."""
    return [
        one.restricted_to(one.articles - {article}) if article in one.articles else one
        for one in decisions
    ]


@dataclass(frozen=True, slots=True)
class ConstraintSet:
    """All conditions that stand.

    Attributes
    ----------
    event_component_of : dict of int to int
        Articles that are in one event have one camp; those that nothing is said of have none.
    event_components : dict of int to tuple of int
        The articles of each camp.
    cannot_link_events : dict of int to frozenset of int
        Camps that are never in one event with a camp.
    circle_of, circles, distinct
        The same for reprints.
    locked_events : frozenset of int
        Events.
    chosen_canonical : dict of int to int
        Articles that stand for their groups; among several in one group the one that was chosen
        last, by the number of the decision.
    articles : frozenset of int
        All articles of which something is said.
    """

    event_component_of: Mapping[int, int] = field(default_factory=dict)
    event_components: Mapping[int, ArticleKeys] = field(default_factory=dict)
    cannot_link_events: Mapping[int, frozenset[int]] = field(default_factory=dict)
    duplicate_component_of: Mapping[int, int] = field(default_factory=dict)
    duplicate_components: Mapping[int, ArticleKeys] = field(default_factory=dict)
    cannot_link_duplicates: Mapping[int, frozenset[int]] = field(default_factory=dict)
    locked_events: frozenset[int] = frozenset()
    chosen_canonical: Mapping[int, int] = field(default_factory=dict)
    articles: frozenset[int] = frozenset()

    @classmethod
    def from_decisions(cls, decisions: Iterable[Decision]) -> ConstraintSet:
        """What some decisions come to.

        Parameters
        ----------
        decisions : iterable of Decision
            Such that `conflict` finds none.
        """
        found = sorted(decisions, key=lambda one: one.number)
        events, groups = unite_events(found), unite_duplicates(found)
        named = {article for one in found for article in _event_articles(one)}
        reprints = {article for one in found for article in (*one.one_group, *one.distinct)}
        chosen = {one.chosen: one.number for one in found if one.chosen is not None}
        camp_of = {article: events.find(article) for article in sorted(named)}
        circle_of = {article: groups.find(article) for article in sorted(reprints)}
        return cls(
            camp_of,
            _component_members(camp_of),
            _cannot_links(camp_of, (one.sides for one in found)),
            circle_of,
            _component_members(circle_of),
            _cannot_links(circle_of, (as_singletons(one.distinct) for one in found)),
            frozenset(one.locked_event for one in found if one.locked_event is not None),
            chosen,
            frozenset(chain(named, reprints, chosen)),
        )


NO_CONSTRAINTS: Final = ConstraintSet()


def unite_events(decisions: Sequence[Decision]) -> UnionFind:
    events = UnionFind()
    for _, tie in event_must_links(decisions):
        events.union(tie)
    return events


def event_must_links(decisions: Sequence[Decision]) -> Iterator[tuple[int, ArticleKeys]]:
    """Decisions with the articles that each ties into one event, now that all were made."""
    separating: dict[int, list[int]] = {}
    for at, one in enumerate(decisions):
        for article in chain.from_iterable(one.sides):
            separating.setdefault(article, []).append(at)
    for at, one in enumerate(decisions):
        later = {it for article in one.unless for it in separating.get(article, ()) if it > at}
        parts = [one.unless]
        for other in sorted(later):
            parts = [
                piece for part in parts for piece in _split_by_sides(part, decisions[other].sides)
            ]
        tied = (one.one_event, one.one_group, *parts)
        yield from ((one.number, tie) for tie in tied if len(tie) > 1)


def unite_duplicates(decisions: Iterable[Decision]) -> UnionFind:
    groups = UnionFind()
    for one in decisions:
        groups.union(one.one_group)
    return groups


def _split_by_sides(articles: ArticleKeys, sides: Sequence[ArticleKeys]) -> list[ArticleKeys]:
    """Divide articles by the sides they are on; those on none stay with the most."""
    side_of = {article: at for at, side in enumerate(sides) for article in side}
    on: dict[int, list[int]] = {}
    for article in articles:
        if article in side_of:
            on.setdefault(side_of[article], []).append(article)
    if len(on) < 2:
        return [articles]
    most = max(on, key=lambda side: (len(on[side]), -side))
    on[most] += [article for article in articles if article not in side_of]
    return [tuple(sorted(piece)) for piece in on.values()]


def _event_articles(decision: Decision) -> Iterator[int]:
    yield from (*decision.one_event, *decision.one_group, *decision.unless)
    yield from chain.from_iterable(decision.sides)


def as_singletons(articles: ArticleKeys) -> tuple[ArticleKeys, ...]:
    return tuple((article,) for article in articles)


def _component_members(component_of: Mapping[int, int]) -> dict[int, ArticleKeys]:
    members: dict[int, list[int]] = {}
    for article, name in component_of.items():
        members.setdefault(name, []).append(article)
    return {name: tuple(articles) for name, articles in members.items()}


def _cannot_links(
    component_of: Mapping[int, int], separated: Iterable[Sequence[ArticleKeys]]
) -> dict[int, frozenset[int]]:
    enemies: dict[int, set[int]] = {}
    for sides in separated:
        there = [{component_of[article] for article in side} for side in sides]
        for here, others in combinations(there, 2):
            for name in here:
                enemies.setdefault(name, set()).update(others)
            for name in others:
                enemies.setdefault(name, set()).update(here)
    return {name: frozenset(others) for name, others in enemies.items()}
