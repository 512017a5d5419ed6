"""The store's content as rows: assignments, articles, events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from service import browse
from service.browse import CreditedPlacement, EventFilter, EventSummary
from service.store import Store

What = Literal["assignments", "articles", "events"]

_EVENTS_A_PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """An article with the fields it can be posted by again."""

    id: str
    url: str | None
    title: str
    text: str
    published_at: str | None
    source: str | None
    language: str | None


def articles(store: Store) -> Iterator[Posted]:
    """Yield every article as it could be posted again, by age."""
    for placement in browse.assignments(store):
        article = browse.article(store, placement.article_id)
        if article is not None:  # it may have been removed in the meantime
            yield Posted(
                id=article.id,
                url=article.url,
                title=article.title,
                text=article.text,
                published_at=article.published_at,
                source=article.source,
                language=article.language,
            )


def events(store: Store) -> Iterator[EventSummary]:
    """Yield every event, the newest first."""
    cursor = None
    while True:
        page = browse.events(store, EventFilter(), cursor, _EVENTS_A_PAGE)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


class Export(NamedTuple):
    """Rows that can be exported."""

    kind: type[Any]
    """The dataclass of a row."""
    rows: Callable[[Store], Iterator[object]]


EXPORTS: Final[dict[What, Export]] = {
    "assignments": Export(CreditedPlacement, browse.assignments),
    "articles": Export(Posted, articles),
    "events": Export(EventSummary, events),
}
