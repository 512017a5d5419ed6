"""Queries for pages only: events per hour, and full texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Label, func, select

from service.common.dates import from_timestamp
from service.store import Store
from service.store.schema import articles, assignments, texts

SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsPerHour:
    """Number of events with an article published in each hour (POSIX seconds // 3600)."""

    last: datetime
    counts: Mapping[int, int]


def count_events_per_hour(store: Store, until: datetime, hours: int = 72) -> EventsPerHour | None:
    """Count events by hour, over the hours up to the newest article published until then.

    Articles without a date of publication do not count: many of them, received at once, would hide
    all other hours.

    Parameters
    ----------
    store : Store
    until : datetime
        Articles published later do not count.
    hours : int

    Returns
    -------
    EventsPerHour or None
        None if no article has such a date.
    """
    published = articles.c.published
    with store.reading() as connection:
        is_past = published <= until.timestamp()
        last = connection.scalar(select(func.max(published)).where(is_past))
        if last is None:
            return None
        query = (
            select(assignments.c.event_number, published)
            .join(articles, articles.c.key == assignments.c.key)
            .where(
                published.between((last // SECONDS_PER_HOUR - hours + 1) * SECONDS_PER_HOUR, last)
            )
        )
        event_hours = {
            (event, int(seconds // SECONDS_PER_HOUR))
            for event, seconds in connection.execute(query)
        }
    counts = Counter(hour for _, hour in event_hours)
    return EventsPerHour(last=from_timestamp(last), counts=counts)


def load_texts(store: Store, article_ids: Sequence[str], max_chars: int) -> dict[str, str]:
    """Return the texts of a page of articles by id, each cut after `max_chars` characters."""
    query = (
        select(articles.c.id, _text_prefix(texts.c.text, max_chars))
        .join(texts, texts.c.key == articles.c.key)
        .where(articles.c.id.in_(article_ids))
    )
    with store.reading() as connection:
        return {row.id: row.beginning for row in connection.execute(query)}


def _text_prefix(text: Column[str], max_chars: int) -> Label[str]:
    return func.substr(text, 1, max_chars).label("beginning")
