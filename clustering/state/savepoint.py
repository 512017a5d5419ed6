"""Savepoints of a membership: what `Membership.savepoint` saves and `restore` writes back."""

from __future__ import annotations

from typing import NamedTuple

from clustering.state.representatives import Representatives


class SavedGroup(NamedTuple):
    """A group at the time of a savepoint; None for an entry that it did not have."""

    members: tuple[int, ...]
    representatives: Representatives | None
    is_pinned: bool
    constrained_slots: frozenset[int] | None
    event: int | None


class MembershipSavepoint(NamedTuple):
    """Some articles, groups and events as they were, so that they can be restored.

    Attributes
    ----------
    next_group, next_event : int
    slots : dict of int to int
        Slots by article.
    group_of : dict of int to int
        Groups by slot.
    groups : dict of int to SavedGroup
    events : dict of int to tuple of int
        The groups of each event; None for an event that had none.
    """

    next_group: int
    next_event: int
    slots: dict[int, int]
    group_of: dict[int, int]
    groups: dict[int, SavedGroup]
    events: dict[int, tuple[int, ...] | None]
