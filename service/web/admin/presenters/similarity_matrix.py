"""Pairwise event probabilities of an event's duplicate groups, as a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, Select, bindparam, func, select

from clustering.state.representatives import longest_text_key
from clustering.types import Features
from service.common import ids
from service.engine.writer import IndexWriter
from service.queries import EventSummary
from service.store.change_log.members import to_candidate
from service.store.schema import articles, assignments, features
from service.web.admin.presenters.heat_map import HeatMap, build_heat_map

MAX_GROUPS_SHOWN: Final = 20
"""Duplicate groups in the heat map: as many as stay readable."""
_MIN_GROUPS: Final = 3
"""With fewer duplicate groups there is only one pair, and its probability is evidence already."""


class CanonicalArticle(NamedTuple):
    """The canonical article of a duplicate group, as the label of a row."""

    article_id: str
    title: str
    source: str | None


@dataclass(frozen=True, slots=True)
class EventSimilarityMatrix:
    """The pairs of an event's duplicate groups.

    Attributes
    ----------
    heat_map : HeatMap
    canonical_articles : tuple of CanonicalArticle
        One for each row of the heat map.
    n_groups : int
        Duplicate groups of the event, including those that are not in the heat map.
    probabilities : ndarray of float64, shape (n_shown, n_shown)
        In the order of the rows.
    """

    heat_map: HeatMap
    canonical_articles: tuple[CanonicalArticle, ...]
    n_groups: int
    probabilities: NDArray[np.float64]

    @property
    def min_probability(self) -> float:
        """Lowest probability of a pair."""
        return min(cell.similarity for cell in self.heat_map.cells)


def build_similarity_matrix(
    writer: IndexWriter, event: EventSummary
) -> EventSimilarityMatrix | None:
    """Compare the duplicate groups of an event, each with each.

    If the event has many groups, only the largest are compared, and among equals the earliest.

    Parameters
    ----------
    writer : IndexWriter
    event : EventSummary

    Returns
    -------
    EventSimilarityMatrix or None
        None if there are too few groups, or while the index is being loaded.
    """
    if event.group_count < _MIN_GROUPS:
        return None
    with writer.store.reading() as connection:
        groups = _fetch_largest_groups(connection, ids.decode("e", event.event_id) or 0)
        representatives = [_representative(group) for group in groups]
        features_of = _fetch_features(connection, representatives)
    probabilities = (
        writer.pairwise_probabilities([features_of[key] for key in representatives])
        if len(groups) >= _MIN_GROUPS
        else None
    )
    if probabilities is None:
        return None
    heat_map = build_heat_map(probabilities.tolist())
    canonical_articles = tuple(_canonical_article(groups[i]) for i in heat_map.order)
    ordered = probabilities[np.ix_(heat_map.order, heat_map.order)]
    return EventSimilarityMatrix(heat_map, canonical_articles, event.group_count, ordered)


def _fetch_largest_groups(connection: Connection, event_number: int) -> list[list[Row[Any]]]:
    """The articles of an event's largest duplicate groups, largest group first."""
    number = assignments.c.group_number
    largest = (
        select(number)
        .where(assignments.c.event_number == event_number)
        .group_by(number)
        .order_by(func.count().desc(), number)
        .limit(MAX_GROUPS_SHOWN)
    )
    query: Select[Any] = (
        select(
            *(
                articles.c[name]
                for name in ("key", "id", "title", "source", "published", "published_at")
            ),
            *(assignments.c[name] for name in ("group_number", "duplicate_of")),
            features.c.words,
        )
        .join_from(assignments, articles, articles.c.key == assignments.c.key)
        .join(features, features.c.key == assignments.c.key)
        .where(number.in_(bindparam("numbers", expanding=True)))
        .order_by(articles.c.key)
    )
    groups: dict[int, list[Row[Any]]] = {
        group_number: [] for group_number in connection.scalars(largest)
    }
    for row in connection.execute(query, {"numbers": [*groups]}):
        groups[row.group_number].append(row)
    return list(groups.values())


def _representative(group: Sequence[Row[Any]]) -> int:
    """Key of the article with the longest text, by which the index compares the group."""
    return min(map(to_candidate, group), key=longest_text_key).article


def _canonical_article(group: Sequence[Row[Any]]) -> CanonicalArticle:
    canonical = next((row for row in group if row.duplicate_of is None), group[0])
    return CanonicalArticle(canonical.id, canonical.title, canonical.source)


def _fetch_features(connection: Connection, keys: Sequence[int]) -> dict[int, Features]:
    columns = ("key", "language", "words", "wire_agency", "terms")
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
            wire_agency=row.wire_agency,
        )
        for row in connection.execute(query)
    }
