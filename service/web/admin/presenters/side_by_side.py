"""Two articles side by side, as somebody looks at them who is to judge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from clustering.explain.highlight import Span, highlight
from clustering.explain.pair import explain_event
from clustering.explain.report import EventExplanation
from clustering.types import Features
from service import queries
from service.common import dates
from service.queries import ArticleView
from service.review.queue import UncertainPairView
from service.store import Store
from service.store.log import replay
from service.store.review import thresholds
from service.store.schema import articles

MAX_CHARS_SHOWN: Final = 12_000
"""Characters of either text that are shown; further back lies little that tells of an event."""


@dataclass(frozen=True, slots=True)
class PairSide:
    """One of the two."""

    article: ArticleView
    published: datetime | None
    text: tuple[Span, ...]
    is_truncated: bool

    @property
    def language(self) -> str:
        """As given or detected."""
        return self.article.language or self.article.detected_language


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Both, and what speaks for one event."""

    sides: tuple[PairSide, PairSide]
    explanation: EventExplanation


def compare_pair(store: Store, uncertain_pair: UncertainPairView) -> SideBySide | None:
    """Lay two articles side by side; None if one is gone meanwhile."""
    found = [queries.get_article(store, it) for it in uncertain_pair.article_ids]
    with store.reading() as transaction:
        features = _fetch_features(transaction, uncertain_pair.article_ids)
        rarity, join = (
            replay.load_idf_snapshot(transaction),
            thresholds.current_threshold(transaction),
        )
    one, other = found
    if one is None or other is None or len(features) < len(found):
        return None
    event = explain_event(features[one.id], features[other.id], rarity, join)
    texts = highlight(
        one.text[:MAX_CHARS_SHOWN], other.text[:MAX_CHARS_SHOWN], {it.term for it in event.terms}
    )
    return SideBySide((_make_side(one, texts[0]), _make_side(other, texts[1])), event)


def _make_side(article: ArticleView, text: tuple[Span, ...]) -> PairSide:
    read = dates.read_stored(article.published_at)
    published = dates.from_timestamp(read.seconds) if read else None
    return PairSide(article, published, text, len(article.text) > MAX_CHARS_SHOWN)


def _fetch_features(connection: Connection, article_ids: tuple[str, str]) -> dict[str, Features]:
    query = select(articles.c.key, articles.c.id).where(articles.c.id.in_(article_ids))
    names_of = {row.key: row.id for row in connection.execute(query)}
    return {
        names_of[it]: placed[1] for it, placed in replay.load_articles(connection, names_of).items()
    }
