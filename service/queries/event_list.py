"""What a list shows of its events besides their summaries: headlines, growth and review marks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, or_, select

from service.common import ids
from service.common.dates import from_timestamp
from service.store import Store, schema

GROWTH_HOURS: Final = 3
"""Hours over which the growth of an event is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDetails:
    """Details of one event in a list."""

    first_title: str = ""
    """Title of the earliest text."""
    newest_title: str = ""
    """Title of the latest text."""
    newest_source: str | None = None
    growth: int = 0
    """Articles published in the last `GROWTH_HOURS` before the newest article of the store."""
    reviewed_by: str | None = None
    """Who has reviewed the event since it last changed."""


def find_newest_time(store: Store) -> datetime | None:
    """Return when the newest article with a date was published; None in an empty store.

    An archive with a few undated articles is not of the day on which it was received. If no article
    has a date, it is when the last one was received.
    """
    last_seen = select(func.max(schema.events.c.last_seen)).where(schema.events.c.state == "open")
    with store.reading() as connection:
        newest = connection.scalar(select(func.max(schema.articles.c.published)))
        newest = connection.scalar(last_seen) if newest is None else newest
    return None if newest is None else from_timestamp(newest)


def find_event_details(
    store: Store, event_ids: Sequence[str], newest: datetime
) -> dict[str, EventDetails]:
    """Return the details of the events of one page.

    Parameters
    ----------
    store : Store
    event_ids : sequence of str
    newest : datetime
        When the newest article of the store was seen.
    """
    numbers = [ids.decode("e", event_id) or 0 for event_id in event_ids]
    since = (newest - timedelta(hours=GROWTH_HOURS)).timestamp()
    with store.reading() as connection:
        titles = _find_titles(connection, numbers)
        growth = _to_dict(connection, _growth_query(numbers, since))
        reviewed = _to_dict(connection, _reviewed_query(numbers))
    return {
        ids.encode("e", number): replace(
            titles[number], growth=growth.get(number, 0), reviewed_by=reviewed.get(number)
        )
        for number in numbers
    }


def _to_dict(connection: Connection, query: Select[Any]) -> dict[int, Any]:
    return {row[0]: row[1] for row in connection.execute(query)}


def _find_titles(connection: Connection, numbers: Sequence[int]) -> dict[int, EventDetails]:
    texts_of = defaultdict(list)
    for row in connection.execute(_first_and_newest_query(numbers)):
        texts_of[row.event_number].append(row)
    return {number: _to_titles(texts_of[number]) for number in numbers}


def _to_titles(rows: Sequence[Row[Any]]) -> EventDetails:
    if not rows:
        return EventDetails()
    return EventDetails(
        first_title=rows[0].title, newest_title=rows[-1].title, newest_source=rows[-1].source
    )


def _first_and_newest_query(numbers: Sequence[int]) -> Select[Any]:
    """Select the canonical articles that were seen first or last in each event, in this order."""
    groups = schema.group_summaries.c
    times = (
        select(
            groups.event_number,
            func.min(groups.seen).label("first"),
            func.max(groups.seen).label("newest"),
        )
        .where(groups.event_number.in_(numbers))
        .group_by(groups.event_number)
        .subquery()
    )
    return (
        select(groups.event_number, schema.articles.c.title, schema.articles.c.source)
        .join_from(times, schema.group_summaries, groups.event_number == times.c.event_number)
        .join(schema.articles, schema.articles.c.key == groups.key)
        .where(or_(groups.seen == times.c.first, groups.seen == times.c.newest))
        .order_by(groups.seen, groups.key)
    )


def _growth_query(numbers: Sequence[int], since: float) -> Select[Any]:
    event_number = schema.assignments.c.event_number
    return (
        select(event_number, func.count())
        .join(schema.articles, schema.articles.c.key == schema.assignments.c.key)
        .where(event_number.in_(numbers), schema.articles.c.published > since)
        .group_by(event_number)
    )


def _reviewed_query(numbers: Sequence[int]) -> Select[Any]:
    columns = schema.reviewed_events.c
    return select(columns.number, columns.actor).where(columns.number.in_(numbers))
