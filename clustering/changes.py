"""What a draft amounts to: the merges and splits of groups and events, each with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clustering.draft import Draft
from clustering.model import Change

Likeness = Callable[[Sequence[int], Sequence[int]], float]
"""Gives the mean probability of "same event" between some groups and others."""


def changes(draft: Draft, likeness: Likeness) -> tuple[Change, ...]:
    """List the merges and splits that a draft would make.

    Parameters
    ----------
    draft : Draft
    likeness : callable

    Returns
    -------
    tuple of Change
        Each once; groups before events.
    """
    return tuple(dict.fromkeys([*_of_groups(draft), *_of_events(draft, likeness)]))


def _of_groups(draft: Draft) -> list[Change]:
    found = []
    for slot, group in draft.placed.items():
        before = draft.group_before(slot)
        if not before or not group or before == group:
            continue
        if not draft.members(before):
            found.append(Change("group.merged", before, group, "one text links both"))
        elif not draft.roster.members(group):
            reason = "what they share is common to many stories"
            found.append(Change("group.split", before, group, reason))
    return found


def _of_events(draft: Draft, likeness: Likeness) -> list[Change]:
    found = []
    for event, after in _event_moves(draft):
        moved = [group for group in draft.roster.groups[event] if draft.event(group) == after]
        if not draft.groups(event):
            there = [group for group in draft.groups(after) if group not in moved]
            reason = _reason("probably the same event", likeness, moved, there)
            found.append(Change("event.merged", event, after, reason))
        elif after not in draft.roster.groups:
            reason = _reason("probably not the same event", likeness, moved, draft.groups(event))
            found.append(Change("event.split", event, after, reason))
    return found


def _reason(verdict: str, likeness: Likeness, here: Sequence[int], there: Sequence[int]) -> str:
    """The verdict with the numbers behind it; copies count as one text."""
    if not here or not there:
        return verdict
    mean = likeness(here, there)
    return f"{verdict}: {mean:.2f} on average between {_texts(here)} and {_texts(there)}"


def _texts(groups: Sequence[int]) -> str:
    return f"{len(groups)} text" if len(groups) == 1 else f"{len(groups)} texts"


def _event_moves(draft: Draft) -> list[tuple[int, int]]:
    """From which event to which other one any article would move, in the order of slots."""
    moves: dict[tuple[int, int], None] = {}
    for slot in draft.moved_slots():
        before = draft.roster.event.get(draft.group_before(slot))
        after = draft.event(draft.group(slot))
        if before and after and before != after:
            moves[before, after] = None
    return list(moves)
