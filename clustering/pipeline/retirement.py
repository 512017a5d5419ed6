"""Retirement: old articles leave the index or come back; canonical articles are pinned.

Retired articles stay in their groups and events in the store, but new articles are not compared
with them any more. The canonical article of a group with retired members is *pinned*: the rule
cannot be applied to members that the index no longer holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from clustering.pipeline.index_state import IndexState
from clustering.types import Assignment, Features

FindGroupsWithRetired = Callable[[Collection[int]], Collection[int]]
"""Returns those of some groups that have retired members."""


class Retirement:
    """Retires and reactivates articles, and keeps the pins of canonical articles.

    Parameters
    ----------
    state : IndexState
    """

    def __init__(self, state: IndexState) -> None:
        self._state = state

    def retire(self, keys: Iterable[int]) -> None:
        """Take the oldest articles out of the index.

        The live members of their groups keep their groups and events. The canonical article of a
        group is pinned when the first of its members retires.

        Parameters
        ----------
        keys : iterable of int
            Live articles. Memory is freed up to the first one that stays.
        """
        self._state.check_idle()
        membership, event_index = self._state.membership, self._state.event_index
        slots = {key: membership.slot_of[key] for key in keys}
        groups = dict.fromkeys(map(membership.group, slots.values()))
        membership.retire(slots)
        event_index.sync_groups(membership, groups)
        for slot in slots.values():
            event_index.remove(slot)
        self._state.commit()
        event_index.drop_before(membership.first_slot)
        self._state.duplicate_index.drop_before(membership.first_slot)

    def reactivate(self, key: int, features: Features, assignment: Assignment) -> None:
        """Make an article the newest of the index, with the assignment that it has.

        The article may be live or retired. The retired members of a group are reactivated
        together.

        Parameters
        ----------
        key : int
        features : Features
        assignment : Assignment
            As stored.
        """
        self._state.check_idle()
        membership, group = self._state.membership, assignment.group
        is_live = key in membership.slot_of
        keeps_canonical = not is_live or group in membership.pinned_groups
        if is_live:
            self._state.event_index.remove(membership.remove(key))
        self._state.add(key, features)
        self._state.assign(assignment)
        if keeps_canonical:
            self.pin_canonical(group, assignment.duplicate_of or key)
        self._state.event_index.sync_groups(membership, [group])
        self._state.commit()

    def pin_canonical(self, group: int, canonical: int) -> None:
        """Keep the canonical article of a group until it leaves, or an editor chooses another.

        Parameters
        ----------
        group : int
            Nothing is done if none of its articles is live.
        canonical : int
            Need not be live.
        """
        self._state.pin_canonical(group, canonical)

    def ensure_canonical(self, group: int, canonical: int) -> None:
        """Pin the canonical article of a group, if the group has another one now.

        Parameters
        ----------
        group : int
            Nothing is done if none of its articles is live.
        canonical : int
            Need not be live.
        """
        self._state.ensure_canonical(group, canonical)

    def unpin_without_retired(
        self, find_with_retired: FindGroupsWithRetired, more_groups: Collection[int] = ()
    ) -> None:
        """Unpin groups without retired members whose canonical article is the rule's again.

        Only groups that have changed since the last call are looked at. The index is then the one
        that would be loaded from the store.

        Parameters
        ----------
        find_with_retired : callable
            Returns those of some groups that have retired members.
        more_groups : collection of int
            Further groups to look at.
        """
        self._state.check_idle()
        membership = self._state.membership
        changed = membership.pinned_groups & {*self._state.changed_pins, *more_groups}
        self._state.changed_pins.clear()
        if not changed:
            return
        for group in changed - {*find_with_retired(changed)}:
            canonical = membership.representatives(group).canonical
            if canonical == membership.default_canonical(group):
                membership.unpin(group)
