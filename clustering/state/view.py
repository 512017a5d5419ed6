"""What can be read of a membership, whether changes are laid over it or not."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from clustering.constraints.decision import ConstraintSet
from clustering.state.canonical import CanonicalCandidate, CanonicalRule
from clustering.state.representatives import Representatives, choose_representatives


class MembershipView(ABC):
    """Live articles by slot, group and event.

    `Membership` holds them, `MembershipOverlay` lays uncommitted changes over them.

    Attributes
    ----------
    rule : CanonicalRule
        Chooses the canonical article of a group.
    constraints : ConstraintSet
        From the editors' decisions.
    """

    rule: CanonicalRule
    constraints: ConstraintSet

    @abstractmethod
    def article(self, slot: int) -> int:
        """The key of the article in a slot."""

    @abstractmethod
    def slot(self, article: int) -> int | None:
        """The slot of an article; None if the article is not live."""

    @abstractmethod
    def canonical_candidate(self, slot: int) -> CanonicalCandidate:
        """The fields of an article that the canonical rule compares."""

    @abstractmethod
    def group(self, slot: int) -> int:
        """The group of one slot; `NO_GROUP` if the article was removed or has retired."""

    @abstractmethod
    def groups_of_slots(self, slots: NDArray[np.uint32]) -> NDArray[np.int64]:
        """The group of each slot; `NO_GROUP` for articles that were removed or have retired."""

    @abstractmethod
    def members(self, group: int) -> tuple[int, ...]:
        """The slots of a group."""

    @abstractmethod
    def event(self, group: int) -> int | None:
        """The event of a group; None if the group has none yet."""

    @abstractmethod
    def groups(self, event: int) -> tuple[int, ...]:
        """The groups of an event."""

    @abstractmethod
    def constrained_slots(self, group: int) -> Collection[int]:
        """The slots of a group whose articles have constraints from editors' decisions."""

    @abstractmethod
    def representatives(self, group: int) -> Representatives:
        """The canonical article and the longest text of a group that has members."""

    @abstractmethod
    def _pinned_canonical(self, group: int) -> int | None:
        """The pinned canonical article of a group; None if none is pinned."""

    def _choose_representatives(self, group: int) -> Representatives:
        """Choose the representatives of a group among all its members.

        Whether a date is believed depends on those of all.
        An article that an editor chose is canonical before all others, then the pinned article
        unless it has moved to another group, then the one that the rule prefers.
        """
        chosen = self.constraints.chosen_canonical
        by_rule = choose_representatives(
            self.members(group), self.canonical_candidate, self.rule, chosen
        )
        pinned = self._pinned_canonical(group)
        if pinned is None or by_rule.canonical in chosen:
            return by_rule
        slot = self.slot(pinned)
        if slot is not None and self.group(slot) != group:
            return by_rule
        return by_rule._replace(canonical=pinned)
