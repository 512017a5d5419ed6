"""The texts of a page of articles."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from service.store import Store
from service.store.schema import articles, texts


def load_texts(store: Store, article_ids: Sequence[str], max_chars: int) -> dict[str, str]:
    """Return the texts of a page of articles by id, each cut after `max_chars` characters."""
    query = (
        select(articles.c.id, func.substr(texts.c.text, 1, max_chars).label("beginning"))
        .join(texts, texts.c.key == articles.c.key)
        .where(articles.c.id.in_(article_ids))
    )
    with store.reading() as connection:
        return {row.id: row.beginning for row in connection.execute(query)}
