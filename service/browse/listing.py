"""Lists of events, and how much there is of everything."""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, func, select, tuple_

from service import ids
from service.browse.views import EventFilter, EventPage, EventSummary, Stats
from service.dates import moment
from service.store import Store, tables

_PLACE_IN_LIST: Final = struct.Struct(">dq2x")  # 18 bytes: no padding in base64
_NEWNESS: Final = tuple_(tables.events.c.last_seen, tables.events.c.number)


class BadCursorError(ValueError):
    """A cursor that this service did not make."""


def events(
    store: Store, filters: EventFilter, cursor: str | None = None, limit: int = 50
) -> EventPage:
    """List events, newest (by `last_seen`) first.

    Raises
    ------
    BadCursorError
    """
    newest = tables.events.c.last_seen.desc(), tables.events.c.number.desc()
    query = select(tables.events).where(*_conditions(filters)).order_by(*newest).limit(limit + 1)
    if cursor is not None:
        query = query.where(_open(cursor) > _NEWNESS)
    with store.reading() as transaction:
        found = transaction.execute(query).all()
    more = len(found) > limit
    return EventPage(
        items=tuple(EventSummary(**summary(row)) for row in found[:limit]),
        next_cursor=_cursor(found[limit - 1]) if more else None,
    )


def newer(store: Store, filters: EventFilter, cursor: str, limit: int = 50) -> str | None:
    """Return the cursor of the page that stands before the one at `cursor`.

    Returns
    -------
    str or None
        None if the page before is the first, which has no cursor.

    Raises
    ------
    BadCursorError
    """
    place = tables.events.c.last_seen, tables.events.c.number
    query = (
        select(tables.events)
        .where(*_conditions(filters), _open(cursor) <= _NEWNESS)
        .order_by(*place)
        .limit(limit + 1)
    )
    with store.reading() as transaction:
        found = transaction.execute(query).all()
    return _cursor(found[limit]) if len(found) > limit else None


def stats(store: Store) -> Stats:
    """Count what is there."""
    living = tables.events.c.state == "open"
    with store.reading() as transaction:
        size, group_count, number = transaction.execute(
            select(
                func.coalesce(func.sum(tables.events.c.size), 0),
                func.coalesce(func.sum(tables.events.c.group_count), 0),
                func.count(),
            ).where(living)
        ).one()
    return Stats(articles=size, duplicate_groups=group_count, events=number)


def summary(row: Row[Any]) -> dict[str, Any]:
    """Return the fields of an `EventSummary`."""
    return {
        "event_id": ids.encode("e", row.number),
        "headline": row.headline,
        "state": row.state,
        "size": row.size,
        "group_count": row.group_count,
        "first_seen": moment(row.first_seen),
        "last_seen": moment(row.last_seen),
        "sources": tuple(row.sources.split("\n")[1:-1]),
        "independent_sources": row.independent_sources,
        "languages": tuple(row.languages.split("\n")[1:-1]),
        "key_terms": tuple(row.key_terms.split("\n")) if row.key_terms else (),
    }


def _conditions(filters: EventFilter) -> Iterator[ColumnElement[bool]]:
    listed = tables.events.c
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


def _cursor(row: Row[Any]) -> str:
    return urlsafe_b64encode(_PLACE_IN_LIST.pack(row.last_seen, row.number)).decode()


def _open(cursor: str) -> Any:
    try:
        return tuple_(*_PLACE_IN_LIST.unpack(urlsafe_b64decode(cursor.encode("ascii"))))
    except (ValueError, struct.error):
        raise BadCursorError("not a cursor of this service") from None
