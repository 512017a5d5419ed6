"""By which guid each feed calls an article that is identified by its address.

A feed may list several articles under one address, one after the other. Its guids tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select

from service.store import bulk
from service.store.schema import articles, feed_entries


class ArticleInFeed(NamedTuple):
    """An article, and a feed that lists it."""

    article_id: str
    feed: str


def read_entry_ids(connection: Connection, article_ids: Iterable[str]) -> dict[ArticleInFeed, str]:
    """Return the ids of entries that are known for some articles."""
    query = (
        select(articles.c.id, feed_entries.c.feed, feed_entries.c.entry_id)
        .join_from(articles, feed_entries, feed_entries.c.key == articles.c.key)
        .where(articles.c.id.in_(bindparam("ids", expanding=True)))
    )
    rows = connection.execute(query, {"ids": sorted(set(article_ids))})
    return {ArticleInFeed(row.id, row.feed): row.entry_id for row in rows}


def write_entry_ids(connection: Connection, entry_ids: Mapping[tuple[int, str], str]) -> None:
    """Store ids of entries, or replace them where they differ.

    Parameters
    ----------
    connection : Connection
    entry_ids : mapping of (int, str) to str
        By key of the article and feed.
    """
    columns = feed_entries.c
    rows = bulk.select_in(
        connection, select(feed_entries), columns.key, {key for key, _ in entry_ids}
    )
    stored = {(row.key, row.feed): row.entry_id for row in rows}
    changed = [
        {"key": key, "feed": feed, "entry_id": entry_id}
        for (key, feed), entry_id in entry_ids.items()
        if stored.get((key, feed)) != entry_id
    ]
    for row in changed:
        is_same = (columns.key == row["key"]) & (columns.feed == row["feed"])
        connection.execute(delete(feed_entries).where(is_same))
    bulk.insert(connection, feed_entries, changed)
