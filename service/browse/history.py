"""An article as it is and as it was: its versions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, select, union_all

from service.browse.views import Version, VersionPage
from service.dates import moment
from service.store import Store
from service.store.tables import article_versions, articles, texts

_PUBLIC = ("version", "url", "title", "published_at", "source", "language", "updated_at")


def versions(
    store: Store, article_id: str, cursor: int | None = None, limit: int = 20
) -> VersionPage | None:
    """Return the versions of an article before version `cursor`, the newest first.

    Returns
    -------
    VersionPage or None
        None if there is no such article.
    """
    with store.reading() as transaction:
        key = transaction.scalar(select(articles.c.key).where(articles.c.id == article_id))
        found = [] if key is None else _rows(transaction, key, cursor, limit + 1)
    if key is None:
        return None
    return VersionPage(
        article_id=article_id,
        items=tuple(map(_version, found[:limit])),
        next_cursor=found[limit - 1].version if len(found) > limit else None,
    )


def _rows(transaction: Connection, key: int, cursor: int | None, limit: int) -> list[Row[Any]]:
    every = union_all(_present(key), _replaced(key)).subquery()
    query = select(every).order_by(every.c.version.desc()).limit(limit)
    if cursor is not None:
        query = query.where(every.c.version < cursor)
    return list(transaction.execute(query))


def _present(key: int) -> Select[Any]:
    columns = (articles.c[name] for name in _PUBLIC)
    query = select(*columns, texts.c.text).join(texts, texts.c.key == articles.c.key)
    return query.where(articles.c.key == key)


def _replaced(key: int) -> Select[Any]:
    columns = (article_versions.c[name] for name in _PUBLIC)
    return select(*columns, article_versions.c.text).where(article_versions.c.key == key)


def _version(row: Row[Any]) -> Version:
    return Version(
        version=row.version,
        posted_at=moment(row.updated_at),
        url=row.url,
        title=row.title,
        text=row.text,
        published_at=row.published_at,
        source=row.source,
        language=row.language,
    )
