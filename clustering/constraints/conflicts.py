"""Find contradictions between decisions, and the decisions that cause them."""

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

_MustLink = tuple[int | None, ArticleKeys]
"""Linked articles, with the number of the decision; None for a duplicate group."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two articles that are both must-linked and cannot-linked.

    Attributes
    ----------
    articles : tuple of int
        The two articles.
    decisions : tuple of int
        The decisions that contradict each other, the newest first.
    """

    articles: tuple[int, int]
    decisions: ArticleKeys


def find_conflict(
    decisions: Iterable[Decision], groups: Iterable[ArticleKeys] = ()
) -> Conflict | None:
    """Check decisions for a contradiction.

    Parameters
    ----------
    decisions : iterable of Decision
    groups : iterable of tuple of int
        Current duplicate groups: their articles are in one event.

    Returns
    -------
    Conflict or None
        The first contradiction; None if there is none.
    """
    in_order = sorted(decisions, key=lambda decision: decision.number)
    duplicate_groups = list(groups)
    events, duplicates = unite_events(in_order), unite_duplicates(in_order)
    for group in duplicate_groups:
        events.union(group)
    for decision in in_order:
        for first, second in _find_violations(decision.sides, events):
            return _explain_conflict(in_order, duplicate_groups, decision, (first, second))
        for first, second in _find_violations(as_singletons(decision.distinct), duplicates):
            return _explain_conflict(in_order, [], decision, (first, second))
    return None


def _find_violations(
    sides: Sequence[ArticleKeys], components: UnionFind
) -> Iterator[tuple[int, int]]:
    """Yield pairs of articles on different sides that are in one component."""
    first_seen: dict[int, tuple[int, int]] = {}
    for side_number, side in enumerate(sides):
        for article in side:
            component = components.find(article)
            earlier_side, earlier_article = first_seen.setdefault(component, (side_number, article))
            if earlier_side != side_number:
                yield earlier_article, article


def _explain_conflict(
    decisions: Sequence[Decision],
    groups: Sequence[ArticleKeys],
    separating: Decision,
    articles: tuple[int, int],
) -> Conflict:
    """Name the decisions on the shortest path of must-links between two articles."""
    must_links = _collect_must_links(decisions, groups, for_events=bool(separating.sides))
    on_path = _shortest_path(must_links, *articles)
    return Conflict(articles, tuple(sorted({separating.number, *on_path}, reverse=True)))


def _collect_must_links(
    decisions: Sequence[Decision], groups: Sequence[ArticleKeys], *, for_events: bool
) -> list[_MustLink]:
    duplicate_links: list[_MustLink] = [(None, group) for group in groups]
    if for_events:
        return [*duplicate_links, *event_must_links(decisions)]
    return [*duplicate_links, *((decision.number, decision.one_group) for decision in decisions)]


def _shortest_path(must_links: Sequence[_MustLink], start: int, end: int) -> set[int]:
    """Return the decisions along the shortest path; duplicate groups add none."""
    links_of: dict[int, list[int]] = {}
    for link, (_, articles) in enumerate(must_links):
        for article in articles:
            links_of.setdefault(article, []).append(link)
    reached_from: dict[int, tuple[int, int | None]] = {}
    queue, used_links = deque([start]), set[int]()
    while queue and end not in reached_from:
        article = queue.popleft()
        for link in links_of.get(article, ()):
            if link not in used_links:
                used_links.add(link)
                decision, linked = must_links[link]
                new_keys = [key for key in linked if key != start and key not in reached_from]
                reached_from.update(dict.fromkeys(new_keys, (article, decision)))
                queue.extend(new_keys)
    on_path = set()
    while end != start:
        end, decision = reached_from[end]
        if decision is not None:
            on_path.add(decision)
    return on_path
