"""Articles with their current groups and events, as decisions refer to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from service.store import bulk
from service.store.schema import articles, assignments


class AssignedArticle(NamedTuple):
    """An article with its group and event."""

    key: int
    id: str
    group: int
    event: int


ARTICLES_QUERY: Final = (
    select(articles.c.key, articles.c.id, assignments.c.group_number, assignments.c.event_number)
    .join_from(assignments, articles, articles.c.key == assignments.c.key)
    .order_by(articles.c.key)
)
"""All articles with the columns of `AssignedArticle`, by key."""


def load_events_articles(
    connection: Connection, event_numbers: Iterable[int]
) -> tuple[AssignedArticle, ...]:
    """Return all articles of events."""
    event_number = assignments.c.event_number
    rows = bulk.select_in(connection, ARTICLES_QUERY, event_number, {*event_numbers})
    return tuple(map(AssignedArticle._make, rows))


def load_articles(connection: Connection, keys: Iterable[int]) -> dict[int, AssignedArticle]:
    """Return articles with their groups and events, by key."""
    rows = bulk.select_in(connection, ARTICLES_QUERY, articles.c.key, keys)
    return {row.key: AssignedArticle._make(row) for row in rows}


def load_article_ids(connection: Connection, keys: Sequence[int]) -> list[str]:
    """Return the ids of articles, in the order of their keys."""
    article_of = load_articles(connection, keys)
    return [article_of[key].id for key in keys]
