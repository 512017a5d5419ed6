"""Recompute features of an older fingerprint version from the texts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from clustering.features.extract import extract_features
from clustering.features.fingerprint import FINGERPRINT_VERSION
from clustering.types import Article
from service.common import dates
from service.store import Store, bulk
from service.store.change_log.write import feature_row
from service.store.projections import event_summaries
from service.store.schema import articles, assignments, features, texts

_ARTICLES_PER_TRANSACTION: Final = 100
"""Articles of one write transaction, so that other writers wait briefly."""
_IS_OUTDATED: Final = features.c.fingerprint_version != FINGERPRINT_VERSION
_OUTDATED_QUERY: Final = (
    select(articles, texts.c.text)
    .join_from(articles, texts, texts.c.key == articles.c.key)
    .join(features, features.c.key == articles.c.key)
    .where(_IS_OUTDATED)
    .limit(_ARTICLES_PER_TRANSACTION)
)


def recompute_features(
    store: Store, should_stop: Callable[[], bool], report: Callable[[int], None]
) -> None:
    """Recompute outdated features, a hundred articles at a time; assignments stay as they are.

    Parameters
    ----------
    store : Store
    should_stop : callable
        Called before each transaction; True ends the work early.
    report : callable
        Called with the number of articles that are left.
    """
    with store.reading() as connection:
        remaining = count_outdated(connection)
    report(remaining)
    while remaining and not should_stop():
        with store.writing() as connection:
            n_done = _recompute_batch(connection)
        remaining = max(remaining - n_done, 0) if n_done else 0
        report(remaining)


def has_outdated_features(connection: Connection) -> bool:
    """Whether any features are of another fingerprint version."""
    return connection.execute(_OUTDATED_QUERY.limit(1)).first() is not None


def _recompute_batch(connection: Connection) -> int:
    """Compute the features of the next articles anew; return how many."""
    article_rows = connection.execute(_OUTDATED_QUERY).all()
    feature_rows = [feature_row(row.key, extract_features(to_article(row))) for row in article_rows]
    bulk.update(connection, features, feature_rows)
    keys = [row.key for row in article_rows]
    finished = _find_finished_events(connection, keys)
    event_summaries.refresh_events(connection, dict.fromkeys(finished), time.time())
    return len(article_rows)


def _find_finished_events(connection: Connection, keys: Sequence[int]) -> list[int]:
    """Return the events of articles in which no article has outdated features any more.

    The summary of an event is made of the features of all its articles, and those of an older
    version may not even be readable.
    """
    event_number = assignments.c.event_number
    affected = select(event_number).where(assignments.c.key.in_(keys))
    unfinished = (
        select(event_number)
        .join(features, features.c.key == assignments.c.key)
        .where(_IS_OUTDATED, event_number.in_(affected))
    )
    is_finished = event_number.not_in(unfinished)
    return list(connection.scalars(affected.where(is_finished).distinct()))


def count_outdated(connection: Connection) -> int:
    """Count the articles whose features are of another version."""
    return connection.scalar(select(func.count()).select_from(features).where(_IS_OUTDATED)) or 0


def to_article(row: Row[Any]) -> Article:
    """Return a row of `articles`, with its text, as the article that features are computed of."""
    return Article(
        key=row.key,
        title=row.title,
        text=row.text,
        published=row.published,
        source=row.source,
        language=row.language,
        url=row.canonical_url,
        date_only=dates.is_date_only(row.published_at, row.published),
    )
