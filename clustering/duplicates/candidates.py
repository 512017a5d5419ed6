"""Candidates for near-duplicates of a text: ranked by shared keys, filtered by sampled shingles.

A sampled shingle that two texts share tells as much about them as the share of the shorter text
that was sampled. So the number and the weight of all shared shingles can be estimated before the
texts are compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.duplicates.comparison import (
    BOILERPLATE_THRESHOLD,
    DUPLICATE_THRESHOLD,
    MIN_DISTINCTIVE_SHARE,
    WeightLookup,
    Weights,
    shingle_weight,
)
from clustering.duplicates.posting_matches import NO_KEYS, PostingMatches, differs_from_previous
from clustering.features.fingerprint import Fingerprint, sampling_moduli
from clustering.features.minhash import Hashes32
from clustering.state.overlay import MembershipOverlay

MIN_COMMON_KEY_SHARE: Final = 0.25
"""Share of the keys from which a text is a candidate even if all shared keys are common ones."""
MAX_RANKED_CANDIDATES: Final = 128
"""Candidates that are ranked; bounds the time for texts of common passages."""
MAX_STANDARD_ERRORS: Final = 4
"""Standard errors by which a sample may underestimate what two texts share."""
MAX_CANDIDATES_PER_TEXT: Final = 8
"""Candidates of a text that are compared, about; bounds the time for one article."""
MAX_CANDIDATES_PER_GROUP: Final = 2
"""Candidates of one group that are compared, besides its representative."""
MAX_WEIGHT_LOSS: Final = 0.5
"""Weight that sampled shingles of a group may lose by one new text before the group is clustered
again. Two shingles with a fourth group exceed it, and so do five with a sixth."""

Counts = NDArray[np.int64]


class RankedCandidates(NamedTuple):
    """Texts that share several keys with a text, those of the highest shared weight first.

    Attributes
    ----------
    slots : ndarray of int64, shape (n_candidates,)
    shared_counts : ndarray of int64, shape (n_candidates,)
        Keys that each shares with the text.
    shared_weights : ndarray of float64, shape (n_candidates,)
        Summed weight of those keys.
    """

    slots: NDArray[np.int64]
    shared_counts: Counts
    shared_weights: Weights


def rank_candidates(
    key_positions: Counts, slots: NDArray[np.uint32], weights: Weights
) -> RankedCandidates:
    """Rank the texts that share keys with a text.

    Texts that share only common keys are left out, unless these are a good part of all keys.

    Parameters
    ----------
    key_positions : ndarray of int64, shape (n_postings,)
        Positions of the keys in the text's keys.
    slots : ndarray of uint32, shape (n_postings,)
        The text that contains the key, for each posting.
    weights : ndarray of float64, shape (n_keys,)
        Weights of the text's keys.

    Returns
    -------
    RankedCandidates
    """
    postings = slots.astype(np.int64) << 32 | key_positions
    postings.sort()
    sorted_slots = postings >> 32
    starts = differs_from_previous(sorted_slots).nonzero()[0]
    shared_counts = np.concatenate([starts[1:], [len(postings)]]) - starts
    shared_weights = np.add.reduceat(weights[postings & 0xFFFFFFFF], starts)
    shares_many = shared_counts >= MIN_COMMON_KEY_SHARE * len(weights)
    sharing = ((shared_counts > 1) & ((shared_weights >= 1) | shares_many)).nonzero()[0]
    order = np.lexsort((-shared_counts[sharing], -shared_weights[sharing]))
    best = sharing[order][:MAX_RANKED_CANDIDATES]
    return RankedCandidates(sorted_slots[starts[best]], shared_counts[best], shared_weights[best])


def passes_sample_filter(
    text: Fingerprint, weights: Weights, ranked: RankedCandidates, lengths: Counts
) -> NDArray[np.bool_]:
    """Tell which candidates share enough sampled shingles to be near-duplicates of a text.

    The rule is that of `clustering.duplicates.comparison`. If the candidate is the shorter text,
    the weight of its other shingles is not known; the least weight that the rule allows is used.

    Parameters
    ----------
    text : Fingerprint
    weights : ndarray of float64, shape (n_keys,)
        Weights of the text's sampled shingles.
    ranked : RankedCandidates
    lengths : ndarray of int64, shape (n_candidates,)
        Number of shingles of each candidate.

    Returns
    -------
    ndarray of bool, shape (n_candidates,)
    """
    own_length, mean_weight = len(text.shingles), float(weights.mean())
    moduli = sampling_moduli(np.maximum(lengths, own_length))
    n_sampled = np.minimum(lengths, own_length) / moduli
    candidate_is_shorter = lengths <= own_length
    tolerance = 1 + MAX_STANDARD_ERRORS / np.sqrt(ranked.shared_counts)
    min_mean_weight = np.where(
        candidate_is_shorter, MIN_DISTINCTIVE_SHARE, max(mean_weight, MIN_DISTINCTIVE_SHARE)
    )
    by_weight = tolerance * ranked.shared_weights >= DUPLICATE_THRESHOLD * (
        min_mean_weight * n_sampled
    )
    by_share = tolerance * ranked.shared_counts >= BOILERPLATE_THRESHOLD * n_sampled
    passes: NDArray[np.bool_] = by_weight | (
        by_share & (candidate_is_shorter | (mean_weight < 2 * MIN_DISTINCTIVE_SHARE))
    )
    return passes


def make_weight_lookup(
    texts: Iterable[Fingerprint], group_frequency_of: Callable[[Hashes32], NDArray[np.int64]]
) -> WeightLookup:
    """Return the weights of the sampled shingles of some texts, counted in one look-up."""
    keys = np.unique(np.concatenate([NO_KEYS, *(text.sampled_shingles for text in texts)]))
    weights = shingle_weight(group_frequency_of(keys)) if len(keys) else np.empty(0)
    return lambda text: weights[np.searchsorted(keys, text.sampled_shingles)]


def limit_candidates(ranked_slots: Mapping[int, None], overlay: MembershipOverlay) -> list[int]:
    """Choose the first candidates: of each group its longest text, and at most a few others."""
    chosen: dict[int, None] = {}
    n_chosen_of: Counter[int] = Counter()
    for slot in ranked_slots:
        if len(chosen) >= MAX_CANDIDATES_PER_TEXT:
            break
        group = overlay.group(slot)
        if group not in n_chosen_of:
            chosen[overlay.representatives(group).longest] = None
        if n_chosen_of[group] < MAX_CANDIDATES_PER_GROUP:
            n_chosen_of[group] += 1
            chosen[slot] = None
    return list(chosen)


def find_groups_losing_weight(matches: PostingMatches) -> list[tuple[int, list[int]]]:
    """Find groups with several members whose shared passages one more group now contains.

    Returns
    -------
    list of (int, list of int)
        Each group that loses more than `MAX_WEIGHT_LOSS`, with the slots of those members.
    """
    n_keys = len(matches.group_frequency)
    if int(matches.group_frequency.sum()) == len(matches.groups):
        return []  # no two texts with the same key are in one group
    pairs, counts = np.unique(matches.groups * n_keys + matches.key_positions, return_counts=True)
    groups, positions = np.divmod(pairs[counts > 1], n_keys)
    # The frequency if every member of the group were a group of its own.
    separate_frequency = matches.group_frequency[positions] - 1 + counts[counts > 1]
    losses = shingle_weight(separate_frequency) - shingle_weight(separate_frequency + 1)
    losing_groups = []
    for group in np.unique(groups).tolist():
        shared = positions[groups == group]
        if losses[groups == group].sum() > MAX_WEIGHT_LOSS:
            members = (matches.groups == group) & np.isin(matches.key_positions, shared)
            losing_groups.append((group, np.unique(matches.slots[members]).tolist()))
    return losing_groups
