"""Two articles side by side, as somebody looks at them who is to judge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from clustering.explaining import EventReasons, explain_event
from clustering.marking import Stretch, mark
from clustering.model import Features
from service import browse, dates
from service.browse import ArticleView
from service.doubts.queue import DoubtView
from service.store import Store, lines, replay
from service.store.tables import articles

LONGEST: Final = 12_000
"""Characters of either text that are shown; further back lies little that tells of an event."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two."""

    article: ArticleView
    published: datetime | None
    text: tuple[Stretch, ...]
    shortened: bool

    @property
    def language(self) -> str:
        """As given or detected."""
        return self.article.language or self.article.detected_language


@dataclass(frozen=True, slots=True)
class Compared:
    """Both, and what speaks for one event."""

    sides: tuple[Side, Side]
    event: EventReasons


def compare(store: Store, doubt: DoubtView) -> Compared | None:
    """Lay two articles side by side; None if one is gone meanwhile."""
    found = [browse.article(store, it) for it in doubt.article_ids]
    with store.reading() as transaction:
        features = _features(transaction, doubt.article_ids)
        rarity, join = replay.newest_rarity(transaction), lines.in_force(transaction)
    one, other = found
    if one is None or other is None or len(features) < len(found):
        return None
    event = explain_event(features[one.id], features[other.id], rarity, join)
    texts = mark(one.text[:LONGEST], other.text[:LONGEST], {it.term for it in event.terms})
    return Compared((_side(one, texts[0]), _side(other, texts[1])), event)


def _side(article: ArticleView, text: tuple[Stretch, ...]) -> Side:
    at = article.published_at
    published = dates.moment(dates.parse(at)) if at else None
    return Side(article, published, text, len(article.text) > LONGEST)


def _features(transaction: Connection, names: tuple[str, str]) -> dict[str, Features]:
    query = select(articles.c.key, articles.c.id).where(articles.c.id.in_(names))
    names_of = {row.key: row.id for row in transaction.execute(query)}
    return {names_of[it]: placed[1] for it, placed in replay.placed(transaction, names_of).items()}
