"""What the pages show beyond the API's answers: hours, full texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Label, func, select

from service.dates import moment
from service.store import Store
from service.store.tables import articles, assignments, texts

HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsPerHour:
    """How many events had an article published in each hour (POSIX seconds // 3600)."""

    last: datetime
    counts: Mapping[int, int]


def events_per_hour(store: Store, until: datetime, hours: int = 72) -> EventsPerHour | None:
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
            .where(published.between((last // HOUR - hours + 1) * HOUR, last))
        )
        reports = {(number, int(at // HOUR)) for number, at in connection.execute(query)}
    return EventsPerHour(last=moment(last), counts=Counter(hour for _, hour in reports))


def full_texts(store: Store, article_ids: Sequence[str], longest: int) -> dict[str, str]:
    """Return the texts of at most a page of articles by id, cut after `longest` characters."""
    query = (
        select(articles.c.id, _beginning(texts.c.text, longest))
        .join(texts, texts.c.key == articles.c.key)
        .where(articles.c.id.in_(article_ids))
    )
    with store.reading() as connection:
        return {row.id: row.beginning for row in connection.execute(query)}


def _beginning(text: Column[str], longest: int) -> Label[str]:
    return func.substr(text, 1, longest).label("beginning")
