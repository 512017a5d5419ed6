"""Uncertainty sampling: select pairs of articles for human review.

Each clustered group is considered with two neighbours: the least probable one in its event, and
the most probable one in another event. The pair is uncertain if its probability is near the event
threshold, or on the other side of it than the events are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import compress
from math import log2
from typing import Final

from clustering.events.index import Neighbourhood
from clustering.state.overlay import MembershipOverlay
from clustering.types import SECONDS_PER_DAY, QuestionKind, UncertainPair

MAX_THRESHOLD_DISTANCE: Final = 0.25
"""Maximum distance to the threshold of an uncertain pair, if its probability agrees with the
events."""
PRIORITY_HALVING_DISTANCE: Final = 0.1
"""Distance to the threshold over which the priority of a pair halves."""
PRIORITY_HALF_LIFE_DAYS: Final = 3.0
"""Age over which the priority of a pair halves."""


def find_uncertain_pairs(
    overlay: MembershipOverlay,
    neighbourhoods: Iterable[Neighbourhood],
    article_of: Callable[[int], int],
    event_threshold: float,
) -> tuple[UncertainPair, ...]:
    """Find the uncertain pairs among clustered groups.

    Parameters
    ----------
    overlay : MembershipOverlay
        With the events after clustering.
    neighbourhoods : iterable of Neighbourhood
        Neighbours and probabilities of the groups that were clustered.
    article_of : callable
        Returns the representative article of a group.
    event_threshold : float
        Mean pair probability from which groups are one event.

    Returns
    -------
    tuple of UncertainPair
        Each pair once.
    """
    pairs: dict[tuple[int, int], UncertainPair] = {}
    for neighbourhood in neighbourhoods:
        group = neighbourhood.group
        for neighbour, probability in _nearest_to_threshold(overlay, neighbourhood):
            distance = distance_to_threshold(
                probability, event_threshold, same_event=_is_same_event(overlay, group, neighbour)
            )
            if distance <= MAX_THRESHOLD_DISTANCE:
                first, second = sorted((article_of(group), article_of(neighbour)))
                pairs[first, second] = UncertainPair((first, second), probability)
    return tuple(pairs.values())


def distance_to_threshold(probability: float, event_threshold: float, *, same_event: bool) -> float:
    """Return the distance of a probability to the threshold; negative if it contradicts the events.

    Parameters
    ----------
    probability, event_threshold : float
    same_event : bool
        Whether the two articles are in one event now.
    """
    return probability - event_threshold if same_event else event_threshold - probability


def review_priority(
    kind: QuestionKind,
    probability: float,
    event_threshold: float,
    *,
    same_event: bool,
    n_reassigned: int,
    published: float,
) -> float:
    """Return the priority of an uncertain pair, as a base-2 logarithm.

    A pair has twice the priority if it is 0.1 nearer to the threshold (or farther beyond it), if
    the opposite answer would move twice as many articles, or if it is three days younger. Likely
    near-duplicates all lie just below their threshold, and blocks are found otherwise; both count
    as if on it.

    Parameters
    ----------
    kind : {"event", "merge", "split", "duplicate"}
    probability, event_threshold : float
    same_event : bool
        Whether the two articles are in one event now.
    n_reassigned : int
        Articles that leave their event if an editor's answer contradicts the events.
    published : float
        POSIX seconds, of the younger article.

    Returns
    -------
    float
        Larger for pairs to ask about first; only differences have a meaning.
    """
    age = published / (PRIORITY_HALF_LIFE_DAYS * SECONDS_PER_DAY)
    distance = (
        0.0
        if kind in ("duplicate", "split")
        else distance_to_threshold(probability, event_threshold, same_event=same_event)
    )
    return log2(1 + n_reassigned) + age - distance / PRIORITY_HALVING_DISTANCE


def _nearest_to_threshold(
    overlay: MembershipOverlay, neighbourhood: Neighbourhood
) -> Iterable[tuple[int, float]]:
    """Return the least probable neighbour in the event, and the most probable in another."""
    ranked = sorted(neighbourhood.all_probabilities().items(), key=lambda item: (item[1], item[0]))
    in_event = [_is_same_event(overlay, neighbourhood.group, group) for group, _ in ranked]
    inside = list(compress(ranked, in_event))
    outside = list(compress(ranked, (not is_inside for is_inside in in_event)))
    return (*inside[:1], *outside[-1:])


def _is_same_event(overlay: MembershipOverlay, group: int, other_group: int) -> bool:
    return overlay.event(group) == overlay.event(other_group)
