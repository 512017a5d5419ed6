"""Candidates of articles and texts from the index, with the rows that are shown of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, Select, select

from clustering.explain.neighbours import ScoredCandidates
from service.engine.writer import IndexWriter
from service.store.schema import articles, assignments, events

LOCK_TIMEOUT_SECONDS: Final = 0.15
"""How long a page waits for the index while articles are written; then it shows no candidates."""
_MIN_PROBABILITY_SHOWN: Final = 0.01
"""Event probability from which a candidate is worth showing."""


def is_likely(probability: float | None) -> bool:
    """Return whether an event probability is high enough to show."""
    return probability is not None and probability >= _MIN_PROBABILITY_SHOWN


def score_candidates(writer: IndexWriter, keys: Iterable[int]) -> list[ScoredCandidates]:
    """Look up the candidates of live articles.

    Parameters
    ----------
    writer : IndexWriter
    keys : iterable of int
        Keys of articles; those that are not live are left out.

    Returns
    -------
    list of ScoredCandidates
        Empty if the index is busy.
    """
    with writer.read_index(LOCK_TIMEOUT_SECONDS) as index:
        if index is None:
            return []
        try:
            return [index.score_candidates(key) for key in keys if key in index]
        except KeyError:  # another process removed an article that this index still has
            return []


def fetch_articles(
    connection: Connection, column: Column[Any], values: Sequence[Any]
) -> dict[Any, Row[Any]]:
    """Fetch articles with their assignments and headlines.

    Parameters
    ----------
    connection : Connection
    column : Column
        Column of `articles` to look the values up in.
    values : sequence

    Returns
    -------
    dict
        Rows by the value of `column`.
    """
    query: Select[Any] = (
        select(
            *(articles.c[name] for name in ("key", "id", "url", "title", "source")),
            *(assignments.c[name] for name in ("group_number", "event_number")),
            events.c.headline,
        )
        .join_from(articles, assignments, assignments.c.key == articles.c.key)
        .join(events, events.c.number == assignments.c.event_number)
        .where(column.in_(values))
    )
    return {getattr(row, column.name): row for row in connection.execute(query)}
