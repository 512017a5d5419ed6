"""Features of an older version of the fingerprints are made again from the texts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from clustering.features.extract import extract_features
from clustering.features.minhash import FINGERPRINT_VERSION
from clustering.types import Article
from service.common import dates
from service.store import Store, bulk
from service.store.log.commit import feature_row
from service.store.projections import event_summaries
from service.store.schema import articles, assignments, features, texts

_ARTICLES_PER_TRANSACTION: Final = 100
_OUTDATED_QUERY: Final = (
    select(articles, texts.c.text)
    .join_from(articles, texts, texts.c.key == articles.c.key)
    .join(features, features.c.key == articles.c.key)
    .where(features.c.fingerprint_version != FINGERPRINT_VERSION)
    .limit(_ARTICLES_PER_TRANSACTION)
)


def recompute_features(store: Store, should_stop: Callable[[], bool]) -> None:
    """Renew what is outdated, a hundred articles at a time; assignments stay as they are.

    Parameters
    ----------
    store : Store
    should_stop : callable
        Asked now and then; True ends it early.
    """
    with store.reading() as transaction:
        outdated = has_outdated_features(transaction)
    while outdated and not should_stop():
        with store.writing() as transaction:
            outdated = _recompute_batch(transaction)


def has_outdated_features(connection: Connection) -> bool:
    """Whether anything is outdated."""
    return connection.execute(_OUTDATED_QUERY.limit(1)).first() is not None


def _recompute_batch(connection: Connection) -> bool:
    found = connection.execute(_OUTDATED_QUERY).all()
    renewed = [feature_row(row.key, extract_features(to_article(row))) for row in found]
    bulk.update(connection, features, renewed)
    keys = [row.key for row in found]
    touched = connection.scalars(
        select(assignments.c.event_number).where(assignments.c.key.in_(keys)).distinct()
    )
    event_summaries.refresh_events(connection, dict.fromkeys(touched), time.time())
    return bool(found)


def to_article(row: Row[Any]) -> Article:
    """Turn a row of `articles` with its text into what is analysed."""
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
