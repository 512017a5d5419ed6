"""Likely missed near-duplicates: texts that nearly reach the threshold, for human review."""

from __future__ import annotations

from collections.abc import Mapping

from clustering.duplicates.comparison import Comparison
from clustering.state.overlay import MembershipOverlay
from clustering.types import UncertainPair


def find_near_miss(
    overlay: MembershipOverlay, slot: int, comparisons: Mapping[int, Comparison]
) -> UncertainPair | None:
    """Find the text that a new one is most nearly a near-duplicate of.

    Parameters
    ----------
    overlay : MembershipOverlay
        With the groups after the assignment.
    slot : int
        The new text.
    comparisons : mapping of int to Comparison
        Its comparisons with candidates, by slot.

    Returns
    -------
    UncertainPair or None
        None if every text that may be a near-duplicate is one.
    """
    group = overlay.group(slot)
    missed = [
        candidate
        for candidate, comparison in comparisons.items()
        if comparison.may_link and overlay.group(candidate) != group
    ]
    if not missed:
        return None
    nearest = max(missed, key=lambda candidate: (comparisons[candidate].score, -candidate))
    first, second = sorted((overlay.article(slot), overlay.article(nearest)))
    return UncertainPair((first, second), comparisons[nearest].score, "duplicate")
