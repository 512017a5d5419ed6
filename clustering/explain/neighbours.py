"""The candidates that an article or a text is compared with, accepted or not, with scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from clustering.duplicates.comparison import Comparison
from clustering.duplicates.index import DuplicateIndex
from clustering.events.index import EventIndex
from clustering.features.fingerprint import Fingerprint
from clustering.features.terms import Terms
from clustering.state.membership import Membership
from clustering.types import Features

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
    probabilities = event_index.candidate_probabilities(membership.group(slot))
    return _best_candidates(membership, comparisons, probabilities, event_index.event_threshold)


def score_text(
    membership: Membership,
    duplicate_index: DuplicateIndex,
    event_index: EventIndex,
    features: Features,
) -> ScoredCandidates:
    """Score the candidates of a text that is not indexed.

    The text is added to both indexes, uncommitted; the caller rolls that back.

    Parameters
    ----------
    membership : Membership
    duplicate_index : DuplicateIndex
    event_index : EventIndex
    features : Features

    Returns
    -------
    ScoredCandidates
    """
    slot = membership.next_slot
    comparisons = duplicate_index.compare_text(slot, Fingerprint.from_bytes(features.fingerprint))
    event_index.add(slot, Terms.from_bytes(features.terms), features)
    probabilities = event_index.text_probabilities(slot)
    return _best_candidates(membership, comparisons, probabilities, event_index.event_threshold)


def _best_candidates(
    membership: Membership,
    comparisons: Mapping[int, Comparison],
    probabilities: Mapping[int, float],
    event_threshold: float,
) -> ScoredCandidates:
    duplicates = sorted(comparisons.items(), key=lambda item: (-item[1].score, item[0]))
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
        event_threshold,
    )
