"""Finding duplicates alone: the library's own index and roster, one article after another.

Events never change a duplicate group, so leaving them out changes no figure and saves most of the
time.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass

import numpy as np

from clustering.duplicates.comparison import REJECTED_BY_SAMPLE, Comparison
from clustering.duplicates.index import DuplicateIndex
from clustering.features.minhash import Fingerprint
from clustering.state.membership import Membership
from clustering.state.overlay import MembershipOverlay
from clustering.types import Features


@dataclass(frozen=True)
class Arrival:
    """What was found out about a newcomer, before it is taken in.

    Attributes
    ----------
    draft : MembershipOverlay
    slot : int
    features : Features
    fingerprint : Fingerprint
    compared : dict of int to Comparison
        The candidates that were verified, by slot; not those that were ruled out before.
    groups : frozenset of int
        The groups that those were in when it came.
    """

    draft: MembershipOverlay
    slot: int
    features: Features
    fingerprint: Fingerprint
    compared: dict[int, Comparison]
    groups: frozenset[int]

    def reaches(self, earlier: int) -> bool:
        """Whether it was compared with an earlier article, or with one of that one's group."""
        return earlier in self.compared or self.draft.previous_group(earlier) in self.groups


class Stream:
    """Duplicate groups as articles arrive.

    Parameters
    ----------
    packed : mutable mapping of int to bytes or None
        Where packed fingerprints are kept; None keeps them in memory.
    """

    def __init__(self, packed: MutableMapping[int, bytes] | None = None) -> None:
        self.roster = Membership()
        self.index = DuplicateIndex(self.roster, self._fetch)
        self._packed = {} if packed is None else packed

    def add(self, fingerprint: Fingerprint) -> Arrival:
        """Judge a newcomer and take it in."""
        arrival = self.judge(fingerprint)
        self.take(arrival)
        return arrival

    def judge(self, fingerprint: Fingerprint) -> Arrival:
        """Find the group of a newcomer; change nothing."""
        slot = self.roster.next_slot
        words = len(fingerprint.shingles)
        features = Features("und", b"", b"", float(slot), None, words)
        draft = MembershipOverlay(self.roster, slot, features)
        found = self.index.assign_group(draft, slot, fingerprint)
        compared = {other: it for other, it in found.items() if it is not REJECTED_BY_SAMPLE}
        groups = frozenset(draft.previous_group(other) for other in compared)
        return Arrival(draft, slot, features, fingerprint, compared, groups)

    def take(self, arrival: Arrival) -> None:
        """Make what was found the new state."""
        self._packed[arrival.slot] = arrival.fingerprint.to_bytes()
        self.roster.add(arrival.slot, arrival.features)
        self.index.add(arrival.slot, arrival.fingerprint)
        for slot, group in arrival.draft.reassigned.items():
            if arrival.draft.previous_group(slot) != group:
                self.roster.set_group(slot, group)

    def groups(self) -> list[int]:
        """The group of every article so far, in order of arrival."""
        return self.groups_of(range(self.roster.next_slot))

    def groups_of(self, slots: Sequence[int]) -> list[int]:
        """The groups of some articles, in their order."""
        found: list[int] = self.roster.groups_of_slots(np.array(slots, dtype=np.uint32)).tolist()
        return found

    def _fetch(self, articles: Sequence[int]) -> Mapping[int, bytes]:
        return {article: self._packed[article] for article in articles}
