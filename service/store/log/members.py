"""Members of groups as the store has them, and who stands for them."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Row, Select, select

from clustering.state.canonical import CanonicalCandidate
from clustering.types import Assignment
from service.common import dates
from service.store.schema import articles, assignments, features

MEMBERS_QUERY: Final[Select[Any]] = (
    select(
        articles.c.key,
        articles.c.id,
        articles.c.published,
        articles.c.published_at,
        articles.c.source,
        features.c.words,
        assignments.c.group_number,
        assignments.c.event_number,
        assignments.c.duplicate_of,
    )
    .join_from(assignments, articles, articles.c.key == assignments.c.key)
    .join(features, features.c.key == assignments.c.key)
)


def to_candidate(row: Row[Any]) -> CanonicalCandidate:
    """What a member has to say for itself."""
    date_only = dates.is_date_only(row.published_at, row.published)
    return CanonicalCandidate(row.key, row.published, row.words, row.source, date_only)


def with_canonical(row: Row[Any], canonical: int) -> Assignment:
    """A member's place, with an article that stands for its group."""
    original = None if row.key == canonical else canonical
    return Assignment(row.key, row.group_number, row.event_number, original)
