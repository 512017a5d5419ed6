"""Lists of articles: by address, source, time or words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from service.common import ids
from service.common.dates import from_timestamp
from service.queries import search
from service.queries.views import ArticleFilter, ArticleItem, ArticlePage, SearchHit, SearchPage
from service.store import Store, bulk, schema
from service.store.projections.article_rows import SEEN_AT
from service.store.search import index as search_index
from service.store.search.newest_matches import NewestMatches
from service.store.search.passages import find_passage, mark
from service.store.search.query import parse_query

_CANONICAL: Final = schema.articles.alias("canonical")
_ITEMS_QUERY: Final[Select[Any]] = (
    select(
        schema.articles,
        SEEN_AT.label("seen"),
        schema.features.c.language.label("detected"),
        schema.assignments.c.group_number,
        schema.assignments.c.event_number,
        _CANONICAL.c.id.label("canonical_id"),
        schema.events.c.headline,
        schema.events.c.size,
    )
    .join_from(
        schema.assignments, schema.articles, schema.articles.c.key == schema.assignments.c.key
    )
    .join(schema.features, schema.features.c.key == schema.assignments.c.key)
    .join(schema.events, schema.events.c.number == schema.assignments.c.event_number)
    .outerjoin(_CANONICAL, _CANONICAL.c.key == schema.assignments.c.duplicate_of)
    .order_by(schema.assignments.c.key.desc())
)
_HITS_QUERY: Final = _ITEMS_QUERY.add_columns(schema.texts.c.text).join(
    schema.texts, schema.texts.c.key == schema.assignments.c.key
)
MAX_COUNTED: Final = 1000
"""Articles of a search that are counted; a word may be in every text."""


def list_articles(
    store: Store, filters: ArticleFilter, cursor: int | None = None, limit: int = 50
) -> ArticlePage:
    """List articles, those received last first.

    Parameters
    ----------
    store : Store
    filters : ArticleFilter
    cursor : int or None
        `next_cursor` of the page before.
    limit : int
    """
    with store.reading() as connection:
        rows, next_cursor = _fetch_page(connection, _ITEMS_QUERY, filters, cursor, limit)
    items = tuple(ArticleItem(**_item_fields(row)) for row in rows)
    return ArticlePage(items=items, next_cursor=next_cursor)


def search_articles(
    store: Store, filters: ArticleFilter, cursor: int | None = None, limit: int = 20
) -> SearchPage:
    """Search titles and texts; parameters as of `list_articles`, with `q`."""
    with store.reading() as connection:
        found = page = _find_newest(connection, filters)
        keys = [key for key in found.keys if cursor is None or key < cursor]
        if cursor is not None and len(keys) <= limit and found.searched_to is not None:
            page = _find_newest(connection, filters, cursor, limit + 1)  # far down
            keys = [*page.keys]
        rows = list(
            connection.execute(_HITS_QUERY.where(schema.assignments.c.key.in_(keys[:limit])))
        )
        counted = found.keys[:MAX_COUNTED]
        n_events = _count_events(connection, counted)
    return SearchPage(
        articles=len(counted),
        events=n_events,
        more=found.searched_to is not None,
        items=tuple(_to_hit(row, filters.q or "") for row in rows),
        next_cursor=_next_cursor(keys, limit, page.searched_to),
    )


def _count_events(connection: Connection, keys: Sequence[int]) -> int:
    columns = schema.assignments.c
    query = select(func.count(columns.event_number.distinct())).where(
        columns.key.in_(bulk.select_values(connection, keys))
    )
    return connection.scalar(query) or 0


def _next_cursor(keys: Sequence[int], limit: int, searched_to: int | None) -> str | None:
    """Return where the next page begins: after this one, or where the search has stopped."""
    last = keys[limit - 1] if len(keys) > limit else searched_to
    return None if last is None else str(last)


def find_article_ids(store: Store, filters: ArticleFilter) -> list[str]:
    """Return the ids of all articles that `list_articles` lists, those received first first."""
    query = (
        select(schema.articles.c.id)
        .join_from(
            schema.assignments, schema.articles, schema.articles.c.key == schema.assignments.c.key
        )
        .order_by(schema.assignments.c.key)
    )
    with store.reading() as connection:
        return list(connection.scalars(query.where(*_conditions(connection, filters))))


def _fetch_page(
    connection: Connection,
    query: Select[Any],
    filters: ArticleFilter,
    cursor: int | None,
    limit: int,
) -> tuple[list[Row[Any]], str | None]:
    query = query.where(*_conditions(connection, filters)).limit(limit + 1)
    if cursor is not None:
        query = query.where(schema.assignments.c.key < cursor)
    rows = list(connection.execute(query))
    return rows[:limit], str(rows[limit - 1].key) if len(rows) > limit else None


def _find_newest(
    connection: Connection,
    filters: ArticleFilter,
    cursor: int | None = None,
    limit: int = MAX_COUNTED + 1,
) -> NewestMatches:
    """Return the articles that match, those received last first."""
    query = parse_query(filters.q or "")
    conditions = list(_conditions(connection, replace(filters, q=None)))
    if not conditions:
        return search_index.find_newest(connection, query, limit, cursor)
    found = search.select_matching(connection, query).subquery()
    columns = schema.assignments.c
    filtered = (
        select(columns.key)
        .join_from(found, schema.assignments, columns.key == found.c.key)
        .join(schema.articles, schema.articles.c.key == columns.key)
        .where(*conditions, *(() if cursor is None else (found.c.key < cursor,)))
    )
    keys = connection.scalars(filtered.order_by(found.c.key.desc()).limit(limit)).all()
    return NewestMatches(keys, keys[-1] if len(keys) == limit else None)


def _conditions(connection: Connection, filters: ArticleFilter) -> Iterator[ColumnElement[bool]]:
    columns = schema.articles.c
    if filters.q is not None:
        yield search.matches_article(connection, parse_query(filters.q))
    if filters.canonical_url is not None:
        yield columns.canonical_url == filters.canonical_url
    if filters.event is not None:
        yield schema.assignments.c.event_number == filters.event
    if filters.source is not None:
        yield columns.source == filters.source
    if filters.since is not None:
        yield filters.since.timestamp() <= SEEN_AT
    if filters.until is not None:
        yield filters.until.timestamp() > SEEN_AT


def _item_fields(row: Row[Any]) -> dict[str, Any]:
    return {
        "article_id": row.id,
        "title": row.title,
        "url": row.url,
        "source": row.source,
        "language": row.detected,
        "published_at": row.published_at,
        "seen_at": from_timestamp(row.seen),
        "received_at": from_timestamp(row.received_at),
        "version": row.version,
        "duplicate_group_id": ids.encode("g", row.group_number),
        "duplicate_of": row.canonical_id,
        "event_id": ids.encode("e", row.event_number),
        "event_headline": row.headline,
        "event_size": row.size,
    }


def _to_hit(row: Row[Any], q: str) -> SearchHit:
    query = parse_query(q)
    return SearchHit(
        **_item_fields(row),
        marked_title=mark(row.title, query),
        passage=find_passage(row.text, query),
    )
