"""How alike the stories inside one event are: the probabilities behind it, each with each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from clustering.model import Features
from service import ids, pictures
from service.browse import EventSummary
from service.desk import Desk
from service.store.tables import articles, assignments, features

MOST: Final = 20
"""Duplicate groups in one picture."""
_FEWEST: Final = 3


class Story(NamedTuple):
    """The article that stands for a duplicate group."""

    article_id: str
    title: str
    source: str | None


@dataclass(frozen=True, slots=True)
class Inside:
    """A picture of an event's pairs.

    Attributes
    ----------
    heat : HeatMap
    stories : tuple of Story
        One for each row.
    groups : int
        Duplicate groups of the event, also those that are not in the picture.
    """

    heat: pictures.HeatMap
    stories: tuple[Story, ...]
    groups: int

    @property
    def least(self) -> float:
        """The probability of the pair that is least alike."""
        return min(cell.share for cell in self.heat.cells)


def inside(desk: Desk, event: EventSummary) -> Inside | None:
    """Compare the stories of an event, each with each.

    Of an event with very many, those with the most copies, and of these the earliest.

    Parameters
    ----------
    desk : Desk
    event : EventSummary

    Returns
    -------
    Inside or None
        None if there are too few to compare, or while the index is being loaded.
    """
    if event.group_count < _FEWEST:
        return None
    with desk.store.reading() as transaction:
        shown = _largest(transaction, ids.decode("e", event.event_id) or 0)
        # A group is compared through its fullest text.
        fullest = [max(group, key=lambda row: (row.words, -row.key)).key for group in shown]
        read = _features(transaction, fullest)
    shares = desk.pairwise([read[key] for key in fullest]) if len(shown) >= _FEWEST else None
    if shares is None:
        return None
    heat = pictures.heat_map(shares.tolist())
    return Inside(heat, tuple(_story(shown[at]) for at in heat.order), event.group_count)


def _largest(transaction: Connection, event: int) -> list[list[Row[Any]]]:
    """The articles of an event's largest duplicate groups, the largest first."""
    number = assignments.c.group_number
    numbers = (
        select(number)
        .where(assignments.c.event_number == event)
        .group_by(number)
        .order_by(func.count().desc(), number)
        .limit(MOST)
    )
    query: Select[Any] = (
        select(
            *(articles.c[name] for name in ("key", "id", "title", "source")),
            *(assignments.c[name] for name in ("group_number", "duplicate_of")),
            features.c.words,
        )
        .join_from(assignments, articles, articles.c.key == assignments.c.key)
        .join(features, features.c.key == assignments.c.key)
        .where(number.in_(bindparam("numbers", expanding=True)))
        .order_by(articles.c.key)
    )
    groups: dict[int, list[Row[Any]]] = {it: [] for it in transaction.scalars(numbers)}
    for row in transaction.execute(query, {"numbers": [*groups]}):
        groups[row.group_number].append(row)
    return list(groups.values())


def _story(group: Sequence[Row[Any]]) -> Story:
    canonical = next((row for row in group if row.duplicate_of is None), group[0])
    return Story(canonical.id, canonical.title, canonical.source)


def _features(transaction: Connection, keys: Sequence[int]) -> dict[int, Features]:
    columns = ("key", "language", "words", "origin", "terms")
    query: Select[Any] = (
        select(*(features.c[name] for name in columns), articles.c.published, articles.c.source)
        .join(articles, articles.c.key == features.c.key)
        .where(features.c.key.in_(keys))
    )
    return {
        row.key: Features(
            language=row.language,
            fingerprint=b"",
            terms=row.terms,
            published=row.published,
            source=row.source,
            words=row.words,
            origin=row.origin,
        )
        for row in transaction.execute(query)
    }
