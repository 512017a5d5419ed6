"""Contradictions between decisions, with the path."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from clustering.constraints.decision import (
    ArticleKeys,
    Decision,
    as_singletons,
    event_must_links,
    unite_duplicates,
    unite_events,
)
from clustering.constraints.union_find import UnionFind


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
    decisions: ArticleKeys


def find_conflict(
    decisions: Iterable[Decision], groups: Iterable[ArticleKeys] = ()
) -> Conflict | None:
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
    events, circles = unite_events(found), unite_duplicates(found)
    for group in reprints:
        events.union(group)
    for one in found:
        for first, second in _find_violations(one.sides, events):
            return _explain_conflict(found, reprints, one, (first, second))
        for first, second in _find_violations(as_singletons(one.distinct), circles):
            return _explain_conflict(found, [], one, (first, second))
    return None


def _find_violations(
    sides: Sequence[ArticleKeys], components: UnionFind
) -> Iterator[tuple[int, int]]:
    """Articles of different sides that are in one set all the same."""
    met: dict[int, tuple[int, int]] = {}
    for at, side in enumerate(sides):
        for article in side:
            there, other = met.setdefault(components.find(article), (at, article))
            if there != at:
                yield other, article


def _explain_conflict(
    decisions: Sequence[Decision],
    groups: Sequence[ArticleKeys],
    separating: Decision,
    articles: tuple[int, int],
) -> Conflict:
    """Name the decisions on the shortest way from one article to the other."""
    steps = _collect_must_links(decisions, groups, for_events=bool(separating.sides))
    through = _shortest_path(steps, *articles)
    return Conflict(articles, tuple(sorted({separating.number, *through}, reverse=True)))


def _collect_must_links(
    decisions: Sequence[Decision], groups: Sequence[ArticleKeys], *, for_events: bool
) -> list[tuple[int | None, ArticleKeys]]:
    reprints: list[tuple[int | None, ArticleKeys]] = [(None, group) for group in groups]
    if for_events:
        return [*reprints, *event_must_links(decisions)]
    return [*reprints, *((one.number, one.one_group) for one in decisions)]


def _shortest_path(
    must_links: Sequence[tuple[int | None, ArticleKeys]], start: int, end: int
) -> set[int]:
    """The decisions along the shortest way; reprints are stepped over without one."""
    at: dict[int, list[int]] = {}
    for number, (_, articles) in enumerate(must_links):
        for article in articles:
            at.setdefault(article, []).append(number)
    before: dict[int, tuple[int, int | None]] = {}
    waiting, used = deque([start]), set[int]()
    while waiting and end not in before:
        article = waiting.popleft()
        for number in at.get(article, ()):
            if number not in used:
                used.add(number)
                decision, beside = must_links[number]
                fresh = [it for it in beside if it != start and it not in before]
                before.update(dict.fromkeys(fresh, (article, decision)))
                waiting.extend(fresh)
    through = set()
    while end != start:
        end, decision = before[end]
        if decision is not None:
            through.add(decision)
    return through
