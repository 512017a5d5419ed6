"""Lists of events by newest article, and counts of the whole store."""

from __future__ import annotations

import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, func, select, tuple_

from service.common import ids
from service.common.dates import from_timestamp
from service.common.errors import InvalidInputError
from service.common.validation import FieldError
from service.queries.views import EVENT_CURSOR_PATTERN, EventFilter, EventPage, EventSummary, Stats
from service.store import Store, schema

_CURSOR_FORMAT: Final = struct.Struct(">dq2x")  # 18 bytes: no padding in base64
_SORT_KEY: Final = tuple_(schema.events.c.last_seen, schema.events.c.number)


class BadCursorError(InvalidInputError):
    """A cursor that this service did not create."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.field_errors = (FieldError("cursor", message),)


def list_events(
    store: Store, filters: EventFilter, cursor: str | None = None, limit: int = 50
) -> EventPage:
    """List events, newest (by `last_seen`) first.

    Raises
    ------
    BadCursorError
    """
    newest_first = schema.events.c.last_seen.desc(), schema.events.c.number.desc()
    conditions = _filter_conditions(filters)
    query = select(schema.events).where(*conditions).order_by(*newest_first).limit(limit + 1)
    if cursor is not None:
        query = query.where(_decode_cursor(cursor) > _SORT_KEY)
    with store.reading() as connection:
        rows = connection.execute(query).all()
    has_more = len(rows) > limit
    return EventPage(
        items=tuple(EventSummary(**summary_fields(row)) for row in rows[:limit]),
        next_cursor=_encode_cursor(rows[limit - 1]) if has_more else None,
    )


def find_newer_cursor(
    store: Store, filters: EventFilter, cursor: str, limit: int = 50
) -> str | None:
    """Return the cursor of the page before that of `cursor`.

    Returns
    -------
    str or None
        None if the page before is the first, which has no cursor.

    Raises
    ------
    BadCursorError
    """
    oldest_first = schema.events.c.last_seen, schema.events.c.number
    query = (
        select(schema.events)
        .where(*_filter_conditions(filters), _decode_cursor(cursor) <= _SORT_KEY)
        .order_by(*oldest_first)
        .limit(limit + 1)
    )
    with store.reading() as connection:
        rows = connection.execute(query).all()
    return _encode_cursor(rows[limit]) if len(rows) > limit else None


def get_stats(store: Store) -> Stats:
    """Count the articles, duplicate groups and events of the store."""
    is_open = schema.events.c.state == "open"
    with store.reading() as connection:
        n_articles, n_groups, n_events = connection.execute(
            select(
                func.coalesce(func.sum(schema.events.c.size), 0),
                func.coalesce(func.sum(schema.events.c.group_count), 0),
                func.count(),
            ).where(is_open)
        ).one()
    return Stats(articles=n_articles, duplicate_groups=n_groups, events=n_events)


def summary_fields(row: Row[Any]) -> dict[str, Any]:
    """Return the fields of an `EventSummary` from a row of `events`."""
    return {
        "event_id": ids.encode("e", row.number),
        "headline": row.headline,
        "state": row.state,
        "size": row.size,
        "group_count": row.group_count,
        "first_seen": from_timestamp(row.first_seen),
        "last_seen": from_timestamp(row.last_seen),
        "sources": tuple(row.sources.split("\n")[1:-1]),
        "independent_sources": row.independent_sources,
        "languages": tuple(row.languages.split("\n")[1:-1]),
        "key_terms": tuple(row.key_terms.split("\n")) if row.key_terms else (),
    }


def _filter_conditions(filters: EventFilter) -> Iterator[ColumnElement[bool]]:
    columns = schema.events.c
    yield columns.state == filters.state
    if filters.since is not None:
        yield columns.last_seen >= filters.since.timestamp()
    if filters.until is not None:
        yield columns.first_seen < filters.until.timestamp()
    if filters.min_size > 1:
        yield columns.size >= filters.min_size
    for word in (filters.q or "").casefold().split():
        yield columns.search.contains(word, autoescape=True)
    if filters.source is not None:
        yield columns.sources.contains(f"\n{filters.source}\n", autoescape=True)
    if filters.language is not None:
        yield columns.languages.contains(f"\n{filters.language.lower()}\n", autoescape=True)


def _encode_cursor(row: Row[Any]) -> str:
    return urlsafe_b64encode(_CURSOR_FORMAT.pack(row.last_seen, row.number)).decode()


def _decode_cursor(cursor: str) -> Any:
    if not re.fullmatch(EVENT_CURSOR_PATTERN, cursor):
        raise BadCursorError("not a cursor of this service")
    return tuple_(*_CURSOR_FORMAT.unpack(urlsafe_b64decode(cursor)))
