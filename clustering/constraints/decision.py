"""Must-link and cannot-link constraints that follow from editors' decisions.

A decision says that articles belong together or apart, as an event or as near-duplicates. The
active decisions make up one `ConstraintSet`, which every automatic step of the index satisfies.
`clustering.constraints.conflicts` checks a new decision for contradictions before it is made.
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
    """The constraints that one decision sets, by the keys of articles.

    Attributes
    ----------
    number : int
        Decisions are numbered in the order in which they were made.
    one_event, one_group : tuple of int
        Articles that are in one event, or near-duplicates of each other.
    unless : tuple of int
        Articles that are in one event unless a later decision puts them on different sides.
    sides : tuple of tuple of int
        Articles of different sides are never in one event, and so never near-duplicates.
    distinct : tuple of int
        Articles of which no two are near-duplicates.
    locked_event : int or None
        An event that automatic steps do not add groups to or remove groups from.
    chosen : int or None
        The canonical article of its group, as an editor chose it.
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
        """All articles that the decision names."""
        named = (self.one_event, self.one_group, self.unless, self.distinct, *self.sides)
        chosen = () if self.chosen is None else (self.chosen,)
        return frozenset(chain(*named, chosen))

    def restricted_to(self, articles: Collection[int]) -> Decision:
        """Return the decision with all other articles left out."""

        def restrict(named: ArticleKeys) -> ArticleKeys:
            return tuple(article for article in named if article in articles)

        return Decision(
            self.number,
            restrict(self.one_event),
            restrict(self.one_group),
            restrict(self.unless),
            tuple(restricted for side in self.sides if (restricted := restrict(side))),
            restrict(self.distinct),
            self.locked_event,
            self.chosen if self.chosen in articles else None,
        )


def without_article(decisions: Iterable[Decision], article: int) -> list[Decision]:
    """Return the decisions with one article left out."""
    return [
        decision.restricted_to(decision.articles - {article})
        if article in decision.articles
        else decision
        for decision in decisions
    ]


@dataclass(frozen=True, slots=True)
class ConstraintSet:
    """All constraints in force.

    Articles that are must-linked form a component, named by its smallest article.

    Attributes
    ----------
    event_component_of : dict of int to int
        The component of each article that a constraint on events names.
    event_components : dict of int to tuple of int
        The articles of each component.
    cannot_link_events : dict of int to frozenset of int
        For each component, the components that are never in one event with it.
    duplicate_component_of, duplicate_components, cannot_link_duplicates
        The same for near-duplicates.
    locked_events : frozenset of int
        Numbers of locked events.
    chosen_canonical : dict of int to int
        Articles that editors chose as canonical, with the number of the decision. Among several in
        one group the latest decision counts.
    articles : frozenset of int
        All articles that a constraint names.
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
        """Derive the constraints from decisions.

        Parameters
        ----------
        decisions : iterable of Decision
            Without contradictions: `find_conflict` returns None for them.
        """
        in_order = sorted(decisions, key=lambda decision: decision.number)
        events, duplicates = unite_events(in_order), unite_duplicates(in_order)
        in_events = {key for decision in in_order for key in _event_articles(decision)}
        in_duplicates = {
            key for decision in in_order for key in (*decision.one_group, *decision.distinct)
        }
        chosen = {
            decision.chosen: decision.number for decision in in_order if decision.chosen is not None
        }
        event_component_of = {key: events.find(key) for key in sorted(in_events)}
        duplicate_component_of = {key: duplicates.find(key) for key in sorted(in_duplicates)}
        locked = (decision.locked_event for decision in in_order)
        return cls(
            event_component_of,
            _component_members(event_component_of),
            _cannot_links(event_component_of, (decision.sides for decision in in_order)),
            duplicate_component_of,
            _component_members(duplicate_component_of),
            _cannot_links(
                duplicate_component_of, (as_singletons(decision.distinct) for decision in in_order)
            ),
            frozenset(event for event in locked if event is not None),
            chosen,
            frozenset(chain(in_events, in_duplicates, chosen)),
        )


NO_CONSTRAINTS: Final = ConstraintSet()


def unite_events(decisions: Sequence[Decision]) -> UnionFind:
    """Return the components of articles that are must-linked as one event."""
    events = UnionFind()
    for _, linked in event_must_links(decisions):
        events.union(linked)
    return events


def event_must_links(decisions: Sequence[Decision]) -> Iterator[tuple[int, ArticleKeys]]:
    """Yield each set of articles that is must-linked as one event, with the decision's number.

    Later decisions that separate articles divide an earlier `unless`.
    """
    separating: dict[int, list[int]] = {}
    for index, decision in enumerate(decisions):
        for article in chain.from_iterable(decision.sides):
            separating.setdefault(article, []).append(index)
    for index, decision in enumerate(decisions):
        later = {
            later_index
            for article in decision.unless
            for later_index in separating.get(article, ())
            if later_index > index
        }
        parts = [decision.unless]
        for later_index in sorted(later):
            sides = decisions[later_index].sides
            parts = [piece for part in parts for piece in _split_by_sides(part, sides)]
        linked = (decision.one_event, decision.one_group, *parts)
        yield from ((decision.number, articles) for articles in linked if len(articles) > 1)


def unite_duplicates(decisions: Iterable[Decision]) -> UnionFind:
    """Return the components of articles that are must-linked as near-duplicates."""
    duplicates = UnionFind()
    for decision in decisions:
        duplicates.union(decision.one_group)
    return duplicates


def as_singletons(articles: ArticleKeys) -> tuple[ArticleKeys, ...]:
    """Return articles as sides of one article each."""
    return tuple((article,) for article in articles)


def _split_by_sides(articles: ArticleKeys, sides: Sequence[ArticleKeys]) -> list[ArticleKeys]:
    """Divide articles by the sides they are on; articles on no side stay with the largest part."""
    side_of = {article: side for side, named in enumerate(sides) for article in named}
    parts: dict[int, list[int]] = {}
    for article in articles:
        if article in side_of:
            parts.setdefault(side_of[article], []).append(article)
    if len(parts) < 2:
        return [articles]
    largest = max(parts, key=lambda side: (len(parts[side]), -side))
    parts[largest] += [article for article in articles if article not in side_of]
    return [tuple(sorted(part)) for part in parts.values()]


def _event_articles(decision: Decision) -> Iterator[int]:
    """Yield the articles for which the decision constrains events."""
    yield from (*decision.one_event, *decision.one_group, *decision.unless)
    yield from chain.from_iterable(decision.sides)


def _component_members(component_of: Mapping[int, int]) -> dict[int, ArticleKeys]:
    members: dict[int, list[int]] = {}
    for article, component in component_of.items():
        members.setdefault(component, []).append(article)
    return {component: tuple(articles) for component, articles in members.items()}


def _cannot_links(
    component_of: Mapping[int, int], separated: Iterable[Sequence[ArticleKeys]]
) -> dict[int, frozenset[int]]:
    """Return, for each component, the components that decisions separate it from."""
    cannot_links: dict[int, set[int]] = {}
    for sides in separated:
        components = [{component_of[article] for article in side} for side in sides]
        for first, second in combinations(components, 2):
            for component in first:
                cannot_links.setdefault(component, set()).update(second)
            for component in second:
                cannot_links.setdefault(component, set()).update(first)
    return {component: frozenset(linked) for component, linked in cannot_links.items()}
