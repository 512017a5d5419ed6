"""What an article is compared with, for the pages: what was accepted, and what fell short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, Select, select

from clustering.candidates import Candidates
from clustering.verification import Comparison
from service import ids
from service.desk import Desk
from service.store import headlines
from service.store.tables import articles, assignments, events

_PATIENCE: Final = 0.15
"""Seconds that a page waits for the desk."""
_LIKELY: Final = 0.01
"""Probability from which an event is near another."""
_ARTICLES: Final = 5
"""Articles of an event whose neighbours are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """An article that another is compared with."""

    article_id: str
    title: str
    source: str | None
    event_id: str
    headline: str
    accepted: bool
    """Whether the two are in one duplicate group, or in one event."""
    probability: float | None = None
    """That both report the same event."""
    comparison: Comparison | None = None
    """How much of the one stands in the other."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What one article is compared with, the best first."""

    reprints: tuple[Beside, ...]
    neighbours: tuple[Beside, ...]
    n_neighbours: int
    """How many of these there are in all."""
    needed: float
    """The mean probability that makes one event."""

    @property
    def likely(self) -> tuple[Beside, ...]:
        """Those that are worth a look."""
        return tuple(it for it in self.neighbours if it.accepted or _is_likely(it.probability))

    @property
    def unlikely(self) -> tuple[Beside, ...]:
        """All others."""
        likely = self.likely
        return tuple(it for it in self.neighbours if it not in likely)


@dataclass(frozen=True, slots=True)
class Near:
    """An event that may be the same as another one."""

    event_id: str
    headline: str
    probability: float


def compared(desk: Desk, article_id: str) -> Compared | None:
    """Look up what an article is compared with as things are now.

    Parameters
    ----------
    desk : Desk
    article_id : str

    Returns
    -------
    Compared or None
        None if the article is not live, or somebody else has the desk just now.
    """
    with desk.store.reading() as transaction:
        own = _places(transaction, articles.c.id, [article_id]).get(article_id)
    found = None if own is None else _candidates(desk, [own.key])
    if own is None or not found:
        return None
    (its,) = found
    with desk.store.reading() as transaction:
        wanted = [key for key, _ in its.reprints] + [it.article for it in its.neighbours]
        rows = _places(transaction, articles.c.key, wanted)
    reprints = (
        _beside(
            rows[key], accepted=rows[key].group_number == own.group_number, comparison=comparison
        )
        for key, comparison in its.reprints
        if key in rows
    )
    neighbours = (
        _beside(row, accepted=row.event_number == own.event_number, probability=it.probability)
        for it in its.neighbours
        if (row := rows.get(it.article)) is not None
    )
    return Compared(tuple(reprints), tuple(neighbours), its.n_neighbours, its.join)


def nearest(desk: Desk, event_id: str, article_ids: Sequence[str], most: int = 6) -> list[Near]:
    """Look up the events that are most like some articles of an event, the likeliest first.

    Parameters
    ----------
    desk : Desk
    event_id : str
        The event that they are in.
    article_ids : sequence of str
        The first few count.
    most : int
    """
    own = ids.decode("e", event_id)
    with desk.store.reading() as transaction:
        some = _places(transaction, articles.c.id, article_ids[:_ARTICLES])
    likely: dict[int, float] = {}
    for found in _candidates(desk, [row.key for row in some.values()]):
        for it in (it for it in found.neighbours if _is_likely(it.probability)):
            likely[it.event] = max(it.probability, likely.get(it.event, 0.0))
    best = sorted((it for it in likely if it != own), key=lambda it: -likely[it])[:most]
    with desk.store.reading() as transaction:
        shown = headlines.shown(transaction, best)
    return [Near(ids.encode("e", it), shown[it], likely[it]) for it in best if it in shown]


def _is_likely(probability: float | None) -> bool:
    return probability is not None and probability >= _LIKELY


def _candidates(desk: Desk, keys: Iterable[int]) -> list[Candidates]:
    with desk.looking(_PATIENCE) as index:
        if index is None:
            return []
        try:
            return [index.candidates(key) for key in keys if key in index]
        except KeyError:  # another process has removed something that this one still knows
            return []


def _places(
    transaction: Connection, column: Column[Any], wanted: Sequence[Any]
) -> dict[Any, Row[Any]]:
    """Articles with where they are, by what they were asked for by."""
    query: Select[Any] = (
        select(
            *(articles.c[name] for name in ("key", "id", "title", "source")),
            *(assignments.c[name] for name in ("group_number", "event_number")),
            events.c.headline,
        )
        .join_from(articles, assignments, assignments.c.key == articles.c.key)
        .join(events, events.c.number == assignments.c.event_number)
        .where(column.in_(wanted))
    )
    return {getattr(row, column.name): row for row in transaction.execute(query)}


def _beside(row: Row[Any], *, accepted: bool, **scores: Any) -> Beside:
    return Beside(
        article_id=row.id,
        title=row.title,
        source=row.source,
        event_id=ids.encode("e", row.event_number),
        headline=row.headline,
        accepted=accepted,
        **scores,
    )
