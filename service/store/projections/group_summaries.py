"""Summaries of duplicate groups: the canonical article, and the outlet or agency of the text.

The rows follow from the articles. They are stored so that an event that grows need not be read as a
whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, select

from service.store import bulk
from service.store.projections import ranking
from service.store.projections.article_rows import ArticleSummary
from service.store.schema import group_summaries


class GroupSummary(NamedTuple):
    """A row of `group_summaries`."""

    group_number: int
    event_number: int
    key: int
    """Key of the canonical article."""
    seen: float
    """When the canonical article was published, or else received (POSIX seconds)."""
    attribution: str
    """The wire agency of the text, else the outlet of the canonical article."""


def summarise_groups(articles: Iterable[ArticleSummary]) -> list[GroupSummary]:
    """Summarise the duplicate groups of an event.

    Parameters
    ----------
    articles : iterable of ArticleSummary
        All articles of the groups, in order of time.

    Returns
    -------
    list of GroupSummary
        In order of time.
    """
    groups: defaultdict[int, list[ArticleSummary]] = defaultdict(list)
    for article in articles:
        groups[article.group].append(article)
    summaries = (_summarise_group(group, members) for group, members in groups.items())
    return sorted(summaries, key=attrgetter("seen", "key"))


def insert_summaries(connection: Connection, summaries: Iterable[GroupSummary]) -> None:
    """Store the summaries of groups that have none yet."""
    bulk.insert(connection, group_summaries, [summary._asdict() for summary in summaries])


def replace_summaries(
    connection: Connection, event_numbers: Iterable[int], summaries: Iterable[GroupSummary]
) -> None:
    """Replace the summaries of all groups of events."""
    stored = load_by_event(connection, event_numbers)
    current = {summary.group_number: summary for summary in summaries}
    for numbers in bulk.chunked(stored.keys() - current.keys()):
        connection.execute(
            delete(group_summaries).where(group_summaries.c.group_number.in_(numbers))
        )
    insert_summaries(connection, (current[group] for group in current.keys() - stored.keys()))
    changed = [
        current[group]
        for group in current.keys() & stored.keys()
        if current[group] != stored[group]
    ]
    bulk.update(connection, group_summaries, [summary._asdict() for summary in changed])


def load_by_group(connection: Connection, groups: Iterable[int]) -> dict[int, GroupSummary]:
    """Return the summaries of those of the given groups that have one, by group."""
    return _load(connection, group_summaries.c.group_number, groups)


def load_by_event(connection: Connection, event_numbers: Iterable[int]) -> dict[int, GroupSummary]:
    """Return the summaries of all groups of events, by group."""
    return _load(connection, group_summaries.c.event_number, event_numbers)


def load_canonical_keys(connection: Connection, event: int) -> Sequence[int]:
    """Return the canonical articles of the groups of an event, in order of time."""
    columns = group_summaries.c
    query = select(columns.key).where(columns.event_number == event)
    return connection.scalars(query.order_by(columns.seen, columns.key)).all()


def count_attributions(connection: Connection, event: int) -> int:
    """Count the distinct attributions of an event: its independent sources."""
    columns = group_summaries.c
    query = select(func.count(columns.attribution.distinct())).where(columns.event_number == event)
    return connection.scalar(query) or 0


def rank_event(connection: Connection, event: int, last_seen: float) -> float:
    """Return the rank of an event, whose newest article was seen at a time (POSIX seconds)."""
    columns = group_summaries.c
    query = (
        select(func.max(columns.seen))
        .where(columns.event_number == event)
        .group_by(columns.attribution)
    )
    return ranking.rank(connection.scalars(query), last_seen)


def _load(
    connection: Connection, column: ColumnElement[int], numbers: Iterable[int]
) -> dict[int, GroupSummary]:
    rows = bulk.select_in(connection, select(group_summaries), column, numbers)
    return {row.group_number: GroupSummary._make(row) for row in rows}


def _summarise_group(group: int, members: Sequence[ArticleSummary]) -> GroupSummary:
    canonical_first = sorted(members, key=lambda member: member.duplicate_of is not None)
    canonical = canonical_first[0]
    return GroupSummary(
        group,
        canonical.event,
        canonical.key,
        canonical.seen,
        _attribute_group(group, canonical_first),
    )


def _attribute_group(group: int, members: Sequence[ArticleSummary]) -> str:
    """Return the wire agency of a text, else the outlet of its canonical article."""
    wire_agency = next((member.wire_agency for member in members if member.wire_agency), None)
    source = next((member.source for member in members if member.source), None)
    return wire_agency or source or f"\n{group}"  # no name begins with a line break
