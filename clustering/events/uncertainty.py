"""What a judgement was least sure of, and which of it is worth asking people.

Of every group that is judged two neighbours come into question: the least probable inside its
event, and the most probable outside. A pair is a doubt where its probability is near the line, or
speaks against where the two are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import log2
from typing import Final

from clustering.events.index import Neighbourhood
from clustering.state.overlay import MembershipOverlay
from clustering.types import UncertainPair

MAX_THRESHOLD_DISTANCE: Final = 0.25
"""So far from the line a pair is still a doubt, on the side that speaks for where it is."""
PRIORITY_HALVING_DISTANCE: Final = 0.1
"""A doubt is worth half as much when it is so much farther from the line."""
PRIORITY_HALF_LIFE_DAYS: Final = 3.0
"""And when its news is so much older."""

_SECONDS_PER_DAY: Final = 86400.0


def find_uncertain_pairs(
    overlay: MembershipOverlay,
    neighbourhoods: Iterable[Neighbourhood],
    article_of: Callable[[int], int],
    event_threshold: float,
) -> tuple[UncertainPair, ...]:
    """Find the doubts of a judgement.

    Parameters
    ----------
    overlay : MembershipOverlay
        With the events as they were judged.
    neighbourhoods : iterable of Neighbourhood
        Of the groups that were judged.
    article_of : callable
        Gives the article whose text stands for a group.
    event_threshold : float
        The line.

    Returns
    -------
    tuple of Doubt
    """
    found: dict[tuple[int, int], UncertainPair] = {}
    for one in neighbourhoods:
        for other, probability in _nearest_to_threshold(overlay, one):
            if (
                distance_to_threshold(
                    probability,
                    event_threshold,
                    same_event=_is_same_event(overlay, one.group, other),
                )
                <= MAX_THRESHOLD_DISTANCE
            ):
                first, second = sorted((article_of(one.group), article_of(other)))
                found[first, second] = UncertainPair((first, second), probability)
    return tuple(found.values())


def distance_to_threshold(probability: float, event_threshold: float, *, same_event: bool) -> float:
    """How far a probability is from the line; negative if it speaks against where the two are."""
    return probability - event_threshold if same_event else event_threshold - probability


def review_priority(
    probability: float,
    event_threshold: float,
    *,
    same_event: bool,
    n_reassigned: int,
    published: float,
) -> float:
    """How useful it is to ask about a pair: larger is more, the difference of two is in doublings.

    It doubles with every tenth that the pair is nearer to the line, or beyond it, with twice as
    many articles that the other answer would move, and with three days that it is younger.

    Parameters
    ----------
    probability, event_threshold : float
    same_event : bool
        Whether the two are in one event at present.
    n_reassigned : int
        Articles that leave their event if the answer is the other one.
    published : float
        POSIX seconds, of the younger article.
    """
    age = published / (PRIORITY_HALF_LIFE_DAYS * _SECONDS_PER_DAY)
    return (
        log2(1 + n_reassigned)
        + age
        - distance_to_threshold(probability, event_threshold, same_event=same_event)
        / PRIORITY_HALVING_DISTANCE
    )


def _nearest_to_threshold(
    overlay: MembershipOverlay, neighbourhood: Neighbourhood
) -> Iterable[tuple[int, float]]:
    """The least probable neighbour in the event, and the most probable elsewhere."""
    ranked = sorted(neighbourhood.probabilities.items(), key=lambda it: (it[1], it[0]))
    inside = [it for it in ranked if _is_same_event(overlay, neighbourhood.group, it[0])]
    outside = [it for it in ranked if not _is_same_event(overlay, neighbourhood.group, it[0])]
    return (*inside[:1], *outside[-1:])


def _is_same_event(overlay: MembershipOverlay, group: int, other_group: int) -> bool:
    return overlay.event(group) == overlay.event(other_group)
