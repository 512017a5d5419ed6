"""Postings of a text's keys: which live texts contain them, with their groups.

The keys of a text are of three kinds: hashes of its words and address, MinHash bands, and sampled
shingles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.features.fingerprint import Fingerprint, is_too_short
from clustering.features.minhash import Hashes32
from clustering.state.membership import NO_GROUP
from clustering.state.overlay import MembershipOverlay

NO_KEYS: Final[Hashes32] = np.empty(0, dtype=np.uint32)


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
        """Return the postings of the first keys, and those of the other keys."""
        first = (self.key_positions < n_first).nonzero()[0]
        remaining = (self.key_positions >= n_first).nonzero()[0]
        return (
            self._select_positions(first, 0, self.group_frequency[:n_first]),
            self._select_positions(remaining, n_first, self.group_frequency[n_first:]),
        )

    def select(self, mask: NDArray[np.bool_]) -> PostingMatches:
        """Return some of the postings, with group frequencies counted among them."""
        positions, slots, groups = self.key_positions[mask], self.slots[mask], self.groups[mask]
        frequency = count_group_frequency(positions, groups, len(self.group_frequency))
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


def build_index_keys(fingerprint: Fingerprint) -> tuple[Hashes32, Hashes32, Hashes32]:
    """Return the keys of a text in the inverted index: identity, bands, sampled shingles."""
    sampled = NO_KEYS if is_too_short(fingerprint) else fingerprint.sampled_shingles
    return _identity_keys(fingerprint), _band_keys(fingerprint), sampled


def _identity_keys(fingerprint: Fingerprint) -> Hashes32:
    """Return keys that only an article with an equal text or address has."""
    hashes = (fingerprint.text_hash, fingerprint.url_hash)
    return np.array([value & 0xFFFFFFFF for value in hashes if value], dtype=np.uint32)


def _band_keys(fingerprint: Fingerprint) -> Hashes32:
    """Return the bands; none for a text that is too short to be similar to others."""
    if is_too_short(fingerprint):
        return NO_KEYS
    return fingerprint.band_hashes


def build_matches(
    overlay: MembershipOverlay,
    key_positions: NDArray[np.int64],
    slots: NDArray[np.uint32],
    n_keys: int,
) -> PostingMatches:
    """Add the groups to postings; articles that are not live are left out."""
    groups = overlay.groups_of_slots(slots)
    is_live = groups != NO_GROUP
    key_positions, slots, groups = key_positions[is_live], slots[is_live], groups[is_live]
    frequency = count_group_frequency(key_positions, groups, n_keys)
    return PostingMatches(key_positions, slots, groups, frequency)


def count_group_frequency(
    key_positions: NDArray[np.int64], groups: NDArray[np.int64], n_keys: int
) -> NDArray[np.int64]:
    """Count the distinct groups of each key."""
    pairs = key_positions << 32 | groups & 0xFFFFFFFF
    pairs.sort()
    return np.bincount(pairs[differs_from_previous(pairs)] >> 32, minlength=n_keys)


def differs_from_previous(sorted_values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mask the values that differ from their predecessor; the first one does."""
    differs = np.ones(len(sorted_values), dtype=np.bool_)
    np.not_equal(sorted_values[1:], sorted_values[:-1], out=differs[1:])
    return differs
