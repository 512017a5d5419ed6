"""Evidence for an assignment: comparison with the duplicate, mean probabilities of events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from clustering.duplicates.comparison import REJECTED_BY_SAMPLE, Comparison
from clustering.events.index import Neighbourhood
from clustering.state.overlay import MembershipOverlay
from clustering.types import Evidence, Outcome

CountComparable = Callable[[int, Sequence[int]], int]
"""Returns how many of some groups are in the language of a group, or in an undetermined one."""


def closest_duplicate(
    overlay: MembershipOverlay, slot: int, comparisons: Mapping[int, Comparison]
) -> int | None:
    """Find the most similar article of the same group.

    Parameters
    ----------
    overlay : MembershipOverlay
    slot : int
        The article that was assigned.
    comparisons : mapping of int to Comparison
        Its comparisons with candidates, by slot.

    Returns
    -------
    int or None
        Its slot; None if no candidate of the group was compared.
    """
    group = overlay.group(slot)
    in_group = (
        candidate
        for candidate, comparison in comparisons.items()
        if comparison is not REJECTED_BY_SAMPLE and overlay.group(candidate) == group
    )
    return max(
        in_group, key=lambda candidate: (comparisons[candidate].score, -candidate), default=None
    )


def outcome_of(*comparisons: Comparison | None) -> Outcome:
    """Return the outcome by the comparisons with near-duplicates; "new" if there are none."""
    compared = [comparison for comparison in comparisons if comparison is not None]
    if not compared:
        return "new"
    is_exact = any(comparison.same_text for comparison in compared)
    return "exact_duplicate" if is_exact else "near_duplicate"


def make_evidence(
    overlay: MembershipOverlay,
    comparison: Comparison | None,
    neighbourhood: Neighbourhood | None,
    shared_terms: tuple[str, ...],
    count_comparable: CountComparable,
) -> Evidence:
    """Collect the evidence for an assignment.

    Parameters
    ----------
    overlay : MembershipOverlay
        With the events after the assignment.
    comparison : Comparison or None
        With the article that it duplicates.
    neighbourhood : Neighbourhood or None
        The neighbours of its group and their probabilities.
    shared_terms : tuple of str
    count_comparable : callable

    Returns
    -------
    Evidence
    """
    joined, runner_up = (
        _rank_events(overlay, neighbourhood, count_comparable) if neighbourhood else (None, None)
    )
    if comparison is None:
        return Evidence(None, None, None, joined, runner_up, shared_terms)
    numbers = (comparison.jaccard, comparison.containment, comparison.score)
    return Evidence(*numbers, joined, runner_up, shared_terms)


def _rank_events(
    overlay: MembershipOverlay, neighbourhood: Neighbourhood, count_comparable: CountComparable
) -> tuple[float | None, tuple[int, float] | None]:
    """Return the mean probability with the event that was joined, and the best other event.

    A group of an event that is no neighbour counts with probability 0, unless it is in another
    language.
    """
    own_event = overlay.event(neighbourhood.group)
    sums: dict[int, float] = {}
    sizes: Counter[int] = Counter()
    for group, probability in neighbourhood.all_probabilities().items():
        event = overlay.event(group) or 0
        sums[event] = sums.get(event, 0.0) + probability
        sizes[event] += group in neighbourhood.across_languages
    for event in sums:
        n_comparable = count_comparable(neighbourhood.group, overlay.groups(event))
        sizes[event] += n_comparable - (event == own_event)
    means = {event: total / sizes[event] for event, total in sums.items()}
    joined = means.pop(own_event or 0, None)
    runner_up = max(means.items(), key=lambda item: (item[1], -item[0]), default=None)
    return joined, runner_up
