"""Which carriers of a text's passages are worth a look, and which may be reprints at all.

A sampled shingle that two texts share is as good as the share of the shorter one that was sampled:
what they share in all, and what it weighs, can be told roughly before their texts are looked at.
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
"""Carriers that share so many of the keys are looked at even if all of those are common."""
MAX_RANKED_CANDIDATES: Final = 128
MAX_STANDARD_ERRORS: Final = 4
"""By so many standard errors the sample may be wrong about what two texts share."""

Counts = NDArray[np.int64]


class RankedCandidates(NamedTuple):
    """Carriers of several keys of a text, those that share the most telling ones first.

    Attributes
    ----------
    slots : ndarray of int64
    shared_counts : ndarray of int64
        Keys that each shares with the text.
    shared_weights : ndarray of float64
        What those weigh together.
    """

    slots: NDArray[np.int64]
    shared_counts: Counts
    shared_weights: Weights


def rank_candidates(
    key_positions: Counts, slots: NDArray[np.uint32], weights: Weights
) -> RankedCandidates:
    """Rank the carriers of a text's keys.

    Who shares nothing but what is common is left out, unless it is a good part of the text.

    Parameters
    ----------
    key_positions : ndarray of int64, shape (n_found,)
        Positions in the keys.
    slots : ndarray of uint32, shape (n_found,)
        Who carries the key there.
    weights : ndarray of float64, shape (n_keys,)

    Returns
    -------
    RankedCandidates
    """
    pairs = slots.astype(np.int64) << 32 | key_positions
    pairs.sort()
    carriers = pairs >> 32
    starts = differs_from_previous(carriers).nonzero()[0]
    shared = np.concatenate([starts[1:], [len(pairs)]]) - starts
    together = np.add.reduceat(weights[pairs & 0xFFFFFFFF], starts)
    plenty = shared >= MIN_COMMON_KEY_SHARE * len(weights)
    enough = ((shared > 1) & ((together >= 1) | plenty)).nonzero()[0]
    best = enough[np.lexsort((-shared[enough], -together[enough]))][:MAX_RANKED_CANDIDATES]
    return RankedCandidates(carriers[starts[best]], shared[best], together[best])


def differs_from_previous(sorted_values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which values are not those before them."""
    found = np.ones(len(sorted_values), dtype=np.bool_)
    np.not_equal(sorted_values[1:], sorted_values[:-1], out=found[1:])
    return found


class TextLengths:
    """How many shingles the live texts have, by slot."""

    def __init__(self) -> None:
        self._first_slot = 0
        self._lengths = array("I")

    def add(self, slot: int, length: int) -> None:
        """Note the length of a text; slots come in ascending order."""
        self._lengths.extend([0] * (slot - self._first_slot - len(self._lengths)))
        self._lengths.append(length)

    def drop_before(self, slot: int) -> None:
        """Forget the texts before a slot."""
        del self._lengths[: max(slot - self._first_slot, 0)]
        self._first_slot = max(slot, self._first_slot)

    def lookup(self, slots: NDArray[np.int64]) -> Counts:
        """The lengths of some texts that are live."""
        lengths = np.frombuffer(self._lengths, dtype=np.uint32)
        return lengths[slots - self._first_slot].astype(np.int64)


def passes_sample_filter(
    text: Fingerprint, weights: Weights, ranked: RankedCandidates, lengths: Counts
) -> NDArray[np.bool_]:
    """Which carriers share enough of a text's keys to be its reprints, or it theirs.

    The rule is that of `clustering.verification`. If the carrier is the shorter one, the weight
    of the rest of it is not known, but it is not less than what makes the rule another.

    Parameters
    ----------
    text : Fingerprint
    weights : ndarray of float64, shape (n_keys,)
        Those of its keys.
    ranked : RankedCandidates
    lengths : ndarray of int64, shape (n_carriers,)
        How many shingles the carriers have.

    Returns
    -------
    ndarray of bool, shape (n_carriers,)
    """
    own, mean = len(text.shingles), float(weights.mean())
    sampled = np.minimum(lengths, own) / sampling_moduli(np.maximum(lengths, own))
    shorter = lengths <= own
    at_most = 1 + MAX_STANDARD_ERRORS / np.sqrt(ranked.shared_counts)
    least = np.where(shorter, MIN_DISTINCTIVE_SHARE, max(mean, MIN_DISTINCTIVE_SHARE)) * sampled
    by_weight = at_most * ranked.shared_weights >= DUPLICATE_THRESHOLD * least
    by_share = at_most * ranked.shared_counts >= BOILERPLATE_THRESHOLD * sampled
    found: NDArray[np.bool_] = by_weight | (
        by_share & (shorter | (mean < 2 * MIN_DISTINCTIVE_SHARE))
    )
    return found


MAX_CANDIDATES_PER_TEXT: Final = 8


MAX_CANDIDATES_PER_GROUP: Final = 2
"""Candidates of one group that are verified, besides the text that stands for it."""


MAX_WEIGHT_LOSS: Final = 0.5
"""Weight that sampled shingles of a group may lose by one newcomer before it is judged again: two
that a fourth story carries are too much, and so are five that a sixth does."""


_NO_KEYS: Final[Hashes32] = np.empty(0, dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class PostingMatches:
    """Who carries each of a text's keys: parallel arrays, one entry for each key of each carrier.

    Attributes
    ----------
    key_positions : ndarray of int64
        Positions in the keys.
    slots : ndarray of uint32
    groups : ndarray of int64
    group_frequency : ndarray of int64, shape (n_keys,)
        Different groups that carry each key.
    """

    key_positions: NDArray[np.int64]
    slots: NDArray[np.uint32]
    groups: NDArray[np.int64]
    group_frequency: NDArray[np.int64]

    def split_at(self, n_first: int) -> tuple[PostingMatches, PostingMatches]:
        """The carriers of the first keys, and those of the rest."""
        first, rest = (
            (self.key_positions < n_first).nonzero()[0],
            (self.key_positions >= n_first).nonzero()[0],
        )
        return (
            self._select_positions(first, 0, self.group_frequency[:n_first]),
            self._select_positions(rest, n_first, self.group_frequency[n_first:]),
        )

    def select(self, mask: NDArray[np.bool_]) -> PostingMatches:
        """Some of the carriers, and the stories among them."""
        places, slots, groups = self.key_positions[mask], self.slots[mask], self.groups[mask]
        return PostingMatches(
            places, slots, groups, _count_group_frequency(places, groups, len(self.group_frequency))
        )

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
    """Weights of the keys of some texts, looked up for all of them at once."""
    keys = np.unique(np.concatenate([_NO_KEYS, *(text.sampled_shingles for text in texts)]))
    weights = shingle_weight(group_frequency_of(keys)) if len(keys) else np.empty(0)
    return lambda one: weights[np.searchsorted(keys, one.sampled_shingles)]


def _build_index_keys(fingerprint: Fingerprint) -> tuple[Hashes32, Hashes32, Hashes32]:
    """What a text is found by: its names, its bands and its sampled shingles."""
    sampled = _NO_KEYS if is_too_short(fingerprint) else fingerprint.sampled_shingles
    return _identity_keys(fingerprint), _band_keys(fingerprint), sampled


def _identity_keys(fingerprint: Fingerprint) -> Hashes32:
    """Keys that only an article of equal text or address has."""
    names = [name & 0xFFFFFFFF for name in (fingerprint.text_hash, fingerprint.url_hash) if name]
    return np.array(names, dtype=np.uint32)


def _band_keys(fingerprint: Fingerprint) -> Hashes32:
    """Keys that texts alike as a whole share; none if the text is too short to be like others."""
    if is_too_short(fingerprint):
        return _NO_KEYS
    return fingerprint.band_hashes


def _build_matches(
    overlay: MembershipOverlay,
    key_positions: NDArray[np.int64],
    slots: NDArray[np.uint32],
    n_keys: int,
) -> PostingMatches:
    """Carriers with their groups; those that are gone are left out."""
    groups = overlay.groups_of_slots(slots)
    alive = groups != NO_GROUP
    key_positions, slots, groups = key_positions[alive], slots[alive], groups[alive]
    return PostingMatches(
        key_positions, slots, groups, _count_group_frequency(key_positions, groups, n_keys)
    )


def _count_group_frequency(
    key_positions: NDArray[np.int64], groups: NDArray[np.int64], n_keys: int
) -> NDArray[np.int64]:
    pairs = key_positions << 32 | groups & 0xFFFFFFFF
    pairs.sort()
    return np.bincount(pairs[differs_from_previous(pairs)] >> 32, minlength=n_keys)


def _limit_candidates(ranked_slots: Mapping[int, None], overlay: MembershipOverlay) -> list[int]:
    """The first candidates: of each group its fullest text, and no more than a few others."""
    chosen: dict[int, None] = {}
    of_group: Counter[int] = Counter()
    for slot in ranked_slots:
        if len(chosen) >= MAX_CANDIDATES_PER_TEXT:
            break
        group = overlay.group(slot)
        if group not in of_group:
            chosen[overlay.representatives(group).longest] = None
        if of_group[group] < MAX_CANDIDATES_PER_GROUP:
            of_group[group] += 1
            chosen[slot] = None
    return list(chosen)


def _find_groups_losing_weight(matches: PostingMatches) -> list[tuple[int, list[int]]]:
    """Groups of which several members carry passages that one more story was found to carry.

    Each with the members that do.
    """
    n_keys = len(matches.group_frequency)
    if int(matches.group_frequency.sum()) == len(matches.groups):
        return []  # no two carriers of one key are of one group
    codes, counts = np.unique(matches.groups * n_keys + matches.key_positions, return_counts=True)
    groups, places = np.divmod(codes[counts > 1], n_keys)
    apart = matches.group_frequency[places] - 1 + counts[counts > 1]
    lost = shingle_weight(apart) - shingle_weight(apart + 1)
    found = []
    for group in np.unique(groups).tolist():
        shared = places[groups == group]
        if lost[groups == group].sum() > MAX_WEIGHT_LOSS:
            theirs = (matches.groups == group) & np.isin(matches.key_positions, shared)
            found.append((group, np.unique(matches.slots[theirs]).tolist()))
    return found
