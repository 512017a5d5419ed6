"""Fingerprints of the live articles: which articles contain a shingle, and their texts' shingles.

The index keeps postings and lengths of all live texts, but only the fingerprints used last. The
others are fetched from where they are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from clustering.duplicates.candidates import (
    PostingMatches,
    TextLengths,
    _build_index_keys,
    _build_matches,
    _count_group_frequency,
)
from clustering.features.minhash import Fingerprint, Hashes32
from clustering.state.inverted_index import InvertedIndex
from clustering.state.membership import Membership
from clustering.state.overlay import MembershipOverlay

MAX_POSTINGS_PER_KEY: Final = 64
"""Articles looked up for one key, the newest: a passage in so many groups weighs nothing anyway."""
MAX_CACHED_FINGERPRINTS: Final = 1024
"""Unpacked fingerprints in memory. A cache of packed ones below this one saves the database query,
this one saves the unpacking: near-duplicates come in bursts, and each is compared many times."""

FetchFingerprints = Callable[[Sequence[int]], Mapping[int, bytes]]
"""Returns the packed fingerprints of articles by their keys."""


class FingerprintIndex:
    """Inverted index and cache of fingerprints, by slot.

    A *pending* text is known, but not indexed yet: the article that is being assigned to a group.

    Parameters
    ----------
    membership : Membership
    fetch_fingerprints : callable
        Returns the packed fingerprints of articles from the store.
    """

    def __init__(self, membership: Membership, fetch_fingerprints: FetchFingerprints) -> None:
        self._membership = membership
        self._fetch_fingerprints = fetch_fingerprints
        self._postings = InvertedIndex()
        self._lengths = TextLengths()
        self._cache: LRUCache[int, Fingerprint] = LRUCache(MAX_CACHED_FINGERPRINTS)
        self._pending: dict[int, Fingerprint] = {}

    @property
    def nbytes(self) -> int:
        """Bytes of the frozen postings."""
        return self._postings.nbytes

    @property
    def pending_slots(self) -> frozenset[int]:
        """The slots of pending texts."""
        return frozenset(self._pending)

    def add(self, slot: int, fingerprint: Fingerprint) -> None:
        """Index a text; none is pending afterwards."""
        self._postings.add(np.concatenate(_build_index_keys(fingerprint)), slot)
        self._lengths.add(slot, len(fingerprint.shingles))
        self._cache[slot] = fingerprint
        self._pending = {}

    def set_pending(self, slot: int, fingerprint: Fingerprint) -> None:
        """Make a text the pending one."""
        self._pending = {slot: fingerprint}

    def commit(self) -> None:
        """Index the pending text."""
        for slot, fingerprint in self._pending.items():
            self.add(slot, fingerprint)

    def rollback(self) -> None:
        """Forget the pending text."""
        self._pending = {}

    def drop_before(self, slot: int) -> None:
        """Drop texts before a slot: postings by whole time slices, lengths one by one."""
        self._postings.drop_before(slot)
        self._lengths.drop_before(slot)

    def lengths(self, slots: NDArray[np.int64]) -> NDArray[np.int64]:
        """The numbers of shingles of some indexed texts."""
        return self._lengths.lookup(slots)

    def load(self, slots: Sequence[int]) -> list[Fingerprint]:
        """Return the fingerprints in some slots, in their order."""
        found = {slot: self._cache[slot] for slot in slots if slot in self._cache}
        found |= {slot: pending for slot, pending in self._pending.items() if slot in slots}
        missing = {self._membership.article(slot): slot for slot in slots if slot not in found}
        if missing:
            for article, packed in self._fetch_fingerprints(list(missing)).items():
                slot = missing[article]
                found[slot] = self._cache[slot] = Fingerprint.from_bytes(packed)
        return [found[slot] for slot in slots]

    def find_matches(self, overlay: MembershipOverlay, keys: Hashes32) -> PostingMatches:
        """Find the live articles that contain some keys, with their groups."""
        return _build_matches(overlay, *self._postings.find(keys, MAX_POSTINGS_PER_KEY), len(keys))

    def find_matches_with_pending(
        self, overlay: MembershipOverlay, keys: Hashes32
    ) -> PostingMatches:
        """As `find_matches`, and the pending text, if it has a group already."""
        matches = self.find_matches(overlay, keys)
        for slot, fingerprint in self._pending.items():
            if slot in overlay.reassigned:
                own = np.isin(keys, _build_index_keys(fingerprint)[2]).nonzero()[0]
                positions = np.concatenate([matches.key_positions, own])
                slots = np.append(matches.slots, np.full(len(own), slot, dtype=np.uint32))
                groups = np.append(matches.groups, np.full(len(own), overlay.group(slot)))
                return PostingMatches(
                    positions, slots, groups, _count_group_frequency(positions, groups, len(keys))
                )
        return matches
