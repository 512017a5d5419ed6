"""Changes: the merges and splits of groups and events that an overlay makes, with their reasons."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clustering.state.overlay import MembershipOverlay
from clustering.types import Change

MeanProbability = Callable[[Sequence[int], Sequence[int]], float]
"""Returns the mean same-event probability between some groups and others."""


def list_changes(
    overlay: MembershipOverlay, mean_probability: MeanProbability
) -> tuple[Change, ...]:
    """List the merges and splits that an overlay makes.

    Parameters
    ----------
    overlay : MembershipOverlay
    mean_probability : callable

    Returns
    -------
    tuple of Change
        Each once; groups before events.
    """
    group_changes = _list_group_changes(overlay)
    event_changes = _list_event_changes(overlay, mean_probability)
    return tuple(dict.fromkeys([*group_changes, *event_changes]))


def _list_group_changes(overlay: MembershipOverlay) -> list[Change]:
    changes = []
    for slot, group in overlay.reassigned.items():
        before = overlay.previous_group(slot)
        if not before or not group or before == group:
            continue
        if not overlay.members(before):
            changes.append(Change("group.merged", before, group, "one text links both"))
        elif not overlay.membership.members(group):
            reason = "the shared passages are common to many groups"
            changes.append(Change("group.split", before, group, reason))
    return changes


def _list_event_changes(
    overlay: MembershipOverlay, mean_probability: MeanProbability
) -> list[Change]:
    changes = []
    for event, target in _find_event_moves(overlay):
        moved = [
            group for group in overlay.membership.groups(event) if overlay.event(group) == target
        ]
        if not overlay.groups(event):
            target_groups = [group for group in overlay.groups(target) if group not in moved]
            reason = _format_reason(
                "probably the same event", mean_probability, moved, target_groups
            )
            changes.append(Change("event.merged", event, target, reason))
        elif not overlay.membership.groups(target):
            staying = overlay.groups(event)
            reason = _format_reason("probably not the same event", mean_probability, moved, staying)
            changes.append(Change("event.split", event, target, reason))
    return changes


def _format_reason(
    verdict: str,
    mean_probability: MeanProbability,
    moved_groups: Sequence[int],
    other_groups: Sequence[int],
) -> str:
    """The verdict with the numbers behind it; the copies of a text count once."""
    if not moved_groups or not other_groups:
        return verdict
    mean = mean_probability(moved_groups, other_groups)
    n_moved, n_other = _format_text_count(moved_groups), _format_text_count(other_groups)
    return f"{verdict}: {mean:.2f} on average between {n_moved} and {n_other}"


def _format_text_count(groups: Sequence[int]) -> str:
    return f"{len(groups)} text" if len(groups) == 1 else f"{len(groups)} texts"


def _find_event_moves(overlay: MembershipOverlay) -> list[tuple[int, int]]:
    """The pairs of events between which any article moves, in the order of slots."""
    moves: dict[tuple[int, int], None] = {}
    for slot in overlay.affected_slots():
        before = overlay.membership.event(overlay.previous_group(slot))
        after = overlay.event(overlay.group(slot))
        if before and after and before != after:
            moves[before, after] = None
    return list(moves)
