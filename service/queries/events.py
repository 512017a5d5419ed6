"""Lists of events, and how much there is of everything."""

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
from service.queries.schemas import (
    EVENT_CURSOR_PATTERN,
    EventFilter,
    EventPage,
    EventSummary,
    Stats,
)
from service.store import Store, schema

_CURSOR_FORMAT: Final = struct.Struct(">dq2x")  # 18 bytes: no padding in base64
_SORT_KEY: Final = tuple_(schema.events.c.last_seen, schema.events.c.number)


class BadCursorError(InvalidInputError):
    """A cursor that this service did not make."""

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
    newest = schema.events.c.last_seen.desc(), schema.events.c.number.desc()
    query = (
        select(schema.events).where(*_filter_conditions(filters)).order_by(*newest).limit(limit + 1)
    )
    if cursor is not None:
        query = query.where(_decode_cursor(cursor) > _SORT_KEY)
    with store.reading() as transaction:
        found = transaction.execute(query).all()
    more = len(found) > limit
    return EventPage(
        items=tuple(EventSummary(**summary_fields(row)) for row in found[:limit]),
        next_cursor=_encode_cursor(found[limit - 1]) if more else None,
    )


def find_newer_cursor(
    store: Store, filters: EventFilter, cursor: str, limit: int = 50
) -> str | None:
    """Return the cursor of the page that stands before the one at `cursor`.

    Returns
    -------
    str or None
        None if the page before is the first, which has no cursor.

    Raises
    ------
    BadCursorError
    """
    place = schema.events.c.last_seen, schema.events.c.number
    query = (
        select(schema.events)
        .where(*_filter_conditions(filters), _decode_cursor(cursor) <= _SORT_KEY)
        .order_by(*place)
        .limit(limit + 1)
    )
    with store.reading() as transaction:
        found = transaction.execute(query).all()
    return _encode_cursor(found[limit]) if len(found) > limit else None


def get_stats(store: Store) -> Stats:
    """Count what is there."""
    living = schema.events.c.state == "open"
    with store.reading() as transaction:
        size, group_count, number = transaction.execute(
            select(
                func.coalesce(func.sum(schema.events.c.size), 0),
                func.coalesce(func.sum(schema.events.c.group_count), 0),
                func.count(),
            ).where(living)
        ).one()
    return Stats(articles=size, duplicate_groups=group_count, events=number)


def summary_fields(row: Row[Any]) -> dict[str, Any]:
    """Return the fields of an `EventSummary`."""
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
    listed = schema.events.c
    yield listed.state == filters.state
    if filters.since is not None:
        yield listed.last_seen >= filters.since.timestamp()
    if filters.until is not None:
        yield listed.first_seen < filters.until.timestamp()
    if filters.min_size > 1:
        yield listed.size >= filters.min_size
    for word in (filters.q or "").casefold().split():
        yield listed.search.contains(word, autoescape=True)
    if filters.source is not None:
        yield listed.sources.contains(f"\n{filters.source}\n", autoescape=True)
    if filters.language is not None:
        yield listed.languages.contains(f"\n{filters.language.lower()}\n", autoescape=True)


def _encode_cursor(row: Row[Any]) -> str:
    return urlsafe_b64encode(_CURSOR_FORMAT.pack(row.last_seen, row.number)).decode()


def _decode_cursor(cursor: str) -> Any:
    if not re.fullmatch(EVENT_CURSOR_PATTERN, cursor):
        raise BadCursorError("not a cursor of this service")
    return tuple_(*_CURSOR_FORMAT.unpack(urlsafe_b64decode(cursor)))
