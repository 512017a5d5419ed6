"""The sources of the stored articles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from service.common.dates import from_timestamp
from service.common.docstring_config import DOCSTRING_CONFIG
from service.store import Store, schema

MAX_SOURCES: Final = 1000
"""Sources that are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSummary:
    """A source, by the name that its articles give."""

    __pydantic_config__ = DOCSTRING_CONFIG

    name: str
    articles: int
    last_received_at: datetime
    """When its last article was received."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceList:
    """The sources, those with the most articles first; a thousand at most."""

    __pydantic_config__ = DOCSTRING_CONFIG

    items: tuple[SourceSummary, ...]


def list_sources(store: Store) -> SourceList:
    """Return the sources, those with the most articles first; `MAX_SOURCES` at most."""
    columns, n_articles = schema.articles.c, func.count()
    query = (
        select(columns.source, n_articles, func.max(columns.received_at))
        .where(columns.source.is_not(None))
        .group_by(columns.source)
        .order_by(n_articles.desc(), columns.source)
        .limit(MAX_SOURCES)
    )
    with store.reading() as connection:
        rows = connection.execute(query).all()
    return SourceList(
        items=tuple(
            SourceSummary(name=name, articles=count, last_received_at=from_timestamp(received))
            for name, count, received in rows
        )
    )
