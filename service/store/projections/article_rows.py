"""Articles as event summaries read them: all columns that matter, without the text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from operator import attrgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, func, select

from service.store import bulk
from service.store.schema import articles, assignments, features

SEEN_AT: Final = func.coalesce(articles.c.published, articles.c.received_at)
"""When an article was published; when it was received, if that is unknown (POSIX seconds)."""

_MAX_TITLE_CHARS: Final = 300
"""Characters of a title in a summary; titles of any length are accepted."""


class ArticleSummary(NamedTuple):
    """An article, its group and its event."""

    event: int
    group: int
    key: int
    seen: float
    published: float | None
    title: str
    duplicate_of: int | None
    source: str | None
    wire_agency: str | None
    language: str


_ARTICLES_QUERY: Final[Select[Any]] = (
    select(
        assignments.c.event_number,
        assignments.c.group_number,
        articles.c.key,
        SEEN_AT,
        articles.c.published,
        articles.c.title,
        assignments.c.duplicate_of,
        articles.c.source,
        features.c.wire_agency,
        features.c.language,
    )
    .join_from(assignments, articles, articles.c.key == assignments.c.key)
    .join(features, features.c.key == assignments.c.key)
)


def load_by_event(
    connection: Connection, numbers: Iterable[int]
) -> dict[int, list[ArticleSummary]]:
    """Return the articles of events in order of time; events without articles are left out."""
    by_event = defaultdict(list)
    rows = bulk.select_in(connection, _ARTICLES_QUERY, assignments.c.event_number, numbers)
    for article in map(ArticleSummary._make, rows):
        by_event[article.event].append(article)
    for members in by_event.values():
        members.sort(key=attrgetter("seen", "key"))
    return by_event


def load_by_key(connection: Connection, keys: Iterable[int]) -> dict[int, ArticleSummary]:
    """Return articles by key."""
    rows = bulk.select_in(connection, _ARTICLES_QUERY, assignments.c.key, keys)
    return {article.key: article for article in map(ArticleSummary._make, rows)}


def one_line_title(title: str) -> str:
    """Return a title on one line, of bounded length."""
    line = " ".join(title.split())
    return line if len(line) <= _MAX_TITLE_CHARS else line[: _MAX_TITLE_CHARS - 1] + "…"


def join_lines(values: Iterable[str | None]) -> str:
    """Return distinct values between line breaks, so that a query can match a whole value."""
    return "\n".join(["", *sorted({value for value in values if value}), ""])
