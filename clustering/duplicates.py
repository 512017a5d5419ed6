"""Reprints: candidates by keys, every pair verified, groups that are judged again as news comes in.

What is common is learned as the stream goes. The first two articles with the same long notice may
look like reprints; once the notice has been seen in more stories, or their group has grown, the
group is judged again as if its members had just met, and falls apart if the notice was all.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.fingerprints import Fingerprint, Keys, band_keys
from clustering.postings import Postings
from clustering.roster import Draft, Roster
from clustering.verification import Comparison, Weights, compare, is_brief, weigh

MOST_CARRIERS: Final = 64
"""Carriers of one key that are counted: a passage of so many stories weighs nothing anyway."""
MOST_VERIFIED: Final = 8
MOST_OF_A_GROUP: Final = 3
MOST_REJUDGED: Final = 24
REJUDGED_WHEN_COMMON: Final = frozenset((4, 5, 6, 7, 8, 10, 12, 16, 20, 24))
"""Numbers of stories at which a passage has lost enough weight to judge again."""
REJUDGED_WHEN_GROWN: Final = frozenset((4, 5, 6, 8, 12, 16, 24, 32, 64, 128, 256, 512))
PLAIN_SHARE: Final = 0.25
"""Candidates that share so many of the keys are verified even if all of those are common."""
CACHED_FINGERPRINTS: Final = 4096

Fetch = Callable[[Sequence[int]], Mapping[int, bytes]]


@dataclass(frozen=True, slots=True)
class Carriers:
    """Who carries each of a text's keys: parallel arrays, one entry for each key of each carrier.

    Attributes
    ----------
    places : ndarray of int64
        Positions in the keys.
    slots : ndarray of uint32
    groups : ndarray of int64
    stories : ndarray of int64, shape (n_keys,)
        Different groups that carry each key.
    """

    places: NDArray[np.int64]
    slots: NDArray[np.uint32]
    groups: NDArray[np.int64]
    stories: NDArray[np.int64]


class DuplicateIndex:
    """Finds the reprints of a text among the live articles.

    Parameters
    ----------
    roster : Roster
    fetch : callable
        Gives the packed fingerprints of articles from the store.
    """

    def __init__(self, roster: Roster, fetch: Fetch) -> None:
        self._roster = roster
        self._fetch = fetch
        self._sampled = Postings()
        self._alike = Postings()
        self._cache: OrderedDict[int, Fingerprint] = OrderedDict()

    @property
    def nbytes(self) -> int:
        """Bytes of the frozen part of the index."""
        return self._sampled.nbytes + self._alike.nbytes

    def add(self, slot: int, fingerprint: Fingerprint) -> None:
        """Index a text under its slot."""
        self._alike.add(_alike_keys(fingerprint), slot)
        if not is_brief(fingerprint):
            self._sampled.add(fingerprint.keys, slot)
        self._remember(slot, fingerprint)

    def place(self, draft: Draft, slot: int, fingerprint: Fingerprint) -> dict[int, Comparison]:
        """Find the group of a newcomer and write it into the draft, with all that follows.

        Parameters
        ----------
        draft : Draft
        slot : int
            The newcomer's.
        fingerprint : Fingerprint

        Returns
        -------
        dict of int to Comparison
            What it was compared with, by slot.
        """
        self._remember(slot, fingerprint)
        carriers = self._carriers(draft, fingerprint.keys)
        compared = self._verify(draft, fingerprint, carriers)
        linked = _linked_groups(draft, compared)
        group = min(linked, default=0) or draft.found_group()
        for other in sorted(linked - {group}):
            draft.place(draft.members(other), group)
        draft.place([slot], group)
        self._judge_again(draft, group, carriers)
        return compared

    def regroup(self, draft: Draft, group: int) -> None:
        """Judge a group again as if its members had just met; what does not hold together leaves.

        The members count as stories of their own at first, then as the groups they formed.
        """
        slots = self._sample_members(draft.members(group))
        together = dict.fromkeys(slots, 0)
        parts = {slot: slot for slot in slots}
        for _ in range(2):
            parts = self._link_all(draft, slots, group, parts)
        sizes = Counter(parts.values())
        largest = max(together, key=lambda slot: (sizes[parts[slot]], -parts[slot]))
        for root in sorted(set(parts.values()) - {parts[largest]}):
            draft.place([s for s in slots if parts[s] == root], draft.found_group())

    def compare(self, draft: Draft, first: int, second: int) -> Comparison:
        """Compare two slots, each passage weighed by how many stories carry it now."""
        one, other = self._load([first, second])
        return compare(one, other, lambda f: self._weights(draft, f.keys))

    def fingerprint(self, slot: int) -> Fingerprint:
        """The fingerprint of one slot."""
        return self._load([slot])[0]

    def _carriers(self, draft: Draft, keys: Keys) -> Carriers:
        places, slots = self._sampled.find(keys, MOST_CARRIERS)
        groups = draft.group_of(slots)
        alive = groups > 0
        places, slots, groups = places[alive], slots[alive], groups[alive]
        return Carriers(places, slots, groups, _count_stories(places, groups, len(keys)))

    def _weights(self, draft: Draft, keys: Keys) -> Weights:
        """Weights of keys, the newcomer counted as one more story."""
        return weigh(self._carriers(draft, keys).stories + 1)

    def _verify(
        self, draft: Draft, fingerprint: Fingerprint, carriers: Carriers
    ) -> dict[int, Comparison]:
        candidates = self._equals_first(draft, fingerprint, carriers)
        weights = {id(fingerprint): weigh(carriers.stories + 1)}

        def weight_of(one: Fingerprint) -> Weights:
            known = weights.get(id(one))
            return self._weights(draft, one.keys) if known is None else known

        others = self._load(candidates)
        found = (compare(fingerprint, other, weight_of) for other in others)
        return dict(zip(candidates, found, strict=True))

    def _equals_first(
        self, draft: Draft, fingerprint: Fingerprint, carriers: Carriers
    ) -> list[int]:
        """Candidates: those alike as a whole, then those that share passages, best first."""
        _, alike = self._alike.find(_alike_keys(fingerprint), MOST_VERIFIED)
        times = Counter(alike[draft.group_of(alike) > 0].tolist())
        ranked = sorted(times, key=lambda slot: (-times[slot], slot)) + _rank(carriers)
        return _spread(dict.fromkeys(ranked), draft)

    def _judge_again(self, draft: Draft, joined: int, carriers: Carriers) -> None:
        if len(draft.members(joined)) in REJUDGED_WHEN_GROWN:
            self.regroup(draft, joined)
        for group in _groups_losing_weight(draft, carriers):
            if group != joined:
                self.regroup(draft, group)

    def _link_all(
        self, draft: Draft, slots: list[int], group: int, stories: dict[int, int]
    ) -> dict[int, int]:
        """Link members pairwise, with each part of `stories` counted as one story."""

        def weight_of(one: Fingerprint) -> Weights:
            return weigh(self._stories_within(draft, one.keys, group, stories))

        loaded = dict(zip(slots, self._load(slots), strict=True))
        root = {slot: slot for slot in slots}
        cached = _remembering(weight_of)
        for at, first in enumerate(slots):
            for second in slots[at + 1 :]:
                apart = root[first] != root[second]
                if apart and compare(loaded[first], loaded[second], cached).linked:
                    root = _join(root, first, second)
        return root

    def _stories_within(
        self, draft: Draft, keys: Keys, group: int, stories: dict[int, int]
    ) -> NDArray[np.int64]:
        """Stories that carry each key, where `group` counts as the parts it was divided into."""
        found = self._carriers(draft, keys)
        inside = found.groups == group
        slots = found.slots[inside].astype(np.int64)
        known = np.array(sorted(stories), dtype=np.int64)
        part = np.array([stories[slot] for slot in known.tolist()], dtype=np.int64)
        at = np.minimum(np.searchsorted(known, slots), len(known) - 1)
        found.groups[inside] = -1 - np.where(known[at] == slots, part[at], slots)
        return _count_stories(found.places, found.groups, len(keys))

    def _sample_members(self, members: tuple[int, ...]) -> list[int]:
        """The fullest texts first, since parts of a text are linked by the whole."""
        if len(members) > MOST_REJUDGED:
            half = MOST_REJUDGED // 2
            members = members[:half] + members[-half:]
        texts = dict(zip(members, self._load(members), strict=True))
        return sorted(members, key=lambda slot: (-len(texts[slot].shingles), slot))

    def _load(self, slots: Sequence[int]) -> list[Fingerprint]:
        missing = [slot for slot in slots if slot not in self._cache]
        if missing:
            articles = {self._roster.article[slot]: slot for slot in missing}
            for article, packed in self._fetch(list(articles)).items():
                self._remember(articles[article], Fingerprint.from_bytes(packed))
        found = [self._cache[slot] for slot in slots]
        while len(self._cache) > CACHED_FINGERPRINTS:
            self._cache.popitem(last=False)
        return found

    def _remember(self, slot: int, fingerprint: Fingerprint) -> None:
        self._cache[slot] = fingerprint
        self._cache.move_to_end(slot)


def _alike_keys(fingerprint: Fingerprint) -> Keys:
    """Keys of a text as a whole: of its digest, and of its bands unless it is too short."""
    whole = np.array([fingerprint.whole & 0xFFFFFFFF], dtype=np.uint32)
    if is_brief(fingerprint):
        return whole
    return np.concatenate([whole, band_keys(fingerprint.signature)])


def _count_stories(
    places: NDArray[np.int64], groups: NDArray[np.int64], n_keys: int
) -> NDArray[np.int64]:
    order = np.lexsort((groups, places))
    places, groups = places[order], groups[order]
    fresh = np.ones(len(places), dtype=np.bool_)
    fresh[1:] = (places[1:] != places[:-1]) | (groups[1:] != groups[:-1])
    return np.bincount(places[fresh], minlength=n_keys)


def _rank(carriers: Carriers) -> list[int]:
    """Carriers of several keys, those that share the most telling ones first.

    Who shares nothing but what is common is left out, unless it is a good part of the text.
    """
    slots, where, shared = np.unique(carriers.slots, return_inverse=True, return_counts=True)
    weights = np.bincount(where, weights=weigh(carriers.stories + 1)[carriers.places])
    order = np.lexsort((slots, -shared, -weights))
    enough = (shared > 1) & ((weights >= 1) | (shared >= PLAIN_SHARE * len(carriers.stories)))
    ranked: list[int] = slots[order[enough[order]]][: 16 * MOST_VERIFIED].tolist()
    return ranked


def _spread(ranked: Mapping[int, None], draft: Draft) -> list[int]:
    """The first candidates, no more than a few of one group."""
    chosen: list[int] = []
    of_group: Counter[int] = Counter()
    for slot in ranked:
        group = draft.group(slot)
        if of_group[group] < MOST_OF_A_GROUP:
            of_group[group] += 1
            chosen.append(slot)
        if len(chosen) == MOST_VERIFIED:
            break
    return chosen


def _linked_groups(draft: Draft, compared: Mapping[int, Comparison]) -> set[int]:
    """Groups of which at least half of what was compared is the same text."""
    votes: dict[int, list[bool]] = {}
    for slot, comparison in compared.items():
        votes.setdefault(draft.group(slot), []).append(comparison.linked)
    return {group for group, linked in votes.items() if 2 * sum(linked) >= len(linked)}


def _groups_losing_weight(draft: Draft, carriers: Carriers) -> list[int]:
    """Groups held together by passages that one more story was just found to carry."""
    codes, counts = np.unique(
        np.stack([carriers.groups, carriers.places]), axis=1, return_counts=True
    )
    found = []
    for group in np.unique(codes[0, counts > 1]).tolist():
        held_by = min(len(draft.members(group)), MOST_CARRIERS) / 2
        places = codes[1, (codes[0] == group) & (counts > 1) & (counts >= held_by)]
        stories = carriers.stories[places] + 1
        if len(stories) > 1 and int(np.median(stories)) in REJUDGED_WHEN_COMMON:
            found.append(group)
    return found


def _join(root: dict[int, int], first: int, second: int) -> dict[int, int]:
    kept, lost = sorted((root[first], root[second]))
    return {slot: kept if part == lost else part for slot, part in root.items()}


def _remembering(weight_of: Callable[[Fingerprint], Weights]) -> Callable[[Fingerprint], Weights]:
    known: dict[int, Weights] = {}

    def remembered(one: Fingerprint) -> Weights:
        if id(one) not in known:
            known[id(one)] = weight_of(one)
        return known[id(one)]

    return remembered
