"""Find what an id or an address names, as people paste it into a search box."""

from __future__ import annotations

from typing import Literal, NamedTuple

from sqlalchemy import Connection, select

from service.common import ids
from service.store import Store, schema


class FoundObject(NamedTuple):
    """An object of the store, by its kind and public id."""

    kind: Literal["event", "article", "decision"]
    id: str


def find_object(store: Store, pasted: str, canonical_url: str | None) -> FoundObject | None:
    """Return what a pasted text names, if it is an id or an address.

    Parameters
    ----------
    store : Store
    pasted : str
        The id of an article, event, duplicate group or decision.
    canonical_url : str or None
        Canonical form of `pasted`, if it is an address.

    Returns
    -------
    FoundObject or None
        For a duplicate group, its event; of several articles with the address, the newest.
    """
    with store.reading() as connection:
        return _find_numbered(connection, pasted) or _find_article(
            connection, pasted, canonical_url
        )


def _find_numbered(connection: Connection, pasted: str) -> FoundObject | None:
    if event := ids.decode("e", pasted):
        query = select(schema.events.c.number).where(schema.events.c.number == event)
        return FoundObject("event", pasted) if connection.scalar(query) else None
    if group := ids.decode("g", pasted):
        assignments = schema.assignments.c
        query = select(assignments.event_number).where(assignments.group_number == group).limit(1)
        event = connection.scalar(query)
        return FoundObject("event", ids.encode("e", event)) if event else None
    if decision := ids.decode("d", pasted):
        query = select(schema.decisions.c.number).where(schema.decisions.c.number == decision)
        return FoundObject("decision", pasted) if connection.scalar(query) else None
    return None


def _find_article(
    connection: Connection, pasted: str, canonical_url: str | None
) -> FoundObject | None:
    columns = schema.articles.c
    article_id = connection.scalar(select(columns.id).where(columns.id == pasted))
    if article_id is None and canonical_url is not None:
        by_url = select(columns.id).where(columns.canonical_url == canonical_url)
        article_id = connection.scalar(by_url.order_by(columns.key.desc()).limit(1))
    return None if article_id is None else FoundObject("article", article_id)
