"""The candidates that a live article is compared with, accepted or not, with their scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clustering.duplicates.comparison import Comparison
from clustering.duplicates.index import DuplicateIndex
from clustering.events.index import EventIndex
from clustering.state.membership import Membership

MAX_CANDIDATES: Final = 20
"""Maximum number of candidates of each kind, the best ones; bounds the answer."""


@dataclass(frozen=True, slots=True)
class EventCandidate:
    """The representative of another group, and its pair probability of "same event".

    Attributes
    ----------
    article, event : int
    probability : float
    """

    article: int
    event: int
    probability: float


@dataclass(frozen=True, slots=True)
class ScoredCandidates:
    """The candidates of one article, the best first.

    Attributes
    ----------
    duplicate_candidates : tuple of (int, Comparison)
        Articles that it may be a near-duplicate of, with the comparison.
    event_candidates : tuple of EventCandidate
        Representatives of groups that may be in the same event.
    n_event_candidates : int
        Number of all such groups, those beyond `MAX_CANDIDATES` included.
    event_threshold : float
        Mean pair probability from which groups are one event.
    """

    duplicate_candidates: tuple[tuple[int, Comparison], ...]
    event_candidates: tuple[EventCandidate, ...]
    n_event_candidates: int
    event_threshold: float


def score_candidates(
    membership: Membership, duplicate_index: DuplicateIndex, event_index: EventIndex, article: int
) -> ScoredCandidates:
    """Score the current candidates of a live article; changes nothing.

    Parameters
    ----------
    membership : Membership
    duplicate_index : DuplicateIndex
    event_index : EventIndex
    article : int

    Returns
    -------
    ScoredCandidates

    Raises
    ------
    KeyError
        If the article is not live.
    """
    slot = membership.slot_of[article]
    comparisons = duplicate_index.compare_with_candidates(slot)
    duplicates = sorted(comparisons.items(), key=lambda item: (-item[1].score, item[0]))
    probabilities = event_index.candidate_probabilities(membership.group(slot))
    neighbours = sorted(probabilities.items(), key=lambda item: (-item[1], item[0]))
    return ScoredCandidates(
        tuple(
            (membership.article(candidate), comparison)
            for candidate, comparison in duplicates[:MAX_CANDIDATES]
        ),
        tuple(
            EventCandidate(
                membership.article(candidate),
                membership.event_of[membership.group(candidate)],
                probability,
            )
            for candidate, probability in neighbours[:MAX_CANDIDATES]
        ),
        len(neighbours),
        event_index.event_threshold,
    )
