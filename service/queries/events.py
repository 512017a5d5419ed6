"""Lists of events in several orders, and counts of the whole store."""

from __future__ import annotations

import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, func, select, tuple_

from service.common import ids
from service.common.dates import from_timestamp
from service.common.errors import InvalidInputError
from service.common.validation import FieldError
from service.queries import search, storylines
from service.queries.search import FoundEvents
from service.queries.views import (
    EVENT_CURSOR_PATTERN,
    EventFilter,
    EventPage,
    EventSort,
    EventSummary,
    Stats,
)
from service.store import Store, schema
from service.store.search.query import parse_query

_CURSOR_FORMAT: Final = struct.Struct(">dqH")  # 18 bytes: no padding in base64
_SORT_COLUMNS: Final[Mapping[EventSort, Column[Any]]] = MappingProxyType(
    {
        "newest": schema.events.c.last_seen,
        "rank": schema.events.c.rank,
        "size": schema.events.c.size,
        "sources": schema.events.c.independent_sources,
    }
)
"""Columns by which events are ordered, the highest first; then by number. A cursor holds the
position of its order in this list."""


class BadCursorError(InvalidInputError):
    """A cursor that this service did not create."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.field_errors = (FieldError("cursor", message),)


def list_events(
    store: Store,
    filters: EventFilter,
    cursor: str | None = None,
    limit: int = 50,
    sort: EventSort = "newest",
) -> EventPage:
    """List events.

    Parameters
    ----------
    store : Store
    filters : EventFilter
    cursor : str or None
        `next_cursor` of the page before, in the same order.
    limit : int
    sort : {"newest", "rank", "size", "sources"}
        By newest article, by rank (`service.store.projections.ranking`), by articles, or by
        independent sources; the highest first.

    Raises
    ------
    BadCursorError
    """
    query = _select_page(cursor, limit, sort)
    with store.reading() as connection:
        rows = connection.execute(query.where(*_filter_conditions(connection, filters))).all()
    return _to_page(rows, limit, sort)


def list_and_count_events(
    store: Store,
    filters: EventFilter,
    cursor: str | None = None,
    limit: int = 50,
    sort: EventSort = "newest",
    found: FoundEvents | None = None,
) -> tuple[EventPage, int]:
    """List events, and count those of all pages; what is searched for is looked up once.

    Parameters as of `list_events`; `found` is what `search.find_events` found for the words of the
    filters. An empty page has the count 0.
    """
    number = schema.events.c.number
    with store.reading() as connection:
        conditions = _filter_conditions(connection, filters, found)
        listed = select(number).where(*conditions).cte("listed")
        total = select(func.count()).select_from(listed).scalar_subquery()
        query = _select_page(cursor, limit, sort).add_columns(total.label("total"))
        rows = connection.execute(query.where(number.in_(select(listed.c.number)))).all()
    return _to_page(rows, limit, sort), rows[0].total if rows else 0


def _select_page(cursor: str | None, limit: int, sort: EventSort) -> Select[Any]:
    """Select the events after a cursor in their order, one more than fits on a page."""
    column, number = _SORT_COLUMNS[sort], schema.events.c.number
    query: Select[Any] = select(schema.events).order_by(column.desc(), number.desc())
    if cursor is not None:
        query = query.where(_decode_cursor(cursor, sort) > tuple_(column, number))
    return query.limit(limit + 1)


def _to_page(rows: Sequence[Row[Any]], limit: int, sort: EventSort) -> EventPage:
    has_more = len(rows) > limit
    return EventPage(
        items=tuple(EventSummary(**summary_fields(row)) for row in rows[:limit]),
        next_cursor=_encode_cursor(rows[limit - 1], sort) if has_more else None,
    )


def find_newer_cursor(
    store: Store,
    filters: EventFilter,
    cursor: str,
    limit: int = 50,
    sort: EventSort = "newest",
    found: FoundEvents | None = None,
) -> str | None:
    """Return the cursor of the page before that of `cursor`.

    Parameters as of `list_and_count_events`.

    Returns
    -------
    str or None
        None if the page before is the first, which has no cursor.

    Raises
    ------
    BadCursorError
    """
    column, number = _SORT_COLUMNS[sort], schema.events.c.number
    query = (
        select(schema.events)
        .where(_decode_cursor(cursor, sort) <= tuple_(column, number))
        .order_by(column, number)
        .limit(limit + 1)
    )
    with store.reading() as connection:
        conditions = _filter_conditions(connection, filters, found)
        rows = connection.execute(query.where(*conditions)).all()
    return _encode_cursor(rows[limit], sort) if len(rows) > limit else None


def count_events(store: Store, filters: EventFilter) -> int:
    """Count the events that `list_events` lists on all its pages."""
    with store.reading() as connection:
        conditions = _filter_conditions(connection, filters)
        query = select(func.count()).select_from(schema.events).where(*conditions)
        return connection.scalar(query) or 0


def suggest_sources(store: Store, name: str, limit: int = 5) -> list[str]:
    """Return sources whose names contain a text, for a name that no source has."""
    source = schema.articles.c.source
    query = select(source).where(source.icontains(name, autoescape=True)).distinct()
    with store.reading() as connection:
        return list(connection.scalars(query.order_by(source).limit(limit)))


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


def _filter_conditions(
    connection: Connection, filters: EventFilter, found: FoundEvents | None = None
) -> Iterator[ColumnElement[bool]]:
    columns = schema.events.c
    yield columns.state == filters.state
    if filters.since is not None:
        yield columns.last_seen >= filters.since.timestamp()
    if filters.until is not None:
        yield columns.first_seen < filters.until.timestamp()
    if filters.min_size > 1:
        yield columns.size >= filters.min_size
    if found is not None:
        yield search.is_among(connection, found)
    elif filters.q and filters.q.strip():
        yield search.matches_event(connection, parse_query(filters.q))
    if filters.storyline is not None:
        yield columns.number.in_(storylines.find_storyline(connection, filters.storyline))
    if filters.unreviewed:
        yield columns.number.not_in(select(schema.reviewed_events.c.number))
    if filters.source is not None:
        yield columns.sources.contains(f"\n{filters.source}\n", autoescape=True)
    if filters.language is not None:
        yield columns.languages.contains(f"\n{filters.language.lower()}\n", autoescape=True)


def _encode_cursor(row: Row[Any], sort: EventSort) -> str:
    position = (getattr(row, _SORT_COLUMNS[sort].name), row.number, _sort_number(sort))
    return urlsafe_b64encode(_CURSOR_FORMAT.pack(*position)).decode()


def _decode_cursor(cursor: str, sort: EventSort) -> Any:
    if not re.fullmatch(EVENT_CURSOR_PATTERN, cursor):
        raise BadCursorError("not a cursor of this service")
    value, number, sort_number = _CURSOR_FORMAT.unpack(urlsafe_b64decode(cursor))
    if sort_number != _sort_number(sort):
        raise BadCursorError("the cursor of a list in another order")
    return tuple_(value, number)


def _sort_number(sort: EventSort) -> int:
    return [*_SORT_COLUMNS].index(sort)
