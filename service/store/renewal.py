"""Features of an older version of the fingerprints are made again from the texts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from clustering.assign import analyse
from clustering.fingerprints import FINGERPRINT_VERSION
from clustering.model import Article
from service.store import Store, rows, summaries
from service.store.journal import feature_row
from service.store.tables import articles, assignments, features, texts

_AT_ONCE: Final = 100
_OUTDATED: Final = (
    select(articles, texts.c.text)
    .join_from(articles, texts, texts.c.key == articles.c.key)
    .join(features, features.c.key == articles.c.key)
    .where(features.c.fingerprint_version != FINGERPRINT_VERSION)
    .limit(_AT_ONCE)
)


def renew(store: Store, stop: Callable[[], bool]) -> None:
    """Renew what is outdated, a hundred articles at a time; assignments stay as they are.

    Parameters
    ----------
    store : Store
    stop : callable
        Asked now and then; True ends it early.
    """
    with store.reading() as transaction:
        outdated = is_due(transaction)
    while outdated and not stop():
        with store.writing() as transaction:
            outdated = _renew_some(transaction)


def is_due(transaction: Connection) -> bool:
    """Whether anything is outdated."""
    return transaction.execute(_OUTDATED.limit(1)).first() is not None


def _renew_some(transaction: Connection) -> bool:
    found = transaction.execute(_OUTDATED).all()
    renewed = [feature_row(row.key, analyse(as_article(row))) for row in found]
    rows.update(transaction, features, renewed)
    keys = [row.key for row in found]
    touched = transaction.scalars(
        select(assignments.c.event_number).where(assignments.c.key.in_(keys)).distinct()
    )
    summaries.refresh_events(transaction, dict.fromkeys(touched), time.time())
    return bool(found)


def as_article(row: Row[Any]) -> Article:
    """Turn a row of `articles` with its text into what is analysed."""
    return Article(
        key=row.key,
        title=row.title,
        text=row.text,
        published=row.published,
        source=row.source,
        language=row.language,
        url=row.canonical_url,
    )
