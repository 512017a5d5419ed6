"""Articles as the summary of their event reads them: everything but the text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from operator import attrgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, bindparam, func, select

from service.store import bulk
from service.store.schema import articles, assignments, features

SEEN_AT: Final = func.coalesce(articles.c.published, articles.c.received_at)
"""When an article came out, or else came in."""

_MAX_TITLE_CHARS: Final = 300


class ArticleSummary(NamedTuple):
    """An article, and where it belongs."""

    event: int
    group: int
    key: int
    seen: float
    published: float | None
    title: str
    duplicate_of: int | None
    source: str | None
    origin: str | None
    language: str


_ALL_ARTICLES: Final[Select[Any]] = (
    select(
        assignments.c.event_number,
        assignments.c.group_number,
        articles.c.key,
        SEEN_AT,
        articles.c.published,
        articles.c.title,
        assignments.c.duplicate_of,
        articles.c.source,
        features.c.origin,
        features.c.language,
    )
    .join_from(assignments, articles, articles.c.key == assignments.c.key)
    .join(features, features.c.key == assignments.c.key)
)
_BY_EVENT: Final = _ALL_ARTICLES.where(
    assignments.c.event_number.in_(bindparam("numbers", expanding=True))
)
_BY_KEY: Final = _ALL_ARTICLES.where(assignments.c.key.in_(bindparam("numbers", expanding=True)))


def load_by_event(
    connection: Connection, numbers: Iterable[int]
) -> dict[int, list[ArticleSummary]]:
    """The articles of events, each event's in order of time; none of an event that has none."""
    found = defaultdict(list)
    for clipping in _fetch(connection, _BY_EVENT, numbers):
        found[clipping.event].append(clipping)
    for clippings in found.values():
        clippings.sort(key=attrgetter("seen", "key"))
    return found


def load_by_key(connection: Connection, keys: Iterable[int]) -> dict[int, ArticleSummary]:
    """Articles by key."""
    return {it.key: it for it in _fetch(connection, _BY_KEY, keys)}


def one_line_title(title: str) -> str:
    """A title on one line of bounded length."""
    one = " ".join(title.split())
    return one if len(one) <= _MAX_TITLE_CHARS else one[: _MAX_TITLE_CHARS - 1] + "…"


def join_lines(values: Iterable[str | None]) -> str:
    """Distinct values between line breaks, so that one can be looked for with its ends."""
    return "\n".join(["", *sorted({value for value in values if value}), ""])


def _fetch(
    connection: Connection, query: Select[Any], numbers: Iterable[int]
) -> Iterable[ArticleSummary]:
    for some in bulk.chunked(numbers):
        yield from map(ArticleSummary._make, connection.execute(query, {"numbers": some}))
