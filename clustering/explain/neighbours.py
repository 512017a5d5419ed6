"""What a live article is compared with: those that were accepted, and those that fell short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clustering.duplicates.comparison import Comparison
from clustering.duplicates.index import DuplicateIndex
from clustering.events.index import EventIndex
from clustering.state.membership import Membership

MAX_CANDIDATES: Final = 20
"""Of each kind, the best."""


@dataclass(frozen=True, slots=True)
class EventCandidate:
    """An article that stands for another group, and how likely it reports the same event.

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
    """What one article is compared with, the best first.

    Attributes
    ----------
    duplicate_candidates : tuple of (int, Comparison)
        Articles it may be a reprint of, with how much they share.
    event_candidates : tuple of EventCandidate
        Articles it may share an event with.
    n_event_candidates : int
        How many of those there are in all.
    event_threshold : float
        The line: mean probability that makes one event.
    """

    duplicate_candidates: tuple[tuple[int, Comparison], ...]
    event_candidates: tuple[EventCandidate, ...]
    n_event_candidates: int
    event_threshold: float


def score_candidates(
    membership: Membership, duplicate_index: DuplicateIndex, event_index: EventIndex, article: int
) -> ScoredCandidates:
    """Look for what a live article is compared with, as things are now.

    Parameters
    ----------
    membership : Membership
    duplicate_index : DuplicateIndex
    event_index : EventIndex
    article : int

    Raises
    ------
    KeyError
        If it is not among the live ones.
    """
    slot = membership.slot_of[article]
    compared = duplicate_index.compare_with_candidates(slot).items()
    reprints = sorted(compared, key=lambda it: (-it[1].score, it[0]))
    found = event_index.candidate_probabilities(membership.group(slot)).items()
    near = sorted(found, key=lambda it: (-it[1], it[0]))
    return ScoredCandidates(
        tuple(
            (membership.article(other), comparison)
            for other, comparison in reprints[:MAX_CANDIDATES]
        ),
        tuple(
            EventCandidate(
                membership.article(other), membership.event_of[membership.group(other)], probability
            )
            for other, probability in near[:MAX_CANDIDATES]
        ),
        len(near),
        event_index.event_threshold,
    )
