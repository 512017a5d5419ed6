"""Articles as the summary of their event reads them: everything but the text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from operator import attrgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, bindparam, func, select

from service.store import rows
from service.store.tables import articles, assignments, features

SEEN: Final = func.coalesce(articles.c.published, articles.c.received_at)
"""When an article came out, or else came in."""

_HEADLINE: Final = 300


class Clipping(NamedTuple):
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


_EVERY: Final[Select[Any]] = (
    select(
        assignments.c.event_number,
        assignments.c.group_number,
        articles.c.key,
        SEEN,
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
_OF_EVENTS: Final = _EVERY.where(
    assignments.c.event_number.in_(bindparam("numbers", expanding=True))
)
_OF_KEYS: Final = _EVERY.where(assignments.c.key.in_(bindparam("numbers", expanding=True)))


def by_event(transaction: Connection, numbers: Iterable[int]) -> dict[int, list[Clipping]]:
    """The articles of events, each event's in order of time; none of an event that has none."""
    found = defaultdict(list)
    for clipping in _read(transaction, _OF_EVENTS, numbers):
        found[clipping.event].append(clipping)
    for clippings in found.values():
        clippings.sort(key=attrgetter("seen", "key"))
    return found


def by_key(transaction: Connection, keys: Iterable[int]) -> dict[int, Clipping]:
    """Articles by key."""
    return {it.key: it for it in _read(transaction, _OF_KEYS, keys)}


def line(title: str) -> str:
    """A title on one line of bounded length."""
    one = " ".join(title.split())
    return one if len(one) <= _HEADLINE else one[: _HEADLINE - 1] + "…"


def lines(values: Iterable[str | None]) -> str:
    """Distinct values between line breaks, so that one can be looked for with its ends."""
    return "\n".join(["", *sorted({value for value in values if value}), ""])


def _read(
    transaction: Connection, query: Select[Any], numbers: Iterable[int]
) -> Iterable[Clipping]:
    for some in rows.in_steps(numbers):
        yield from map(Clipping._make, transaction.execute(query, {"numbers": some}))
