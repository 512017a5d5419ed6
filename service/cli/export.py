"""Rows that ``storyfold export`` writes: assignments, articles or events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from service import queries
from service.queries import AssignmentItemWithOrigin, EventFilter, EventSummary
from service.store import Store

ExportKind = Literal["assignments", "articles", "events"]

_EVENTS_PER_PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedArticle:
    """An article with the fields that ingest accepts."""

    id: str
    url: str | None
    title: str
    text: str
    published_at: str | None
    source: str | None
    language: str | None


def iter_articles(store: Store) -> Iterator[ExportedArticle]:
    """Yield every article with the fields that ingest accepts, oldest first."""
    for assignment in queries.iter_assignments(store):
        article = queries.get_article(store, assignment.article_id)
        if article is not None:  # None if it was deleted since the assignments were read
            yield ExportedArticle(
                id=article.id,
                url=article.url,
                title=article.title,
                text=article.text,
                published_at=article.published_at,
                source=article.source,
                language=article.language,
            )


def iter_events(store: Store) -> Iterator[EventSummary]:
    """Yield every event, newest first."""
    cursor = None
    while True:
        page = queries.list_events(store, EventFilter(), cursor, _EVENTS_PER_PAGE)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


class Export(NamedTuple):
    """One kind of rows."""

    row_type: type[Any]
    """Dataclass of a row; its fields are the columns."""
    rows: Callable[[Store], Iterator[object]]


EXPORTS: Final[dict[ExportKind, Export]] = {
    "assignments": Export(AssignmentItemWithOrigin, queries.iter_assignments),
    "articles": Export(ExportedArticle, iter_articles),
    "events": Export(EventSummary, iter_events),
}
