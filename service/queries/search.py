"""Search conditions, and the passages that show why an event was found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, func, select

from service.common import ids
from service.store import Store, bulk, schema
from service.store.projections import headlines
from service.store.review.decisions import ACTIVE_DECISIONS
from service.store.search import index as search_index
from service.store.search.passages import PassagePart, find_passage
from service.store.search.query import SearchQuery, parse_query

MAX_ARTICLES_SEARCHED: Final = 5_000
"""Latest articles found whose events are looked for: some words are in every text."""
_RENAMES: Final = ACTIVE_DECISIONS.where(schema.decisions.c.kind == "rename_event")


def matches_article(connection: Connection, query: SearchQuery) -> ColumnElement[bool]:
    """Return the condition that an article matches, on `assignments`."""
    return schema.assignments.c.key.in_(search_index.select_matching(connection, query))


def select_matching(connection: Connection, query: SearchQuery) -> Select[Any]:
    """Return a query for the keys of the articles that match, as its only column `key`."""
    return search_index.select_matching(connection, query)


@dataclass(frozen=True, slots=True)
class FoundEvents:
    """The events in which a search finds something.

    Attributes
    ----------
    newest_key_of : mapping of int to (int or None)
        The article found that arrived last, by event number. None if only a headline that an
        editor gave matches.
    is_complete : bool
        Whether all articles found were looked at; of very many, those that arrived last.
    """

    newest_key_of: Mapping[int, int | None]
    is_complete: bool


def find_events(store: Store, q: str) -> FoundEvents:
    """Search for events by the texts of their articles, and by headlines."""
    with store.reading() as connection:
        return _find_events(connection, parse_query(q))


def matches_event(connection: Connection, query: SearchQuery) -> ColumnElement[bool]:
    """Return the condition that an article of an event or its headline matches, on `events`."""
    return is_among(connection, _find_events(connection, query))


def is_among(connection: Connection, found: FoundEvents) -> ColumnElement[bool]:
    """Return the condition that an event was found, on `events`."""
    return schema.events.c.number.in_(bulk.select_values(connection, found.newest_key_of))


def find_passages(
    store: Store, q: str, found: FoundEvents, event_ids: Sequence[str]
) -> Mapping[str, tuple[PassagePart, ...]]:
    """Return a passage for each of some events in which the text of an article matches.

    Parameters
    ----------
    store : Store
    q : str
    found : FoundEvents
    event_ids : sequence of str

    Returns
    -------
    mapping of str to (tuple of PassagePart)
        By event id, from the article that arrived last of those that match.
    """
    query = parse_query(q)
    numbers = {event_id: ids.decode("e", event_id) or 0 for event_id in event_ids}
    keys = {event_id: found.newest_key_of.get(number) for event_id, number in numbers.items()}
    with store.reading() as connection:
        text_of = _fetch_texts(connection, [key for key in keys.values() if key is not None])
    passages = {
        event_id: find_passage(text_of[key], query)
        for event_id, key in keys.items()
        if key in text_of
    }
    return {event_id: passage for event_id, passage in passages.items() if passage}


def _fetch_texts(connection: Connection, keys: Sequence[int]) -> dict[int | None, str]:
    columns = schema.texts.c
    rows = bulk.select_in(connection, select(columns.key, columns.text), columns.key, keys)
    return {row.key: row.text for row in rows}


def _find_events(connection: Connection, query: SearchQuery) -> FoundEvents:
    found = search_index.find_newest(connection, query, MAX_ARTICLES_SEARCHED + 1)
    columns = schema.assignments.c
    latest = bulk.select_values(connection, found.keys[:MAX_ARTICLES_SEARCHED])
    newest = (
        select(columns.event_number, func.max(columns.key).label("key"))
        .where(columns.key.in_(latest))
        .group_by(columns.event_number)
    )
    renamed = dict.fromkeys(_find_renamed(connection, query))
    newest_key_of = {row.event_number: row.key for row in connection.execute(newest)}
    return FoundEvents(renamed | newest_key_of, found.searched_to is None)


def _find_renamed(connection: Connection, query: SearchQuery) -> list[int]:
    """Return the events with a matching headline that an editor gave: it is in no article."""
    return [
        headlines.find_surviving_event(connection, row.event_number)
        for row in connection.execute(_RENAMES)
        if query.matches(json.loads(row.payload)["headline"])
    ]
