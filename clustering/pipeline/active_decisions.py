"""The active decisions of editors, and the constraints that follow from them."""

from __future__ import annotations

from collections.abc import Iterable

from clustering.constraints.decision import ConstraintSet, Decision
from clustering.pipeline.index_state import IndexState


class ActiveDecisions:
    """Decisions that were not undone, about articles that were not removed.

    Parameters
    ----------
    state : IndexState
    """

    def __init__(self, state: IndexState) -> None:
        self._state = state
        self._by_number: dict[int, Decision] = {}

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """All active decisions."""
        return tuple(self._by_number.values())

    @property
    def constraints(self) -> ConstraintSet:
        """The constraints that follow from them."""
        return self._state.membership.constraints

    @property
    def constrained_articles(self) -> frozenset[int]:
        """The articles with constraints; they do not retire."""
        return self._state.membership.constraints.articles

    def constrained_groups(self) -> dict[int, int]:
        """The groups of live articles with constraints, by article."""
        membership = self._state.membership
        slots = {article: membership.slot(article) for article in self.constrained_articles}
        return {
            article: membership.group(slot) for article, slot in slots.items() if slot is not None
        }

    def replace(self, decisions: Iterable[Decision]) -> None:
        """Replace the active decisions, and the constraints that follow from them.

        Parameters
        ----------
        decisions : iterable of Decision
        """
        self._by_number = {decision.number: decision for decision in decisions}
        self._state.membership.set_constraints(
            ConstraintSet.from_decisions(self._by_number.values())
        )
