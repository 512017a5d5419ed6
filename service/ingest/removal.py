"""Remove many articles at once, those that a filter selects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from service import queries
from service.common.docstring_config import DOCSTRING_CONFIG
from service.common.errors import StateConflictError
from service.engine.writer import IndexWriter
from service.ingest.ingestion import ARTICLES_PER_TRANSACTION
from service.queries import ArticleFilter
from service.store.schema import articles


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalResult:
    """How many articles match a removal, and how many were removed."""

    __pydantic_config__ = DOCSTRING_CONFIG

    matching: int
    """Send it as `confirm` to remove them."""
    removed: int


class CountChangedError(StateConflictError):
    """Other articles match than those that were counted before."""


def remove_matching(writer: IndexWriter, filters: ArticleFilter, expected: int) -> int:
    """Remove all articles that match, if they are as many as expected; return their number.

    Raises
    ------
    CountChangedError
        If they are not; nothing is removed.
    NotReadyError
        Earlier transactions of the call stay committed.
    """
    article_ids = queries.find_article_ids(writer.store, filters)
    if len(article_ids) != expected:
        raise CountChangedError(f"{len(article_ids)} articles match now, not {expected}")
    size = ARTICLES_PER_TRANSACTION
    starts = range(0, len(article_ids), size)
    return sum(_remove_chunk(writer, article_ids[start : start + size]) for start in starts)


def _remove_chunk(writer: IndexWriter, article_ids: Sequence[str]) -> int:
    with writer.transaction() as transaction:
        query = select(articles.c.id, articles.c.key).where(articles.c.id.in_(article_ids))
        rows = transaction.connection.execute(query.order_by(articles.c.key)).all()
        for article_id, key in rows:
            transaction.remove("article.removed", key, article_id)
            transaction.change_set.removed.add(key)
        transaction.flush()
    return len(rows)
