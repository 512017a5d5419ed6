"""Delete old texts, or whole articles, by age and source: in slices that hold nobody up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, select, update

from service.engine.writer import IndexWriter
from service.store import Store
from service.store.schema import article_versions, articles, texts
from service.store.search import index as search_index

Subject = Literal["texts", "articles"]

TARGET_SECONDS: Final = 0.02
"""Duration of one transaction that the number of its articles aims at."""
MAX_PER_SLICE: Final = 200
"""Articles of one transaction at most."""
DELETED_TEXT: Final = ""
"""What is stored instead of a text that was deleted."""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """Which articles are old enough.

    Attributes
    ----------
    received_before : float
        POSIX seconds; articles that arrived earlier are meant.
    sources : tuple of str
        Names of sources as given in articles; empty for all.
    """

    received_before: float
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RetentionResult:
    """What was deleted.

    Attributes
    ----------
    n_deleted : int
    longest_seconds : float
        The longest time for which other writers had to wait.
    """

    n_deleted: int
    longest_seconds: float


def delete_texts(store: Store, rule: RetentionRule) -> RetentionResult:
    """Delete the texts of old articles and of their earlier versions.

    The articles stay, with titles, groups and events, and are compared by their stored features. A
    repeated submission is still recognised as unchanged.

    Parameters
    ----------
    store : Store
    rule : RetentionRule

    Returns
    -------
    RetentionResult
    """

    def delete_slice(after: int, n_articles: int) -> Sequence[int]:
        with store.writing() as connection:
            query = _select_old(rule).join(texts, texts.c.key == articles.c.key)
            has_text = texts.c.text != DELETED_TEXT
            keys = [row.key for row in _next_rows(connection, query, after, n_articles, has_text)]
            _delete_texts_of(connection, keys)
        return keys

    return _delete_in_slices(delete_slice)


def delete_articles(writer: IndexWriter, rule: RetentionRule) -> RetentionResult:
    """Delete old articles with everything that belongs to them.

    Parameters
    ----------
    writer : IndexWriter
    rule : RetentionRule

    Returns
    -------
    RetentionResult

    Raises
    ------
    NotReadyError
        Earlier slices stay committed.
    """

    def delete_slice(after: int, n_articles: int) -> Sequence[int]:
        with writer.transaction() as transaction:
            rows = _next_rows(transaction.connection, _select_old(rule), after, n_articles)
            for row in rows:
                transaction.remove("article.removed", row.key, row.id)
                transaction.change_set.removed.add(row.key)
            transaction.flush()
        return [row.key for row in rows]

    return _delete_in_slices(delete_slice)


def _delete_in_slices(delete_slice: Callable[[int, int], Sequence[int]]) -> RetentionResult:
    """Delete slice after slice; between two, others may write for as long as the slice took."""
    n_deleted, after, n_articles, longest = 0, 0, 1, 0.0
    while True:
        started = time.monotonic()
        keys = delete_slice(after, n_articles)
        seconds = time.monotonic() - started
        if not keys:
            return RetentionResult(n_deleted, longest)
        n_deleted, after, longest = n_deleted + len(keys), keys[-1], max(longest, seconds)
        n_articles = _choose_size(n_articles, seconds)
        time.sleep(seconds)


def _choose_size(n_articles: int, seconds: float) -> int:
    """Return how many articles the next slice takes: at most twice as many as the last."""
    fitting = int(n_articles * TARGET_SECONDS / max(seconds, TARGET_SECONDS / MAX_PER_SLICE))
    return max(1, min(fitting, 2 * n_articles, MAX_PER_SLICE))


def _select_old(rule: RetentionRule) -> Select[Any]:
    query = select(articles.c.key, articles.c.id).order_by(articles.c.key)
    query = query.where(articles.c.received_at < rule.received_before)
    return query.where(articles.c.source.in_(rule.sources)) if rule.sources else query


def _next_rows(
    connection: Connection,
    query: Select[Any],
    after: int,
    n_articles: int,
    *conditions: ColumnElement[bool],
) -> Sequence[Row[Any]]:
    following = query.where(articles.c.key > after, *conditions).limit(n_articles)
    return connection.execute(following).all()


def _delete_texts_of(connection: Connection, keys: Sequence[int]) -> None:
    search_index.remove_articles(connection, keys)
    connection.execute(update(texts).where(texts.c.key.in_(keys)), {"text": DELETED_TEXT})
    connection.execute(delete(article_versions).where(article_versions.c.key.in_(keys)))
    search_index.add_articles(connection, keys)
