"""Evidence of an assignment."""

from __future__ import annotations

from collections.abc import Mapping

from clustering.duplicates.comparison import REJECTED_BY_SAMPLE, Comparison
from clustering.events.index import Neighbourhood
from clustering.state.overlay import MembershipOverlay
from clustering.types import Evidence, Outcome


def closest_duplicate(
    overlay: MembershipOverlay, slot: int, comparisons: Mapping[int, Comparison]
) -> tuple[int | None, Comparison | None]:
    """The article of the same group that is most alike, and how much."""
    group = overlay.group(slot)
    verified = (other for other, it in comparisons.items() if it is not REJECTED_BY_SAMPLE)
    beside = [other for other in verified if overlay.group(other) == group]
    if not beside:
        return None, None
    twin = max(beside, key=lambda other: (comparisons[other].score, -other))
    return twin, comparisons[twin]


def outcome_of(comparison: Comparison | None) -> Outcome:
    if comparison is None:
        return "new"
    return "exact_duplicate" if comparison.same_text else "near_duplicate"


def make_evidence(
    overlay: MembershipOverlay,
    comparison: Comparison | None,
    neighbourhood: Neighbourhood | None,
    shared_terms: tuple[str, ...],
) -> Evidence:
    joined, runner_up = _rank_events(overlay, neighbourhood) if neighbourhood else (None, None)
    if comparison is None:
        return Evidence(None, None, None, joined, runner_up, shared_terms)
    numbers = (comparison.jaccard, comparison.containment, comparison.score)
    return Evidence(*numbers, joined, runner_up, shared_terms)


def _rank_events(
    overlay: MembershipOverlay, neighbourhood: Neighbourhood
) -> tuple[float | None, tuple[int, float] | None]:
    """Mean probability with the event that was joined, and the best of the others.

    Who is no likely neighbour counts as 0.
    """
    own = overlay.event(neighbourhood.group)
    sums: dict[int, float] = {}
    for group, p in neighbourhood.probabilities.items():
        event = overlay.event(group) or 0
        sums[event] = sums.get(event, 0.0) + p
    sizes = {event: len(overlay.groups(event)) - (event == own) for event in sums}
    means = {event: total / sizes[event] for event, total in sums.items()}
    joined = means.pop(own or 0, None)
    best = max(means.items(), key=lambda item: (item[1], -item[0]), default=None)
    return joined, best
