"""Duplicate groups and events of a few files, judged without a store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from clustering.pipeline.batch import assign
from clustering.state.canonical import EARLIEST, CanonicalRule
from clustering.types import Assignment
from service.common import ids
from service.common.dates import from_timestamp
from service.ingest.readers import ParsedArticle

_EXCERPT_CHARS: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An article in its group."""

    article_id: str
    title: str
    """Its title, or else its first words."""
    source: str | None
    published_at: datetime | None
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A duplicate group, the canonical article first."""

    duplicate_group_id: str
    canonical_article_id: str
    articles: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event with its duplicate groups, in order of judging."""

    event_id: str
    headline: str
    size: int
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusteredArticle:
    """An article with its group and event: a row of a flat table."""

    article_id: str
    duplicate_group_id: str
    event_id: str
    title: str
    source: str | None
    published_at: datetime | None
    origin: str


def cluster(
    parsed: Iterable[ParsedArticle], canonical_rule: CanonicalRule = EARLIEST
) -> list[Event]:
    """Find the duplicate groups and events of some articles, as a fresh service would.

    Of several articles with one identity only the last counts: a newer version.

    Parameters
    ----------
    parsed : iterable of Found
    canonical_rule : CanonicalRule
        Which article stands for a group.

    Returns
    -------
    list of Event
        The largest first.
    """
    latest = {each.article.id: each for each in parsed}
    by_key = dict(enumerate(latest.values(), start=1))
    by_event: defaultdict[int, list[Assignment]] = defaultdict(list)
    articles = (each.article.to_article(key) for key, each in by_key.items())
    for assignment in assign(articles, canonical_rule).values():
        by_event[assignment.event].append(assignment)
    events = [_build_event(members, by_key) for members in by_event.values()]
    return sorted(events, key=lambda event: -event.size)


def flatten_events(events: Iterable[Event]) -> Iterator[ClusteredArticle]:
    """Yield every article of the events as a row."""
    for event in events:
        for group in event.groups:
            for member in group.articles:
                yield ClusteredArticle(
                    article_id=member.article_id,
                    duplicate_group_id=group.duplicate_group_id,
                    event_id=event.event_id,
                    title=member.title,
                    source=member.source,
                    published_at=member.published_at,
                    origin=member.origin,
                )


def _build_event(
    assignments: Sequence[Assignment], parsed_by_key: Mapping[int, ParsedArticle]
) -> Event:
    by_group: defaultdict[int, list[Assignment]] = defaultdict(list)
    for member in assignments:
        by_group[member.group].append(member)
    groups = tuple(_build_group(copies, parsed_by_key) for copies in by_group.values())
    return Event(
        event_id=ids.encode("e", assignments[0].event),
        headline=groups[0].articles[0].title,
        size=len(assignments),
        groups=groups,
    )


def _build_group(
    assignments: Sequence[Assignment], parsed_by_key: Mapping[int, ParsedArticle]
) -> Group:
    canonical_first = sorted(assignments, key=lambda copy: copy.duplicate_of is not None)
    articles = tuple(_build_member(parsed_by_key[copy.article]) for copy in canonical_first)
    return Group(
        duplicate_group_id=ids.encode("g", assignments[0].group),
        canonical_article_id=articles[0].article_id,
        articles=articles,
    )


def _build_member(parsed: ParsedArticle) -> Member:
    received = parsed.article
    return Member(
        article_id=received.id,
        title=received.title.strip() or received.text.strip()[:_EXCERPT_CHARS],
        source=received.source,
        published_at=None if received.published is None else from_timestamp(received.published),
        origin=parsed.origin,
    )
