"""Duplicate groups as their events count them: one report each, in one voice.

What stands here follows from the articles. It is kept beside them so that an event that grows need
not be read as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    Float,
    Index,
    Table,
    Text,
    bindparam,
    delete,
    func,
    select,
)

from service.store import rows
from service.store.clippings import Clipping
from service.store.tables import NUMBER, metadata

# The index holds all that is asked of the reports of an event.
reports: Final = Table(
    "reports",
    metadata,
    Column("group_number", NUMBER, primary_key=True, autoincrement=False),
    Column("event_number", NUMBER, nullable=False),
    Column("key", NUMBER, nullable=False),
    Column("seen", Float, nullable=False),
    Column("voice", Text, nullable=False),
    Index("ix_reports_events", "event_number", "seen", "key", "voice"),
)


class Report(NamedTuple):
    """A row: the article that stands for a group, and who speaks in it."""

    group_number: int
    event_number: int
    key: int
    seen: float
    voice: str


def of(clippings: Iterable[Clipping]) -> list[Report]:
    """The reports of an event, in order of time.

    Parameters
    ----------
    clippings : iterable of Clipping
        All the articles of its groups, in order of time.
    """
    groups: defaultdict[int, list[Clipping]] = defaultdict(list)
    for clipping in clippings:
        groups[clipping.group].append(clipping)
    found = (_report(group, copies) for group, copies in groups.items())
    return sorted(found, key=attrgetter("seen", "key"))


def begin(transaction: Connection, new: Iterable[Report]) -> None:
    """Keep reports of groups that were not there before."""
    rows.insert(transaction, reports, [report._asdict() for report in new])


def keep(transaction: Connection, events: Iterable[int], wanted: Iterable[Report]) -> None:
    """Let events have these reports and no others."""
    found = _read(transaction, "event_number", events)
    now = {report.group_number: report for report in wanted}
    for some in rows.in_steps(found.keys() - now.keys()):
        transaction.execute(delete(reports).where(reports.c.group_number.in_(some)))
    begin(transaction, (now[group] for group in now.keys() - found.keys()))
    changed = [now[group] for group in now.keys() & found.keys() if now[group] != found[group]]
    rows.update(transaction, reports, [report._asdict() for report in changed])


def of_groups(transaction: Connection, groups: Iterable[int]) -> dict[int, Report]:
    """The reports that groups are, by group."""
    return _read(transaction, "group_number", groups)


def standing(transaction: Connection, event: int) -> Sequence[int]:
    """The articles that stand for the groups of an event, in order of time."""
    query = select(reports.c.key).where(reports.c.event_number == event)
    return transaction.scalars(query.order_by(reports.c.seen, reports.c.key)).all()


def voices(transaction: Connection, event: int) -> int:
    """How many different voices speak in an event."""
    query = select(func.count(reports.c.voice.distinct())).where(reports.c.event_number == event)
    return transaction.scalar(query) or 0


def _read(transaction: Connection, column: str, numbers: Iterable[int]) -> dict[int, Report]:
    query = select(reports).where(reports.c[column].in_(bindparam("numbers", expanding=True)))
    return {
        row.group_number: Report._make(row)
        for some in rows.in_steps(numbers)
        for row in transaction.execute(query, {"numbers": some})
    }


def _report(group: int, copies: Sequence[Clipping]) -> Report:
    canonical_first = sorted(copies, key=lambda copy: copy.duplicate_of is not None)
    first = canonical_first[0]
    return Report(group, first.event, first.key, first.seen, _voice(group, canonical_first))


def _voice(group: int, canonical_first: Sequence[Clipping]) -> str:
    """Tell who speaks in a text: its agency, else the outlet of its canonical article."""
    origin = next((copy.origin for copy in canonical_first if copy.origin), None)
    source = next((copy.source for copy in canonical_first if copy.source), None)
    return origin or source or f"\n{group}"  # no name begins like that
