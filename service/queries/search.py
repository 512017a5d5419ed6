"""Search conditions, and the passages that show why an event was found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from service.common import ids
from service.store import Store, schema
from service.store.projections import headlines
from service.store.review.decisions import ACTIVE_DECISIONS
from service.store.search import index as search_index
from service.store.search.passages import PassagePart, find_passage
from service.store.search.query import SearchQuery, parse_query

MAX_ARTICLES_SEARCHED: Final = 10_000
"""Latest articles found whose events and passages are looked for: some words are in every text."""
_RENAMES: Final = ACTIVE_DECISIONS.where(schema.decisions.c.kind == "rename_event")


def matches_article(connection: Connection, query: SearchQuery) -> ColumnElement[bool]:
    """Return the condition that an article matches, on `assignments`."""
    return schema.assignments.c.key.in_(search_index.select_matching(connection, query))


def select_matching(connection: Connection, query: SearchQuery) -> Select[Any]:
    """Return a query for the keys of the articles that match, as its only column `key`."""
    return search_index.select_matching(connection, query)


def matches_event(connection: Connection, query: SearchQuery) -> ColumnElement[bool]:
    """Return the condition that an article of an event or its headline matches, on `events`.

    Of a word that is in very many texts, those that arrived last are searched.
    """
    found = select(schema.assignments.c.event_number).where(
        schema.assignments.c.key.in_(_select_newest(connection, query))
    )
    renamed = _find_renamed(connection, query)
    number = schema.events.c.number
    return or_(number.in_(found), number.in_(renamed)) if renamed else number.in_(found)


def finds_more(store: Store, q: str) -> bool:
    """Whether more articles match than are looked at for their events."""
    with store.reading() as connection:
        found = search_index.select_matching(connection, parse_query(q))
        beyond = found.offset(MAX_ARTICLES_SEARCHED).limit(1)
        return connection.execute(beyond).first() is not None


def find_passages(
    store: Store, q: str, event_ids: Sequence[str]
) -> Mapping[str, tuple[PassagePart, ...]]:
    """Return a passage for each of some events in which the text of an article matches.

    Parameters
    ----------
    store : Store
    q : str
    event_ids : sequence of str

    Returns
    -------
    mapping of str to (tuple of PassagePart)
        By event id, from the article that arrived last of those that match.
    """
    query = parse_query(q)
    numbers = [ids.decode("e", event_id) or 0 for event_id in event_ids]
    with store.reading() as connection:
        rows = connection.execute(_newest_matching_texts(connection, query, numbers)).all()
    passages = {ids.encode("e", number): find_passage(text, query) for number, text in rows}
    return {event_id: passage for event_id, passage in passages.items() if passage}


def _newest_matching_texts(
    connection: Connection, query: SearchQuery, numbers: Sequence[int]
) -> Select[Any]:
    columns = schema.assignments.c
    latest = _select_newest(connection, query)
    newest = (
        select(columns.event_number, func.max(columns.key).label("key"))
        .where(columns.event_number.in_(numbers), columns.key.in_(latest))
        .group_by(columns.event_number)
        .subquery()
    )
    return select(newest.c.event_number, schema.texts.c.text).join_from(
        newest, schema.texts, schema.texts.c.key == newest.c.key
    )


def _select_newest(connection: Connection, query: SearchQuery) -> Select[Any]:
    """Select the keys of the articles that match and arrived last."""
    found = search_index.select_matching(connection, query).subquery()
    return select(found.c.key).order_by(found.c.key.desc()).limit(MAX_ARTICLES_SEARCHED)


def _find_renamed(connection: Connection, query: SearchQuery) -> list[int]:
    """Return the events with a matching headline that an editor gave: it is in no article."""
    return [
        headlines.find_surviving_event(connection, row.event_number)
        for row in connection.execute(_RENAMES)
        if query.matches(json.loads(row.payload)["headline"])
    ]
