"""The store's content as rows: assignments, articles, events."""

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
    """An article with the fields it can be posted by again."""

    id: str
    url: str | None
    title: str
    text: str
    published_at: str | None
    source: str | None
    language: str | None


def iter_articles(store: Store) -> Iterator[ExportedArticle]:
    """Yield every article as it could be posted again, by age."""
    for placement in queries.iter_assignments(store):
        article = queries.get_article(store, placement.article_id)
        if article is not None:  # it may have been removed in the meantime
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
    """Yield every event, the newest first."""
    cursor = None
    while True:
        page = queries.list_events(store, EventFilter(), cursor, _EVENTS_PER_PAGE)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


class Export(NamedTuple):
    """Rows that can be exported."""

    row_type: type[Any]
    """The dataclass of a row."""
    rows: Callable[[Store], Iterator[object]]


EXPORTS: Final[dict[ExportKind, Export]] = {
    "assignments": Export(AssignmentItemWithOrigin, queries.iter_assignments),
    "articles": Export(ExportedArticle, iter_articles),
    "events": Export(EventSummary, iter_events),
}
