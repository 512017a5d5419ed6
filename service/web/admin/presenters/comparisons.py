"""What one article is compared with: its duplicate candidates and its event candidates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from clustering.duplicates.comparison import Comparison
from clustering.explain.neighbours import ScoredCandidates
from service.common import ids
from service.engine.writer import IndexWriter
from service.review.candidates import fetch_articles, is_likely, score_candidates
from service.store.schema import articles


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedArticle:
    """A candidate that an article is compared with."""

    article_id: str
    title: str
    source: str | None
    event_id: str
    headline: str
    accepted: bool
    """Whether both are in one duplicate group; for event candidates, in one event."""
    probability: float | None = None
    """Probability that both report the same event; None for duplicate candidates."""
    comparison: Comparison | None = None
    """Result of comparing the texts; None for event candidates."""


@dataclass(frozen=True, slots=True)
class ArticleComparisons:
    """The candidates of one article, best first."""

    duplicate_candidates: tuple[ComparedArticle, ...]
    event_candidates: tuple[ComparedArticle, ...]
    n_event_candidates: int
    """Number of event candidates in the index; `event_candidates` has the best."""
    event_threshold: float
    """Mean pair probability from which groups are one event."""

    @property
    def likely_candidates(self) -> tuple[ComparedArticle, ...]:
        """Event candidates in the same event, or with a probability high enough to show."""
        return tuple(
            candidate
            for candidate in self.event_candidates
            if candidate.accepted or is_likely(candidate.probability)
        )

    @property
    def unlikely_candidates(self) -> tuple[ComparedArticle, ...]:
        """All other event candidates."""
        likely = self.likely_candidates
        return tuple(candidate for candidate in self.event_candidates if candidate not in likely)


def find_comparisons(writer: IndexWriter, article_id: str) -> ArticleComparisons | None:
    """Look up the candidates of an article as the index is now.

    Parameters
    ----------
    writer : IndexWriter
    article_id : str

    Returns
    -------
    ArticleComparisons or None
        None if the article is not live, or the index is busy.
    """
    with writer.store.reading() as connection:
        article = fetch_articles(connection, articles.c.id, [article_id]).get(article_id)
    scored_list = [] if article is None else score_candidates(writer, [article.key])
    if article is None or not scored_list:
        return None
    (scored,) = scored_list
    with writer.store.reading() as connection:
        keys = [key for key, _ in scored.duplicate_candidates] + [
            candidate.article for candidate in scored.event_candidates
        ]
        rows = fetch_articles(connection, articles.c.key, keys)
    return ArticleComparisons(
        tuple(_duplicate_candidates(scored, rows, article.group_number)),
        tuple(_event_candidates(scored, rows, article.event_number)),
        scored.n_event_candidates,
        scored.event_threshold,
    )


def _duplicate_candidates(
    scored: ScoredCandidates, rows: Mapping[int, Row[Any]], group_number: int
) -> Iterator[ComparedArticle]:
    for key, comparison in scored.duplicate_candidates:
        row = rows.get(key)
        if row is not None:
            accepted = row.group_number == group_number
            yield _compared_article(row, accepted=accepted, comparison=comparison)


def _event_candidates(
    scored: ScoredCandidates, rows: Mapping[int, Row[Any]], event_number: int
) -> Iterator[ComparedArticle]:
    for candidate in scored.event_candidates:
        row = rows.get(candidate.article)
        if row is not None:
            accepted = row.event_number == event_number
            yield _compared_article(row, accepted=accepted, probability=candidate.probability)


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
