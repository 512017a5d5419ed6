"""What an editor has skipped: not one pair, but the question behind it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row

from clustering.types import QuestionKind

Subject = tuple[frozenset[int], bool]
"""The events of a pair, and whether it is about near-duplicates."""


def subject_of(events: tuple[int, int], kind: QuestionKind) -> Subject:
    """Return what a pair asks about."""
    return frozenset(events), kind == "duplicate"


class SkippedSubjects:
    """Tells which pairs ask an editor once more what was skipped.

    Parameters
    ----------
    skipped_rows : iterable of Row
        Pairs with their groups and events, as of `uncertain_pairs`.
    """

    def __init__(self, skipped_rows: Iterable[Row[Any]]) -> None:
        self._groups_of: dict[Subject, set[int]] = {}
        for row in skipped_rows:
            groups = self._groups_of.setdefault(_subject_of(row), set())
            groups.update((row.first_group, row.second_group))

    def covers(self, row: Row[Any]) -> bool:
        """Whether the same two events were asked about, or inside one event the same text."""
        groups = self._groups_of.get(_subject_of(row))
        if groups is None or row.first_event != row.second_event:
            return groups is not None
        return row.first_group in groups or row.second_group in groups


def _subject_of(row: Row[Any]) -> Subject:
    return subject_of((row.first_event, row.second_event), row.kind)
