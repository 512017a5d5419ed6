"""How to undo a decision: its moves, and edit plans that restore or recluster the articles."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from clustering.constraints.decision import Decision
from clustering.pipeline.edit_plan import EditPlan
from clustering.types import Assignment
from service.review.assigned_articles import AssignedArticle


@dataclass(frozen=True, slots=True)
class Move:
    """The position of an article before and after a decision."""

    key: int
    group_before: int
    event_before: int
    duplicate_of_before: int | None
    group: int
    event: int
    duplicate_of: int | None
    placed_by_before: int | None = None
    """The decision that had placed the article before; older rows do not say."""

    @property
    def events(self) -> tuple[int, int]:
        """The event before, and the event after."""
        return (self.event_before, self.event)

    @property
    def changes_event(self) -> bool:
        """Whether the article changed its event."""
        return self.event_before != self.event

    @property
    def changes_group(self) -> bool:
        """Whether the article changed its duplicate group."""
        return self.group_before != self.group

    @property
    def changes_canonical(self) -> bool:
        """Whether the canonical article of its group changed."""
        return self.canonical_before != (self.duplicate_of or self.key)

    @property
    def canonical_before(self) -> int:
        """The canonical article of its group before the decision."""
        return self.duplicate_of_before or self.key

    def is_unchanged_in(self, article: AssignedArticle) -> bool:
        """Whether the article is still where the decision moved it."""
        return (article.group, article.event) == (self.group, self.event)

    def inverse(self) -> Assignment:
        """Return the assignment before the decision."""
        return Assignment(self.key, self.group_before, self.event_before)


def build_undo_plans(
    decision: Decision,
    moves: Sequence[Move],
    reversible: Sequence[Move],
    keys: Collection[int],
    *,
    has_changed: bool,
) -> list[EditPlan]:
    """Return edit plans for an undo, in order of preference.

    Parameters
    ----------
    decision : Decision
    moves, reversible : sequence of Move
        All moves of the decision, and those whose article has not moved since.
    keys : collection of int
        Articles that the decision was about or that it moved.
    has_changed : bool
        Whether anything has changed in the events since. If nothing has, everything is restored;
        otherwise the articles are restored as far as possible and reclustered.
    """
    regrouped = {
        *decision.one_group,
        *decision.distinct,
        *(move.key for move in moves if move.changes_group),
    }
    recluster = EditPlan(reclustered=tuple(sorted(keys)), regrouped=tuple(sorted(regrouped)))
    canonical_before = {
        move.group_before: move.canonical_before for move in reversible if move.changes_canonical
    }
    restored = tuple(move.inverse() for move in reversible)
    if has_changed:
        return [replace(recluster, restored_assignments=restored), recluster, EditPlan()]
    restore = EditPlan(
        restored_assignments=restored, pinned_canonicals=tuple(canonical_before.items())
    )
    return [restore, recluster, EditPlan()]
