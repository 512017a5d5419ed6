"""Members of groups as the store has them, and who stands for them."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Row, Select, select

from clustering.canonical import Candidate
from clustering.model import Assignment
from service.store.tables import articles, assignments, features

MEMBERS: Final[Select[Any]] = (
    select(
        articles.c.key,
        articles.c.id,
        articles.c.published,
        articles.c.source,
        features.c.words,
        assignments.c.group_number,
        assignments.c.event_number,
        assignments.c.duplicate_of,
    )
    .join_from(assignments, articles, articles.c.key == assignments.c.key)
    .join(features, features.c.key == assignments.c.key)
)


def candidate(row: Row[Any]) -> Candidate:
    """What a member has to say for itself."""
    return Candidate(row.key, row.published, row.words, row.source)


def led_by(row: Row[Any], standing: int) -> Assignment:
    """A member's place, with an article that stands for its group."""
    original = None if row.key == standing else standing
    return Assignment(row.key, row.group_number, row.event_number, original)
