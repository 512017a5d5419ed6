"""What people decided, as conditions that every automatic step keeps.

A decision says of articles that they belong together, or apart, as events or as reprints. All that
stand are brought together in `Bonds`, which the index obeys. A decision that the others leave no
room for is found out here before it is made, and with it those that stand in its way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations
from typing import Final

Articles = tuple[int, ...]


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
    locked : int or None
        An event that takes and loses no groups by itself.
    chosen : int or None
        The article that stands for its group.
    """

    number: int
    one_event: Articles = ()
    one_group: Articles = ()
    unless: Articles = ()
    sides: tuple[Articles, ...] = ()
    distinct: Articles = ()
    locked: int | None = None
    chosen: int | None = None

    @property
    def articles(self) -> frozenset[int]:
        """All articles that are named."""
        named = (self.one_event, self.one_group, self.unless, self.distinct, *self.sides)
        chosen = () if self.chosen is None else (self.chosen,)
        return frozenset(chain(*named, chosen))

    def about(self, articles: Collection[int]) -> Decision:
        """What it says of some articles only."""

        def some(named: Articles) -> Articles:
            return tuple(article for article in named if article in articles)

        return Decision(
            self.number,
            some(self.one_event),
            some(self.one_group),
            some(self.unless),
            tuple(side for each in self.sides if (side := some(each))),
            some(self.distinct),
            self.locked,
            self.chosen if self.chosen in articles else None,
        )


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two articles that can't be together and apart.

    Attributes
    ----------
    articles : tuple of int
        The two.
    decisions : tuple of int
        Those that together leave no room, the newest first.
    """

    articles: tuple[int, int]
    decisions: Articles


def without(decisions: Iterable[Decision], article: int) -> list[Decision]:
    """What decisions say once an article is gone."""
    return [
        one.about(one.articles - {article}) if article in one.articles else one for one in decisions
    ]


class Sets:
    """Disjoint sets; each goes by its least element."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def find(self, element: int) -> int:
        """The name of the set that an element is in."""
        parent = self._parent
        root = element
        while (above := parent.get(root, root)) != root:
            root = above
        while element != root:
            parent[element], element = root, parent.get(element, element)
        return root

    def unite(self, elements: Iterable[int]) -> None:
        """Bring the sets of some elements together."""
        roots = sorted({self.find(element) for element in elements})
        self._parent.update(dict.fromkeys(roots, roots[0] if roots else 0))


@dataclass(frozen=True, slots=True)
class Bonds:
    """All conditions that stand.

    Attributes
    ----------
    camp_of : dict of int to int
        Articles that are in one event have one camp; those that nothing is said of have none.
    camps : dict of int to tuple of int
        The articles of each camp.
    apart : dict of int to frozenset of int
        Camps that are never in one event with a camp.
    circle_of, circles, distinct
        The same for reprints.
    locked : frozenset of int
        Events.
    chosen : dict of int to int
        Articles that stand for their groups; among several in one group the one that was chosen
        last, by the number of the decision.
    articles : frozenset of int
        All articles of which something is said.
    """

    camp_of: Mapping[int, int] = field(default_factory=dict)
    camps: Mapping[int, Articles] = field(default_factory=dict)
    apart: Mapping[int, frozenset[int]] = field(default_factory=dict)
    circle_of: Mapping[int, int] = field(default_factory=dict)
    circles: Mapping[int, Articles] = field(default_factory=dict)
    distinct: Mapping[int, frozenset[int]] = field(default_factory=dict)
    locked: frozenset[int] = frozenset()
    chosen: Mapping[int, int] = field(default_factory=dict)
    articles: frozenset[int] = frozenset()

    @classmethod
    def of(cls, decisions: Iterable[Decision]) -> Bonds:
        """What some decisions come to.

        Parameters
        ----------
        decisions : iterable of Decision
            Such that `conflict` finds none.
        """
        found = sorted(decisions, key=lambda one: one.number)
        events, groups = _events(found), _groups(found)
        named = {article for one in found for article in _of_events(one)}
        reprints = {article for one in found for article in (*one.one_group, *one.distinct)}
        chosen = {one.chosen: one.number for one in found if one.chosen is not None}
        camp_of = {article: events.find(article) for article in sorted(named)}
        circle_of = {article: groups.find(article) for article in sorted(reprints)}
        return cls(
            camp_of,
            _members(camp_of),
            _enemies(camp_of, (one.sides for one in found)),
            circle_of,
            _members(circle_of),
            _enemies(circle_of, (_one_by_one(one.distinct) for one in found)),
            frozenset(one.locked for one in found if one.locked is not None),
            chosen,
            frozenset(chain(named, reprints, chosen)),
        )


NOTHING: Final = Bonds()


def conflict(decisions: Iterable[Decision], groups: Iterable[Articles] = ()) -> Conflict | None:
    """Find out whether some decisions leave room for one another.

    Parameters
    ----------
    decisions : iterable of Decision
    groups : iterable of tuple of int
        Articles that are reprints of one another as things are, and so in one event.

    Returns
    -------
    Conflict or None
        The first that is found.
    """
    found = sorted(decisions, key=lambda one: one.number)
    reprints = list(groups)
    events, circles = _events(found), _groups(found)
    for group in reprints:
        events.unite(group)
    for one in found:
        for first, second in _meeting(one.sides, events):
            return _explain(found, reprints, one, (first, second))
        for first, second in _meeting(_one_by_one(one.distinct), circles):
            return _explain(found, [], one, (first, second))
    return None


def _events(decisions: Sequence[Decision]) -> Sets:
    events = Sets()
    for _, tie in _ties(decisions):
        events.unite(tie)
    return events


def _ties(decisions: Sequence[Decision]) -> Iterator[tuple[int, Articles]]:
    """Decisions with the articles that each ties into one event, now that all were made."""
    separating: dict[int, list[int]] = {}
    for at, one in enumerate(decisions):
        for article in chain.from_iterable(one.sides):
            separating.setdefault(article, []).append(at)
    for at, one in enumerate(decisions):
        later = {it for article in one.unless for it in separating.get(article, ()) if it > at}
        parts = [one.unless]
        for other in sorted(later):
            parts = [piece for part in parts for piece in _cut(part, decisions[other].sides)]
        tied = (one.one_event, one.one_group, *parts)
        yield from ((one.number, tie) for tie in tied if len(tie) > 1)


def _groups(decisions: Iterable[Decision]) -> Sets:
    groups = Sets()
    for one in decisions:
        groups.unite(one.one_group)
    return groups


def _cut(part: Articles, sides: Sequence[Articles]) -> list[Articles]:
    """Divide articles by the sides they are on; those on none stay with the most."""
    side_of = {article: at for at, side in enumerate(sides) for article in side}
    on: dict[int, list[int]] = {}
    for article in part:
        if article in side_of:
            on.setdefault(side_of[article], []).append(article)
    if len(on) < 2:
        return [part]
    most = max(on, key=lambda side: (len(on[side]), -side))
    on[most] += [article for article in part if article not in side_of]
    return [tuple(sorted(piece)) for piece in on.values()]


def _of_events(decision: Decision) -> Iterator[int]:
    yield from (*decision.one_event, *decision.one_group, *decision.unless)
    yield from chain.from_iterable(decision.sides)


def _one_by_one(articles: Articles) -> tuple[Articles, ...]:
    return tuple((article,) for article in articles)


def _members(set_of: Mapping[int, int]) -> dict[int, Articles]:
    members: dict[int, list[int]] = {}
    for article, name in set_of.items():
        members.setdefault(name, []).append(article)
    return {name: tuple(articles) for name, articles in members.items()}


def _enemies(
    set_of: Mapping[int, int], separated: Iterable[Sequence[Articles]]
) -> dict[int, frozenset[int]]:
    enemies: dict[int, set[int]] = {}
    for sides in separated:
        there = [{set_of[article] for article in side} for side in sides]
        for here, others in combinations(there, 2):
            for name in here:
                enemies.setdefault(name, set()).update(others)
            for name in others:
                enemies.setdefault(name, set()).update(here)
    return {name: frozenset(others) for name, others in enemies.items()}


def _meeting(sides: Sequence[Articles], sets: Sets) -> Iterator[tuple[int, int]]:
    """Articles of different sides that are in one set all the same."""
    met: dict[int, tuple[int, int]] = {}
    for at, side in enumerate(sides):
        for article in side:
            there, other = met.setdefault(sets.find(article), (at, article))
            if there != at:
                yield other, article


def _explain(
    decisions: Sequence[Decision],
    groups: Sequence[Articles],
    separating: Decision,
    articles: tuple[int, int],
) -> Conflict:
    """Name the decisions on the shortest way from one article to the other."""
    steps = _steps(decisions, groups, events=bool(separating.sides))
    through = _way(steps, *articles)
    return Conflict(articles, tuple(sorted({separating.number, *through}, reverse=True)))


def _steps(
    decisions: Sequence[Decision], groups: Sequence[Articles], *, events: bool
) -> list[tuple[int | None, Articles]]:
    reprints: list[tuple[int | None, Articles]] = [(None, group) for group in groups]
    if events:
        return [*reprints, *_ties(decisions)]
    return [*reprints, *((one.number, one.one_group) for one in decisions)]


def _way(steps: Sequence[tuple[int | None, Articles]], start: int, end: int) -> set[int]:
    """The decisions along the shortest way; reprints are stepped over without one."""
    at: dict[int, list[int]] = {}
    for number, (_, articles) in enumerate(steps):
        for article in articles:
            at.setdefault(article, []).append(number)
    before: dict[int, tuple[int, int | None]] = {}
    waiting, used = deque([start]), set[int]()
    while waiting and end not in before:
        article = waiting.popleft()
        for number in at.get(article, ()):
            if number not in used:
                used.add(number)
                decision, beside = steps[number]
                fresh = [it for it in beside if it != start and it not in before]
                before.update(dict.fromkeys(fresh, (article, decision)))
                waiting.extend(fresh)
    through = set()
    while end != start:
        end, decision = before[end]
        if decision is not None:
            through.add(decision)
    return through
