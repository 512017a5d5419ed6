"""What is like an article or a text: its near-duplicates and the nearest events.

Nothing is stored, and nothing in the index changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row

from clustering.duplicates.comparison import Comparison
from clustering.explain.neighbours import ScoredCandidates
from clustering.features.extract import extract_features
from clustering.types import Article
from service.common import ids
from service.common.docstring_config import DOCSTRING_CONFIG
from service.common.errors import UnavailableError
from service.engine.writer import IndexWriter
from service.review import candidates
from service.store.schema import articles

_TEXT_KEY: Final = 0
"""Key of a text that is not stored; no article has it."""
LOCK_TIMEOUT_SECONDS: Final = 5.0
"""How long a program waits for the index while articles are written: longer than a page would."""


class BusyError(UnavailableError):
    """The index is loading, or articles are being written."""

    summary = "the index is busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class NearDuplicate:
    """An article with nearly the same text."""

    __pydantic_config__ = DOCSTRING_CONFIG

    article_id: str
    title: str
    url: str | None
    source: str | None
    duplicate_group_id: str
    event_id: str
    duplicate_score: float
    """Containment, with shingles weighted by how few duplicate groups contain them."""
    containment: float
    """Shared word shingles, of all that the shorter text has."""
    jaccard: float
    """Shared word shingles, of all that either text has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearEvent:
    """An event with an article like it."""

    __pydantic_config__ = DOCSTRING_CONFIG

    event_id: str
    headline: str
    article_id: str
    """The article that is most like it."""
    probability: float
    """Probability that both report the same event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarResult:
    """What is like an article or a text, the most similar first."""

    __pydantic_config__ = DOCSTRING_CONFIG

    near_duplicates: tuple[NearDuplicate, ...]
    events: tuple[NearEvent, ...]
    """Events of articles and their near-duplicates; for a stored article, its own is among them."""
    event_threshold: float
    """Mean probability from which texts are one event."""


def find_similar_to_article(writer: IndexWriter, article_id: str) -> SimilarResult | None:
    """Look up what is like a stored article.

    Returns
    -------
    SimilarResult or None
        None if there is no such article, or it is retired.

    Raises
    ------
    BusyError
    """
    with writer.store.reading() as connection:
        rows = candidates.fetch_articles(connection, articles.c.id, [article_id])
    if article_id not in rows:
        return None
    with writer.read_index(LOCK_TIMEOUT_SECONDS) as index:
        if index is None:
            raise BusyError
        key = rows[article_id].key
        scored = index.score_candidates(key) if key in index else None
    return None if scored is None else _to_result(writer, scored)


def find_similar_to_text(writer: IndexWriter, title: str, text: str) -> SimilarResult:
    """Look up what is like a text that is not stored.

    Raises
    ------
    BusyError
    """
    features = extract_features(Article(_TEXT_KEY, title, text))
    with writer.read_index(LOCK_TIMEOUT_SECONDS) as index:
        if index is None:
            raise BusyError
        scored = index.score_text(features)
    return _to_result(writer, scored)


def _to_result(writer: IndexWriter, scored: ScoredCandidates) -> SimilarResult:
    duplicates = [pair for pair in scored.duplicate_candidates if pair[1].is_linked]
    keys = {key for key, _ in duplicates}
    keys |= {candidate.article for candidate in scored.event_candidates}
    with writer.store.reading() as connection:
        rows = candidates.fetch_articles(connection, articles.c.key, sorted(keys))
    return SimilarResult(
        near_duplicates=tuple(
            _near_duplicate(rows[key], comparison) for key, comparison in duplicates if key in rows
        ),
        events=tuple(_near_events(scored, rows)),
        event_threshold=scored.event_threshold,
    )


def _near_duplicate(row: Row[Any], comparison: Comparison) -> NearDuplicate:
    return NearDuplicate(
        article_id=row.id,
        title=row.title,
        url=row.url,
        source=row.source,
        duplicate_group_id=ids.encode("g", row.group_number),
        event_id=ids.encode("e", row.event_number),
        duplicate_score=comparison.score,
        containment=comparison.containment,
        jaccard=comparison.jaccard,
    )


def _near_events(scored: ScoredCandidates, rows: Mapping[int, Row[Any]]) -> list[NearEvent]:
    """Return the likely events, each with its most probable article."""
    events: dict[int, NearEvent] = {}
    for candidate in scored.event_candidates:  # most probable first
        row = rows.get(candidate.article)
        if row is not None and candidates.is_likely(candidate.probability):
            event = NearEvent(
                event_id=ids.encode("e", row.event_number),
                headline=row.headline,
                article_id=row.id,
                probability=candidate.probability,
            )
            events.setdefault(row.event_number, event)
    return list(events.values())
