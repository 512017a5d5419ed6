"""Members of duplicate groups as stored, with the fields that the canonical rule compares."""

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
"""All articles with the columns that `to_candidate` and `with_canonical` read."""


def to_candidate(row: Row[Any]) -> CanonicalCandidate:
    """Return the fields of a member that the canonical rule compares."""
    date_only = dates.is_date_only(row.published_at, row.published)
    return CanonicalCandidate(row.key, row.published, row.words, row.source, date_only)


def with_canonical(row: Row[Any], canonical: int) -> Assignment:
    """Return the assignment of a member whose group has this canonical article."""
    duplicate_of = None if row.key == canonical else canonical
    return Assignment(row.key, row.group_number, row.event_number, duplicate_of)
