"""Fingerprints of the live articles: their postings, and the fingerprints themselves.

The index keeps postings and lengths of all live texts, but only the fingerprints used last. The
others are fetched from where they are stored.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from clustering.duplicates.notice_terms import find_disregarded_terms
from clustering.duplicates.posting_matches import (
    PostingMatches,
    build_index_keys,
    build_matches,
    count_group_frequency,
)
from clustering.duplicates.veto import Veto, find_veto
from clustering.features.fingerprint import Fingerprint
from clustering.features.minhash import Hashes32
from clustering.similarity.disregarded_terms import DisregardedTerms
from clustering.state.inverted_index import InvertedIndex
from clustering.state.membership import Membership
from clustering.state.overlay import MembershipOverlay

MAX_POSTINGS_PER_KEY: Final = 64
"""Live articles looked up for one key, the newest: a passage in more groups weighs next to nothing.
"""
MAX_CACHED_FINGERPRINTS: Final = 1024
"""Unpacked fingerprints in memory. A cache of packed ones below this one saves the database query,
this one saves the unpacking: near-duplicates come in bursts, and each is compared many times."""

MAX_CACHED_VETOES: Final = 1 << 14
"""Pairs of texts whose veto is kept: members of a group are compared anew with each arrival."""

MAX_CACHED_DISREGARDED: Final = 1 << 13
"""Pairs of texts whose terms from a notice are kept: pairs are scored anew with new weights."""

FetchFingerprints = Callable[[Sequence[int]], Mapping[int, bytes]]
"""Returns the packed fingerprints of articles by their keys."""


class FingerprintIndex:
    """Inverted index and cache of fingerprints, by slot.

    A *pending* text is not indexed yet: it is that of the article being assigned to a group.

    Parameters
    ----------
    membership : Membership
    fetch_fingerprints : callable
        Returns the packed fingerprints of articles from the store.
    """

    def __init__(self, membership: Membership, fetch_fingerprints: FetchFingerprints) -> None:
        self._membership = membership
        self._fetch_fingerprints = fetch_fingerprints
        self._postings = InvertedIndex(is_live=membership.are_live)
        self._lengths = TextLengths()
        self._cache: LRUCache[int, Fingerprint] = LRUCache(MAX_CACHED_FINGERPRINTS)
        self._pending: dict[int, Fingerprint] = {}
        self._vetoes: LRUCache[tuple[int, int], Veto | None] = LRUCache(MAX_CACHED_VETOES)
        self._disregarded: LRUCache[tuple[int, int], DisregardedTerms | None] = LRUCache(
            MAX_CACHED_DISREGARDED
        )

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
        self._postings.add(np.concatenate(build_index_keys(fingerprint)), slot)
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
        loaded = {slot: self._cache[slot] for slot in slots if slot in self._cache}
        loaded |= {slot: pending for slot, pending in self._pending.items() if slot in slots}
        missing = {self._membership.article(slot): slot for slot in slots if slot not in loaded}
        if missing:
            for article, packed in self._fetch_fingerprints(list(missing)).items():
                slot = missing[article]
                loaded[slot] = self._cache[slot] = Fingerprint.from_bytes(packed)
        return [loaded[slot] for slot in slots]

    def load_article(self, article: int, slot: int | None) -> Fingerprint:
        """Return the fingerprint of an article, which has no slot if it is not live any more."""
        if slot is not None:
            return self.load([slot])[0]
        return Fingerprint.from_bytes(self._fetch_fingerprints([article])[article])

    def find_veto(self, first: Fingerprint, second: Fingerprint) -> Veto | None:
        """What rules out that two texts are copies; see `clustering.duplicates.veto`."""
        lower, higher = sorted((first.content_hash, second.content_hash))
        if (lower, higher) not in self._vetoes:
            self._vetoes[lower, higher] = find_veto(first, second)
        return self._vetoes[lower, higher]

    def find_disregarded(self, first: Fingerprint, second: Fingerprint) -> DisregardedTerms | None:
        """What two texts have from a notice; see `clustering.duplicates.notice_terms`."""
        pair = first.notice_hash, second.notice_hash
        if pair not in self._disregarded:
            self._disregarded[pair] = find_disregarded_terms(first, second)
        return self._disregarded[pair]

    def find_matches(self, overlay: MembershipOverlay, keys: Hashes32) -> PostingMatches:
        """Find the live articles that contain some keys, with their groups."""
        return build_matches(overlay, *self._postings.find(keys, MAX_POSTINGS_PER_KEY), len(keys))

    def find_matches_with_pending(
        self, overlay: MembershipOverlay, keys: Hashes32
    ) -> PostingMatches:
        """As `find_matches`, with the pending text if it has a group already."""
        matches = self.find_matches(overlay, keys)
        for slot, fingerprint in self._pending.items():
            if slot in overlay.reassigned:
                shared = np.isin(keys, build_index_keys(fingerprint)[2]).nonzero()[0]
                positions = np.concatenate([matches.key_positions, shared])
                slots = np.append(matches.slots, np.full(len(shared), slot, dtype=np.uint32))
                groups = np.append(matches.groups, np.full(len(shared), overlay.group(slot)))
                return PostingMatches(
                    positions, slots, groups, count_group_frequency(positions, groups, len(keys))
                )
        return matches


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

    def lookup(self, slots: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the lengths of live texts."""
        lengths = np.frombuffer(self._lengths, dtype=np.uint32)
        return lengths[slots - self._first_slot].astype(np.int64)
