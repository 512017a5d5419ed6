"""Duplicate groups without events: the library's duplicate index and membership, as a stream.

Events never change a duplicate group, so leaving them out changes no result and saves most of the
time.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass

import numpy as np

from clustering.duplicates.comparison import REJECTED_BY_SAMPLE, Comparison
from clustering.duplicates.index import DuplicateIndex
from clustering.features.fingerprint import Fingerprint
from clustering.state.membership import Membership
from clustering.state.overlay import MembershipOverlay
from clustering.types import Features


@dataclass(frozen=True)
class Arrival:
    """The proposal for a new article, before it is committed.

    Attributes
    ----------
    overlay : MembershipOverlay
    slot : int
    features : Features
    fingerprint : Fingerprint
    compared : dict of int to Comparison
        The verified candidates, by slot; without those rejected by their samples.
    groups : frozenset of int
        The groups of these candidates when the article arrived.
    """

    overlay: MembershipOverlay
    slot: int
    features: Features
    fingerprint: Fingerprint
    compared: dict[int, Comparison]
    groups: frozenset[int]

    def reaches(self, earlier: int) -> bool:
        """Whether it was compared with an earlier article, or with another of its group."""
        return earlier in self.compared or self.overlay.previous_group(earlier) in self.groups


class Stream:
    """Assigns articles to duplicate groups one by one.

    Parameters
    ----------
    packed : mutable mapping of int to bytes or None
        Storage of the packed fingerprints; None keeps them in memory.
    """

    def __init__(self, packed: MutableMapping[int, bytes] | None = None) -> None:
        self.membership = Membership()
        self.index = DuplicateIndex(self.membership, self._fetch)
        self._packed = {} if packed is None else packed

    def add(self, fingerprint: Fingerprint) -> Arrival:
        """Propose the group of a new article, and commit it."""
        arrival = self.propose(fingerprint)
        self.commit(arrival)
        return arrival

    def propose(self, fingerprint: Fingerprint) -> Arrival:
        """Find the group of a new article without changing anything."""
        slot = self.membership.next_slot
        words = len(fingerprint.shingles)
        features = Features("und", b"", b"", float(slot), None, words)
        overlay = MembershipOverlay(self.membership, slot, features)
        comparisons = self.index.assign_group(overlay, slot, fingerprint)
        compared = {
            candidate: comparison
            for candidate, comparison in comparisons.items()
            if comparison is not REJECTED_BY_SAMPLE
        }
        groups = frozenset(overlay.previous_group(candidate) for candidate in compared)
        return Arrival(overlay, slot, features, fingerprint, compared, groups)

    def commit(self, arrival: Arrival) -> None:
        """Add the article and apply the proposed groups."""
        self._packed[arrival.slot] = arrival.fingerprint.to_bytes()
        self.membership.add(arrival.slot, arrival.features)
        self.index.add(arrival.slot, arrival.fingerprint)
        for slot, group in arrival.overlay.reassigned.items():
            if arrival.overlay.previous_group(slot) != group:
                self.membership.set_group(slot, group)

    def groups(self) -> list[int]:
        """Return the group of every article so far, in order of arrival."""
        return self.groups_of(range(self.membership.next_slot))

    def groups_of(self, slots: Sequence[int]) -> list[int]:
        """Return the groups of some articles, in their order."""
        groups: list[int] = self.membership.groups_of_slots(
            np.array(slots, dtype=np.uint32)
        ).tolist()
        return groups

    def _fetch(self, articles: Sequence[int]) -> Mapping[int, bytes]:
        return {article: self._packed[article] for article in articles}
