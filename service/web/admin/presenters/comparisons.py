"""What an article is compared with, for the pages: what was accepted, and what fell short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, Select, select

from clustering.duplicates.comparison import Comparison
from clustering.explain.neighbours import ScoredCandidates
from service.common import ids
from service.engine.writer import IndexWriter
from service.store.projections import headlines
from service.store.schema import articles, assignments, events

_LOCK_TIMEOUT_SECONDS: Final = 0.15
"""Seconds that a page waits for the desk."""
_MIN_PROBABILITY_SHOWN: Final = 0.01
"""Probability from which an event is near another."""
_MAX_ARTICLES_COMPARED: Final = 5
"""Articles of an event whose neighbours are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedArticle:
    """An article that another is compared with."""

    article_id: str
    title: str
    source: str | None
    event_id: str
    headline: str
    accepted: bool
    """Whether the two are in one duplicate group, or in one event."""
    probability: float | None = None
    """That both report the same event."""
    comparison: Comparison | None = None
    """How much of the one stands in the other."""


@dataclass(frozen=True, slots=True)
class ArticleComparisons:
    """What one article is compared with, the best first."""

    duplicate_candidates: tuple[ComparedArticle, ...]
    event_candidates: tuple[ComparedArticle, ...]
    n_event_candidates: int
    """How many of these there are in all."""
    event_threshold: float
    """The mean probability that makes one event."""

    @property
    def likely_candidates(self) -> tuple[ComparedArticle, ...]:
        """Those that are worth a look."""
        return tuple(
            it for it in self.event_candidates if it.accepted or _is_likely(it.probability)
        )

    @property
    def unlikely_candidates(self) -> tuple[ComparedArticle, ...]:
        """All others."""
        likely = self.likely_candidates
        return tuple(it for it in self.event_candidates if it not in likely)


@dataclass(frozen=True, slots=True)
class SimilarEvent:
    """An event that may be the same as another one."""

    event_id: str
    headline: str
    probability: float


def find_comparisons(writer: IndexWriter, article_id: str) -> ArticleComparisons | None:
    """Look up what an article is compared with as things are now.

    Parameters
    ----------
    writer : IndexWriter
    article_id : str

    Returns
    -------
    Compared or None
        None if the article is not live, or somebody else has the desk just now.
    """
    with writer.store.reading() as transaction:
        own = _fetch_articles(transaction, articles.c.id, [article_id]).get(article_id)
    found = None if own is None else _score_candidates(writer, [own.key])
    if own is None or not found:
        return None
    (its,) = found
    with writer.store.reading() as transaction:
        wanted = [key for key, _ in its.duplicate_candidates] + [
            it.article for it in its.event_candidates
        ]
        rows = _fetch_articles(transaction, articles.c.key, wanted)
    reprints = (
        _compared_article(
            rows[key], accepted=rows[key].group_number == own.group_number, comparison=comparison
        )
        for key, comparison in its.duplicate_candidates
        if key in rows
    )
    neighbours = (
        _compared_article(
            row, accepted=row.event_number == own.event_number, probability=it.probability
        )
        for it in its.event_candidates
        if (row := rows.get(it.article)) is not None
    )
    return ArticleComparisons(
        tuple(reprints), tuple(neighbours), its.n_event_candidates, its.event_threshold
    )


def find_similar_events(
    writer: IndexWriter, event_id: str, article_ids: Sequence[str], limit: int = 6
) -> list[SimilarEvent]:
    """Look up the events that are most like some articles of an event, the likeliest first.

    Parameters
    ----------
    writer : IndexWriter
    event_id : str
        The event that they are in.
    article_ids : sequence of str
        The first few count.
    limit : int
    """
    own = ids.decode("e", event_id)
    with writer.store.reading() as transaction:
        some = _fetch_articles(transaction, articles.c.id, article_ids[:_MAX_ARTICLES_COMPARED])
    likely: dict[int, float] = {}
    for found in _score_candidates(writer, [row.key for row in some.values()]):
        for it in (it for it in found.event_candidates if _is_likely(it.probability)):
            likely[it.event] = max(it.probability, likely.get(it.event, 0.0))
    best = sorted((it for it in likely if it != own), key=lambda it: -likely[it])[:limit]
    with writer.store.reading() as transaction:
        shown = headlines.load_headlines(transaction, best)
    return [SimilarEvent(ids.encode("e", it), shown[it], likely[it]) for it in best if it in shown]


def _is_likely(probability: float | None) -> bool:
    return probability is not None and probability >= _MIN_PROBABILITY_SHOWN


def _score_candidates(writer: IndexWriter, keys: Iterable[int]) -> list[ScoredCandidates]:
    with writer.read_index(_LOCK_TIMEOUT_SECONDS) as index:
        if index is None:
            return []
        try:
            return [index.score_candidates(key) for key in keys if key in index]
        except KeyError:  # another process has removed something that this one still knows
            return []


def _fetch_articles(
    connection: Connection, column: Column[Any], values: Sequence[Any]
) -> dict[Any, Row[Any]]:
    """Articles with where they are, by what they were asked for by."""
    query: Select[Any] = (
        select(
            *(articles.c[name] for name in ("key", "id", "title", "source")),
            *(assignments.c[name] for name in ("group_number", "event_number")),
            events.c.headline,
        )
        .join_from(articles, assignments, assignments.c.key == articles.c.key)
        .join(events, events.c.number == assignments.c.event_number)
        .where(column.in_(values))
    )
    return {getattr(row, column.name): row for row in connection.execute(query)}


def _compared_article(row: Row[Any], *, accepted: bool, **scores: Any) -> ComparedArticle:
    return ComparedArticle(
        article_id=row.id,
        title=row.title,
        source=row.source,
        event_id=ids.encode("e", row.event_number),
        headline=row.headline,
        accepted=accepted,
        **scores,
    )
