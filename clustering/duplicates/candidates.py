"""Candidates for near-duplicates of a text: ranked by shared keys, filtered by sampled shingles.

A sampled shingle that two texts share tells as much about them as the share of the shorter text
that was sampled. So the number and the weight of all shared shingles can be estimated before the
texts are compared.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
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
from clustering.features.minhash import Fingerprint, Hashes32, is_too_short, sampling_moduli
from clustering.state.membership import NO_GROUP
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

_NO_KEYS: Final[Hashes32] = np.empty(0, dtype=np.uint32)

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
    enough = ((shared_counts > 1) & ((shared_weights >= 1) | shares_many)).nonzero()[0]
    order = np.lexsort((-shared_counts[enough], -shared_weights[enough]))
    best = enough[order][:MAX_RANKED_CANDIDATES]
    return RankedCandidates(sorted_slots[starts[best]], shared_counts[best], shared_weights[best])


def differs_from_previous(sorted_values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mask the values that differ from their predecessor; the first one does."""
    differs = np.ones(len(sorted_values), dtype=np.bool_)
    np.not_equal(sorted_values[1:], sorted_values[:-1], out=differs[1:])
    return differs


class TextLengths:
    """The number of shingles of each live text, by slot."""

    def __init__(self) -> None:
        self._first_slot = 0
        self._lengths = array("I")

    def add(self, slot: int, length: int) -> None:
        """Set the length of a text; slots are added in ascending order."""
        self._lengths.extend([0] * (slot - self._first_slot - len(self._lengths)))
        self._lengths.append(length)

    def drop_before(self, slot: int) -> None:
        """Forget the texts below a slot."""
        del self._lengths[: max(slot - self._first_slot, 0)]
        self._first_slot = max(slot, self._first_slot)

    def lookup(self, slots: NDArray[np.int64]) -> Counts:
        """Return the lengths of live texts."""
        lengths = np.frombuffer(self._lengths, dtype=np.uint32)
        return lengths[slots - self._first_slot].astype(np.int64)


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


@dataclass(frozen=True, slots=True)
class PostingMatches:
    """The postings of a text's keys: parallel arrays, one entry per key and text that contains it.

    Attributes
    ----------
    key_positions : ndarray of int64, shape (n_postings,)
        Positions in the keys.
    slots : ndarray of uint32, shape (n_postings,)
    groups : ndarray of int64, shape (n_postings,)
    group_frequency : ndarray of int64, shape (n_keys,)
        Number of distinct groups that contain each key.
    """

    key_positions: NDArray[np.int64]
    slots: NDArray[np.uint32]
    groups: NDArray[np.int64]
    group_frequency: NDArray[np.int64]

    def split_at(self, n_first: int) -> tuple[PostingMatches, PostingMatches]:
        """Return the postings of the first keys, and those of the rest."""
        first = (self.key_positions < n_first).nonzero()[0]
        rest = (self.key_positions >= n_first).nonzero()[0]
        return (
            self._select_positions(first, 0, self.group_frequency[:n_first]),
            self._select_positions(rest, n_first, self.group_frequency[n_first:]),
        )

    def select(self, mask: NDArray[np.bool_]) -> PostingMatches:
        """Return some of the postings, with group frequencies counted among them."""
        positions, slots, groups = self.key_positions[mask], self.slots[mask], self.groups[mask]
        frequency = _count_group_frequency(positions, groups, len(self.group_frequency))
        return PostingMatches(positions, slots, groups, frequency)

    def _select_positions(
        self, positions: NDArray[np.int64], offset: int, group_frequency: NDArray[np.int64]
    ) -> PostingMatches:
        return PostingMatches(
            self.key_positions[positions] - offset,
            self.slots[positions],
            self.groups[positions],
            group_frequency,
        )


def _make_weight_lookup(
    texts: Iterable[Fingerprint], group_frequency_of: Callable[[Hashes32], NDArray[np.int64]]
) -> WeightLookup:
    """Return the weights of the sampled shingles of some texts, counted in one look-up."""
    keys = np.unique(np.concatenate([_NO_KEYS, *(text.sampled_shingles for text in texts)]))
    weights = shingle_weight(group_frequency_of(keys)) if len(keys) else np.empty(0)
    return lambda text: weights[np.searchsorted(keys, text.sampled_shingles)]


def _build_index_keys(fingerprint: Fingerprint) -> tuple[Hashes32, Hashes32, Hashes32]:
    """Return the keys of a text in the inverted index: identity, bands, sampled shingles."""
    sampled = _NO_KEYS if is_too_short(fingerprint) else fingerprint.sampled_shingles
    return _identity_keys(fingerprint), _band_keys(fingerprint), sampled


def _identity_keys(fingerprint: Fingerprint) -> Hashes32:
    """Return keys that only an article with an equal text or address has."""
    hashes = (fingerprint.text_hash, fingerprint.url_hash)
    return np.array([value & 0xFFFFFFFF for value in hashes if value], dtype=np.uint32)


def _band_keys(fingerprint: Fingerprint) -> Hashes32:
    """Return the bands; none for a text that is too short to be similar to others."""
    if is_too_short(fingerprint):
        return _NO_KEYS
    return fingerprint.band_hashes


def _build_matches(
    overlay: MembershipOverlay,
    key_positions: NDArray[np.int64],
    slots: NDArray[np.uint32],
    n_keys: int,
) -> PostingMatches:
    """Add the groups to postings; articles that are not live are left out."""
    groups = overlay.groups_of_slots(slots)
    is_live = groups != NO_GROUP
    key_positions, slots, groups = key_positions[is_live], slots[is_live], groups[is_live]
    frequency = _count_group_frequency(key_positions, groups, n_keys)
    return PostingMatches(key_positions, slots, groups, frequency)


def _count_group_frequency(
    key_positions: NDArray[np.int64], groups: NDArray[np.int64], n_keys: int
) -> NDArray[np.int64]:
    """Count the distinct groups of each key."""
    pairs = key_positions << 32 | groups & 0xFFFFFFFF
    pairs.sort()
    return np.bincount(pairs[differs_from_previous(pairs)] >> 32, minlength=n_keys)


def _limit_candidates(ranked_slots: Mapping[int, None], overlay: MembershipOverlay) -> list[int]:
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


def _find_groups_losing_weight(matches: PostingMatches) -> list[tuple[int, list[int]]]:
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
