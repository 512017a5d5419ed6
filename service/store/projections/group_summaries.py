"""Duplicate groups as their events count them: one report each, in one voice.

What stands here follows from the articles. It is kept beside them so that an event that grows need
not be read as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    func,
    select,
)

from service.store import bulk
from service.store.projections.article_rows import ArticleSummary
from service.store.schema import reports


class GroupSummary(NamedTuple):
    """A row: the article that stands for a group, and who speaks in it."""

    group_number: int
    event_number: int
    key: int
    seen: float
    voice: str


def summarise_groups(articles: Iterable[ArticleSummary]) -> list[GroupSummary]:
    """The reports of an event, in order of time.

    Parameters
    ----------
    articles : iterable of ArticleSummary
        All the articles of its groups, in order of time.
    """
    groups: defaultdict[int, list[ArticleSummary]] = defaultdict(list)
    for clipping in articles:
        groups[clipping.group].append(clipping)
    found = (_summarise_group(group, copies) for group, copies in groups.items())
    return sorted(found, key=attrgetter("seen", "key"))


def insert_summaries(connection: Connection, summaries: Iterable[GroupSummary]) -> None:
    """Keep reports of groups that were not there before."""
    bulk.insert(connection, reports, [report._asdict() for report in summaries])


def replace_summaries(
    connection: Connection, event_numbers: Iterable[int], summaries: Iterable[GroupSummary]
) -> None:
    """Let events have these reports and no others."""
    found = _load(connection, "event_number", event_numbers)
    now = {report.group_number: report for report in summaries}
    for some in bulk.chunked(found.keys() - now.keys()):
        connection.execute(delete(reports).where(reports.c.group_number.in_(some)))
    insert_summaries(connection, (now[group] for group in now.keys() - found.keys()))
    changed = [now[group] for group in now.keys() & found.keys() if now[group] != found[group]]
    bulk.update(connection, reports, [report._asdict() for report in changed])


def load_by_group(connection: Connection, groups: Iterable[int]) -> dict[int, GroupSummary]:
    """The reports that groups are, by group."""
    return _load(connection, "group_number", groups)


def load_canonical_keys(connection: Connection, event: int) -> Sequence[int]:
    """The articles that stand for the groups of an event, in order of time."""
    query = select(reports.c.key).where(reports.c.event_number == event)
    return connection.scalars(query.order_by(reports.c.seen, reports.c.key)).all()


def count_attributions(connection: Connection, event: int) -> int:
    """How many different voices speak in an event."""
    query = select(func.count(reports.c.voice.distinct())).where(reports.c.event_number == event)
    return connection.scalar(query) or 0


def _load(connection: Connection, column: str, numbers: Iterable[int]) -> dict[int, GroupSummary]:
    query = select(reports).where(reports.c[column].in_(bindparam("numbers", expanding=True)))
    return {
        row.group_number: GroupSummary._make(row)
        for some in bulk.chunked(numbers)
        for row in connection.execute(query, {"numbers": some})
    }


def _summarise_group(group: int, members: Sequence[ArticleSummary]) -> GroupSummary:
    canonical_first = sorted(members, key=lambda copy: copy.duplicate_of is not None)
    first = canonical_first[0]
    return GroupSummary(
        group, first.event, first.key, first.seen, _attribute_group(group, canonical_first)
    )


def _attribute_group(group: int, members: Sequence[ArticleSummary]) -> str:
    """Tell who speaks in a text: its agency, else the outlet of its canonical article."""
    origin = next((copy.origin for copy in members if copy.origin), None)
    source = next((copy.source for copy in members if copy.source), None)
    return origin or source or f"\n{group}"  # no name begins like that
