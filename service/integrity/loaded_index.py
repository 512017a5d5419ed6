"""The index: it can be loaded from the store, and holds the assignments that are stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, select

from clustering.pipeline.index import ArticleIndex
from service.engine.fingerprint_cache import FingerprintCache
from service.integrity.finding import Finding
from service.settings import Settings
from service.store.change_log import replay, retirement
from service.store.schema import articles, assignments

INVARIANT: Final = "the index follows from the store"


def find_differences(connection: Connection, settings: Settings) -> Iterator[Finding]:
    """Load the index as the service does, and yield live articles that are elsewhere in it.

    Parameters
    ----------
    connection : Connection
    settings : Settings
        Those with which the service runs.
    """
    fingerprints = FingerprintCache()
    fingerprints.begin(connection)
    index = ArticleIndex(
        fingerprints, settings.canonical_rule, across_languages=settings.across_languages
    )
    replay.load_index(connection, index, lambda: False)
    yield from _compare(connection, index)


def _compare(connection: Connection, index: ArticleIndex) -> Iterator[Finding]:
    held = {key: position for key, *position in index.positions()}
    is_live = assignments.c.arrived_seq >= retirement.read_boundary(connection)
    query = (
        select(
            articles.c.key,
            articles.c.id,
            assignments.c.group_number,
            assignments.c.event_number,
            assignments.c.duplicate_of,
        )
        .join(assignments, assignments.c.key == articles.c.key)
        .where(is_live)
    )
    for key, article_id, group, event, duplicate_of in connection.execute(query):
        stored = [group, event, duplicate_of or key]
        if held.get(key) != stored:
            detail = f"is stored at {stored}, and in a newly loaded index at {held.get(key)}"
            yield Finding(INVARIANT, article_id, detail)
