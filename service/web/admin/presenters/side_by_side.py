"""Two articles side by side, with their shared passages and terms marked, for review."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from clustering.explain.explanation import EventExplanation
from clustering.explain.highlight import Span, highlight
from clustering.explain.pair import explain_event
from clustering.types import Features
from service import queries
from service.common import dates
from service.queries import ArticleView
from service.store import Store
from service.store.change_log import replay
from service.store.review import thresholds
from service.store.schema import articles

MAX_CHARS_SHOWN: Final = 12_000
"""Characters of each text that are shown and compared; later text says little about the event."""


@dataclass(frozen=True, slots=True)
class PairSide:
    """One article of the pair."""

    article: ArticleView
    published: datetime | None
    text: tuple[Span, ...]
    is_truncated: bool

    @property
    def language(self) -> str:
        """Language as given, else as detected."""
        return self.article.language or self.article.detected_language


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Both articles, and the numbers behind their event probability."""

    sides: tuple[PairSide, PairSide]
    explanation: EventExplanation


def compare_pair(store: Store, article_ids: tuple[str, str]) -> SideBySide | None:
    """Prepare two articles.

    Parameters
    ----------
    store : Store
    article_ids : tuple of (str, str)

    Returns
    -------
    SideBySide or None
        None if there is no such article, any more or at all.
    """
    first, second = (queries.get_article(store, id_) for id_ in article_ids)
    with store.reading() as connection:
        features = _fetch_features(connection, article_ids)
        idf_snapshot = replay.load_idf_snapshot(connection)
        event_threshold = thresholds.current_threshold(connection)
    if first is None or second is None or len(features) < 2:
        return None
    explanation = explain_event(
        features[first.id], features[second.id], idf_snapshot, event_threshold
    )
    texts = highlight(
        first.text[:MAX_CHARS_SHOWN],
        second.text[:MAX_CHARS_SHOWN],
        {term.term for term in explanation.shared_terms},
    )
    sides = (_make_side(first, texts[0]), _make_side(second, texts[1]))
    return SideBySide(sides, explanation)


def _make_side(article: ArticleView, text: tuple[Span, ...]) -> PairSide:
    read = dates.read_stored(article.published_at)
    published = dates.from_timestamp(read.seconds) if read else None
    return PairSide(article, published, text, len(article.text) > MAX_CHARS_SHOWN)


def _fetch_features(connection: Connection, article_ids: tuple[str, str]) -> dict[str, Features]:
    query = select(articles.c.key, articles.c.id).where(articles.c.id.in_(article_ids))
    id_of = {row.key: row.id for row in connection.execute(query)}
    loaded = replay.load_articles(connection, id_of)
    return {id_of[key]: article[1] for key, article in loaded.items()}
