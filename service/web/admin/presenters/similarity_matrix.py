"""How alike the stories inside one event are: the probabilities behind it, each with each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from clustering.state.representatives import longest_text_key
from clustering.types import Features
from service.common import ids
from service.engine.writer import IndexWriter
from service.queries import EventSummary
from service.store.log.members import to_candidate
from service.store.schema import articles, assignments, features
from service.web.admin.presenters import charts

MAX_GROUPS_SHOWN: Final = 20
"""Duplicate groups in one picture."""
_MIN_GROUPS: Final = 3


class CanonicalArticle(NamedTuple):
    """The article that stands for a duplicate group."""

    article_id: str
    title: str
    source: str | None


@dataclass(frozen=True, slots=True)
class EventSimilarityMatrix:
    """A picture of an event's pairs.

    Attributes
    ----------
    heat_map : HeatMap
    canonical_articles : tuple of CanonicalArticle
        One for each row.
    n_groups : int
        Duplicate groups of the event, also those that are not in the picture.
    """

    heat_map: charts.HeatMap
    canonical_articles: tuple[CanonicalArticle, ...]
    n_groups: int

    @property
    def min_probability(self) -> float:
        """The probability of the pair that is least alike."""
        return min(cell.similarity for cell in self.heat_map.cells)


def build_similarity_matrix(
    writer: IndexWriter, event: EventSummary
) -> EventSimilarityMatrix | None:
    """Compare the stories of an event, each with each.

    Of an event with very many, those with the most copies, and of these the earliest.

    Parameters
    ----------
    writer : IndexWriter
    event : EventSummary

    Returns
    -------
    EventSimilarityMatrix or None
        None if there are too few to compare, or while the index is being loaded.
    """
    if event.group_count < _MIN_GROUPS:
        return None
    with writer.store.reading() as transaction:
        shown = _fetch_largest_groups(transaction, ids.decode("e", event.event_id) or 0)
        # A group is compared through its fullest text.
        fullest = [min(map(to_candidate, group), key=longest_text_key).article for group in shown]
        read = _fetch_features(transaction, fullest)
    shares = (
        writer.pairwise_probabilities([read[key] for key in fullest])
        if len(shown) >= _MIN_GROUPS
        else None
    )
    if shares is None:
        return None
    heat = charts.build_heat_map(shares.tolist())
    return EventSimilarityMatrix(
        heat, tuple(_canonical_article(shown[at]) for at in heat.order), event.group_count
    )


def _fetch_largest_groups(connection: Connection, event_number: int) -> list[list[Row[Any]]]:
    """The articles of an event's largest duplicate groups, the largest first."""
    number = assignments.c.group_number
    numbers = (
        select(number)
        .where(assignments.c.event_number == event_number)
        .group_by(number)
        .order_by(func.count().desc(), number)
        .limit(MAX_GROUPS_SHOWN)
    )
    query: Select[Any] = (
        select(
            *(articles.c[name] for name in ("key", "id", "title", "source", "published")),
            *(assignments.c[name] for name in ("group_number", "duplicate_of")),
            features.c.words,
        )
        .join_from(assignments, articles, articles.c.key == assignments.c.key)
        .join(features, features.c.key == assignments.c.key)
        .where(number.in_(bindparam("numbers", expanding=True)))
        .order_by(articles.c.key)
    )
    groups: dict[int, list[Row[Any]]] = {it: [] for it in connection.scalars(numbers)}
    for row in connection.execute(query, {"numbers": [*groups]}):
        groups[row.group_number].append(row)
    return list(groups.values())


def _canonical_article(group: Sequence[Row[Any]]) -> CanonicalArticle:
    canonical = next((row for row in group if row.duplicate_of is None), group[0])
    return CanonicalArticle(canonical.id, canonical.title, canonical.source)


def _fetch_features(connection: Connection, keys: Sequence[int]) -> dict[int, Features]:
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
        for row in connection.execute(query)
    }
