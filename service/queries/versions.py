"""The versions of an article, the current one and earlier ones."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, select, union_all

from service.common.dates import from_timestamp
from service.queries.views import Version, VersionPage
from service.store import Store
from service.store.schema import article_versions, articles, texts

_PUBLIC_COLUMNS = ("version", "url", "title", "published_at", "source", "language", "updated_at")


def list_versions(
    store: Store, article_id: str, cursor: int | None = None, limit: int = 20
) -> VersionPage | None:
    """Return the versions of an article before version `cursor`, the newest first.

    Returns
    -------
    VersionPage or None
        None if there is no such article.
    """
    with store.reading() as connection:
        key = connection.scalar(select(articles.c.key).where(articles.c.id == article_id))
        rows = [] if key is None else _fetch_versions(connection, key, cursor, limit + 1)
    if key is None:
        return None
    return VersionPage(
        article_id=article_id,
        items=tuple(map(_to_version, rows[:limit])),
        next_cursor=rows[limit - 1].version if len(rows) > limit else None,
    )


def _fetch_versions(
    connection: Connection, key: int, cursor: int | None, limit: int
) -> list[Row[Any]]:
    versions = union_all(_select_current(key), _select_replaced(key)).subquery()
    query = select(versions).order_by(versions.c.version.desc()).limit(limit)
    if cursor is not None:
        query = query.where(versions.c.version < cursor)
    return list(connection.execute(query))


def _select_current(key: int) -> Select[Any]:
    columns = (articles.c[name] for name in _PUBLIC_COLUMNS)
    query = select(*columns, texts.c.text).join(texts, texts.c.key == articles.c.key)
    return query.where(articles.c.key == key)


def _select_replaced(key: int) -> Select[Any]:
    columns = (article_versions.c[name] for name in _PUBLIC_COLUMNS)
    return select(*columns, article_versions.c.text).where(article_versions.c.key == key)


def _to_version(row: Row[Any]) -> Version:
    return Version(
        version=row.version,
        posted_at=from_timestamp(row.updated_at),
        url=row.url,
        title=row.title,
        text=row.text,
        published_at=row.published_at,
        source=row.source,
        language=row.language,
    )
