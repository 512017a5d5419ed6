"""What a draft amounts to: the merges and splits of groups and events, each with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clustering.state.overlay import MembershipOverlay
from clustering.types import Change

MeanProbability = Callable[[Sequence[int], Sequence[int]], float]
"""Gives the mean probability of "same event" between some groups and others."""


def list_changes(
    overlay: MembershipOverlay, mean_probability: MeanProbability
) -> tuple[Change, ...]:
    """List the merges and splits that a draft would make.

    Parameters
    ----------
    overlay : MembershipOverlay
    mean_probability : callable

    Returns
    -------
    tuple of Change
        Each once; groups before events.
    """
    return tuple(
        dict.fromkeys(
            [*_list_group_changes(overlay), *_list_event_changes(overlay, mean_probability)]
        )
    )


def _list_group_changes(overlay: MembershipOverlay) -> list[Change]:
    found = []
    for slot, group in overlay.reassigned.items():
        before = overlay.previous_group(slot)
        if not before or not group or before == group:
            continue
        if not overlay.members(before):
            found.append(Change("group.merged", before, group, "one text links both"))
        elif not overlay.membership.members(group):
            reason = "what they share is common to many stories"
            found.append(Change("group.split", before, group, reason))
    return found


def _list_event_changes(
    overlay: MembershipOverlay, mean_probability: MeanProbability
) -> list[Change]:
    found = []
    for event, after in _find_event_moves(overlay):
        moved = [
            group
            for group in overlay.membership.event_groups[event]
            if overlay.event(group) == after
        ]
        if not overlay.groups(event):
            there = [group for group in overlay.groups(after) if group not in moved]
            reason = _format_reason("probably the same event", mean_probability, moved, there)
            found.append(Change("event.merged", event, after, reason))
        elif after not in overlay.membership.event_groups:
            reason = _format_reason(
                "probably not the same event", mean_probability, moved, overlay.groups(event)
            )
            found.append(Change("event.split", event, after, reason))
    return found


def _format_reason(
    verdict: str,
    mean_probability: MeanProbability,
    moved_groups: Sequence[int],
    other_groups: Sequence[int],
) -> str:
    """The verdict with the numbers behind it; copies count as one text."""
    if not moved_groups or not other_groups:
        return verdict
    mean = mean_probability(moved_groups, other_groups)
    return f"{verdict}: {mean:.2f} on average between {_format_text_count(moved_groups)} and {_format_text_count(other_groups)}"


def _format_text_count(groups: Sequence[int]) -> str:
    return f"{len(groups)} text" if len(groups) == 1 else f"{len(groups)} texts"


def _find_event_moves(overlay: MembershipOverlay) -> list[tuple[int, int]]:
    """From which event to which other one any article would move, in the order of slots."""
    moves: dict[tuple[int, int], None] = {}
    for slot in overlay.affected_slots():
        before = overlay.membership.event_of.get(overlay.previous_group(slot))
        after = overlay.event(overlay.group(slot))
        if before and after and before != after:
            moves[before, after] = None
    return list(moves)
