"""What the pages show beyond the API's answers: hours, full texts."""

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
    """How many events had an article published in each hour (POSIX seconds // 3600)."""

    last: datetime
    counts: Mapping[int, int]


def count_events_per_hour(store: Store, until: datetime, hours: int = 72) -> EventsPerHour | None:
    """Count events by hour, over the hours before the newest article published until then.

    Articles without a date do not count: a heap of them, received at once, would hide the rest.

    Returns
    -------
    EventsPerHour or None
        None where no article has such a date.
    """
    published = articles.c.published
    with store.reading() as connection:
        past = published <= until.timestamp()
        last = connection.scalar(select(func.max(published)).where(past))
        if last is None:
            return None
        query = (
            select(assignments.c.event_number, published)
            .join(articles, articles.c.key == assignments.c.key)
            .where(
                published.between((last // SECONDS_PER_HOUR - hours + 1) * SECONDS_PER_HOUR, last)
            )
        )
        reports = {
            (number, int(at // SECONDS_PER_HOUR)) for number, at in connection.execute(query)
        }
    return EventsPerHour(last=from_timestamp(last), counts=Counter(hour for _, hour in reports))


def load_texts(store: Store, article_ids: Sequence[str], max_chars: int) -> dict[str, str]:
    """Return the texts of at most a page of articles by id, cut after `max_chars` characters."""
    query = (
        select(articles.c.id, _text_prefix(texts.c.text, max_chars))
        .join(texts, texts.c.key == articles.c.key)
        .where(articles.c.id.in_(article_ids))
    )
    with store.reading() as connection:
        return {row.id: row.beginning for row in connection.execute(query)}


def _text_prefix(text: Column[str], max_chars: int) -> Label[str]:
    return func.substr(text, 1, max_chars).label("beginning")
