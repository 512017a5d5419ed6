"""Duplicate groups and events of a few files, judged without a store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from clustering.batch import assign
from clustering.canonical import EARLIEST, CanonicalRule
from clustering.model import Assignment
from service import ids
from service.dates import moment
from service.readers import Found

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
class Placed:
    """An article with its group and event: a row of a flat table."""

    article_id: str
    duplicate_group_id: str
    event_id: str
    title: str
    source: str | None
    published_at: datetime | None
    origin: str


def cluster(found: Iterable[Found], canonical: CanonicalRule = EARLIEST) -> list[Event]:
    """Find the duplicate groups and events of some articles, as a fresh service would.

    Of several articles with one identity only the last counts: a newer version.

    Parameters
    ----------
    found : iterable of Found
    canonical : CanonicalRule
        Which article stands for a group.

    Returns
    -------
    list of Event
        The largest first.
    """
    latest = {each.received.id: each for each in found}
    by_key = dict(enumerate(latest.values(), start=1))
    by_event: defaultdict[int, list[Assignment]] = defaultdict(list)
    articles = (each.received.to_article(key) for key, each in by_key.items())
    for assignment in assign(articles, canonical).values():
        by_event[assignment.event].append(assignment)
    events = [_event(members, by_key) for members in by_event.values()]
    return sorted(events, key=lambda event: -event.size)


def flat(events: Iterable[Event]) -> Iterator[Placed]:
    """Yield every article of the events as a row."""
    for event in events:
        for group in event.groups:
            for member in group.articles:
                yield Placed(
                    article_id=member.article_id,
                    duplicate_group_id=group.duplicate_group_id,
                    event_id=event.event_id,
                    title=member.title,
                    source=member.source,
                    published_at=member.published_at,
                    origin=member.origin,
                )


def _event(members: Sequence[Assignment], by_key: Mapping[int, Found]) -> Event:
    by_group: defaultdict[int, list[Assignment]] = defaultdict(list)
    for member in members:
        by_group[member.group].append(member)
    groups = tuple(_group(copies, by_key) for copies in by_group.values())
    return Event(
        event_id=ids.encode("e", members[0].event),
        headline=groups[0].articles[0].title,
        size=len(members),
        groups=groups,
    )


def _group(copies: Sequence[Assignment], by_key: Mapping[int, Found]) -> Group:
    canonical_first = sorted(copies, key=lambda copy: copy.duplicate_of is not None)
    articles = tuple(_member(by_key[copy.article]) for copy in canonical_first)
    return Group(
        duplicate_group_id=ids.encode("g", copies[0].group),
        canonical_article_id=articles[0].article_id,
        articles=articles,
    )


def _member(found: Found) -> Member:
    received = found.received
    return Member(
        article_id=received.id,
        title=received.title.strip() or received.text.strip()[:_EXCERPT_CHARS],
        source=received.source,
        published_at=None if received.published is None else moment(received.published),
        origin=found.origin,
    )
