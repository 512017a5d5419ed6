"""Summaries of events and groups: they are those that the articles make anew."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, select

from service.common import ids
from service.integrity.finding import Finding
from service.store import bulk
from service.store.projections import event_summaries, group_summaries
from service.store.schema import events
from service.store.schema import group_summaries as group_summary_table

INVARIANT: Final = "summaries follow from the articles"


def find_outdated(connection: Connection) -> Iterator[Finding]:
    """Yield open events and groups whose stored summary is not the one of their articles."""
    numbers = connection.scalars(select(events.c.number).where(events.c.state == "open")).all()
    for chunk in bulk.chunked(numbers):
        yield from _compare_chunk(connection, dict.fromkeys(chunk))
    of_ended = (
        select(group_summary_table.c.group_number)
        .join(events, events.c.number == group_summary_table.c.event_number)
        .where(events.c.state != "open")
    )
    for group in connection.scalars(of_ended):
        yield Finding(INVARIANT, ids.encode("g", group), "is summarised in an event that has ended")


def _compare_chunk(connection: Connection, numbers: Mapping[int, None]) -> Iterator[Finding]:
    made_anew = event_summaries.summarise_events(connection, numbers)
    query = select(events)
    rows = bulk.select_in(connection, query, events.c.number, made_anew)
    for stored in rows:
        summary = made_anew[stored.number]
        differing = [
            name
            for name, value in summary.row.items()
            if not _is_same(name, getattr(stored, name), value)
        ]
        if differing:
            detail = f"differs from its articles in {', '.join(differing)}"
            yield Finding(INVARIANT, ids.encode("e", stored.number), detail)
    yield from _compare_groups(connection, made_anew)


def _compare_groups(
    connection: Connection, made_anew: Mapping[int, event_summaries.SummarisedEvent]
) -> Iterator[Finding]:
    wanted = {
        group.group_number: group for summary in made_anew.values() for group in summary.groups
    }
    stored = group_summaries.load_by_event(connection, made_anew)
    for number in sorted(wanted.keys() | stored.keys()):
        if wanted.get(number) != stored.get(number):
            detail = "differs from its articles in its summary"
            yield Finding(INVARIANT, ids.encode("g", number), detail)


def _is_same(name: str, stored: Any, made_anew: Any) -> bool:
    if name == "headline" and not made_anew:
        return True  # its text was deleted, from which it was made
    if isinstance(stored, float):
        return math.isclose(stored, made_anew, rel_tol=1e-12)
    return bool(stored == made_anew)
