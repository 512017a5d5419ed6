"""What a draft amounts to: the merges and splits of groups and events, each with its reason."""

from __future__ import annotations

from clustering.draft import Draft
from clustering.model import Change


def changes(draft: Draft) -> tuple[Change, ...]:
    """List the merges and splits that a draft would make.

    Parameters
    ----------
    draft : Draft

    Returns
    -------
    tuple of Change
        Each once; groups before events.
    """
    return tuple(dict.fromkeys([*_of_groups(draft), *_of_events(draft)]))


def _of_groups(draft: Draft) -> list[Change]:
    found = []
    for slot, group in draft.placed.items():
        before = draft.group_before(slot)
        if not before or not group or before == group:
            continue
        if not draft.members(before):
            found.append(Change("group.merged", before, group, "one text links both"))
        elif group >= draft.roster.next_group:
            reason = "what they share is common to many stories"
            found.append(Change("group.split", before, group, reason))
    return found


def _of_events(draft: Draft) -> list[Change]:
    found = []
    for event, after in _event_moves(draft):
        if not draft.groups(event):
            found.append(Change("event.merged", event, after, "probably the same event"))
        elif after >= draft.roster.next_event:
            found.append(Change("event.split", event, after, "probably not the same event"))
    return found


def _event_moves(draft: Draft) -> list[tuple[int, int]]:
    """From which event to which other one any article would move, in the order of slots."""
    moves: dict[tuple[int, int], None] = {}
    for slot in draft.moved_slots():
        before = draft.roster.event.get(draft.group_before(slot))
        after = draft.event(draft.group(slot))
        if before and after and before != after:
            moves[before, after] = None
    return list(moves)
