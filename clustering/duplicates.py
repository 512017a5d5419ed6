"""Reprints: candidates by keys, every pair verified, groups that are judged again as news comes in.

What is common is learned as the stream goes. The first two articles with the same long notice may
look like reprints; once the notice has been seen in more stories, or their group has grown, the
group is judged again as if its members had just met, and falls apart if the notice was all.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.fingerprints import Fingerprint, Keys, band_keys
from clustering.postings import Postings
from clustering.roster import Draft, Roster
from clustering.verification import Comparison, WeightOf, compare, is_brief, weigh

MOST_CARRIERS: Final = 64
"""Carriers of one key that are counted: a passage of so many stories weighs nothing anyway."""
MOST_VERIFIED: Final = 8
MOST_OF_A_GROUP: Final = 3
MOST_REJUDGED: Final = 24
REJUDGED_WHEN_COMMON: Final = frozenset((4, 5, 6, 7, 8, 10, 12, 16, 20, 24))
"""Numbers of stories at which a passage has lost enough weight to judge again."""
REJUDGED_WHEN_GROWN: Final = frozenset((4, 5, 6, 8, 12, 16, 24))
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
        self._alike.add(np.concatenate([_names(fingerprint), _bands(fingerprint)]), slot)
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
        self._judge_again(draft, linked, slot, carriers)
        return compared

    def regroup(self, draft: Draft, group: int, around: Sequence[int] = ()) -> None:
        """Judge a group again by what is known to be common now; what does not hold leaves.

        The members of a small group count as stories of their own at first, as if they had just
        met: if all that they share is a notice that nobody else carries yet, they part.

        Parameters
        ----------
        draft : Draft
        group : int
        around : sequence of int
            Members that gave the reason; they are looked at even in a large group.
        """
        members = draft.members(group)
        slots = self._sample_members(members, around)
        parts = {slot: slot if len(members) <= MOST_REJUDGED else slots[0] for slot in slots}
        for _ in range(2):
            parts = self._link_all(draft, slots, group, parts)
        if len(set(parts.values())) > 1:
            self._divide(draft, group, parts)

    def _divide(self, draft: Draft, group: int, parts: dict[int, int]) -> None:
        """Let all parts but the largest leave; each other member goes with the part it is like."""
        heads = list(dict.fromkeys(parts.values()))
        rest = [slot for slot in draft.members(group) if slot not in parts]
        parts |= self._follow(draft, group, rest, heads, parts)
        sizes = Counter(parts.values())
        largest = max(heads, key=lambda head: (sizes[head], -head))
        for head in sorted(set(heads) - {largest}):
            draft.place([s for s in sorted(parts) if parts[s] == head], draft.found_group())

    def _follow(
        self, draft: Draft, group: int, rest: list[int], heads: list[int], parts: dict[int, int]
    ) -> dict[int, int]:
        texts, weight_of = self._weigh_within(draft, (*heads, *rest), group, parts)
        followed = {}
        for slot in rest:
            scores = {h: compare(texts[slot], texts[h], weight_of).score for h in heads}
            followed[slot] = max(heads, key=lambda head: (scores[head], -head))
        return followed

    def compare(self, draft: Draft, first: int, second: int) -> Comparison:
        """Compare two slots, each passage weighed by how many stories carry it now."""
        one, other = self._load([first, second])
        weight_of = _weighing([one, other], lambda keys: self._carriers(draft, keys).stories)
        return compare(one, other, weight_of)

    def stories(self, draft: Draft, keys: Keys, first: int, second: int) -> NDArray[np.int64]:
        """Stories that carry each key, as if the later of two slots had come just now.

        A group that both are in counts as two, then.
        """
        group = draft.group(first)
        if draft.group(second) != group:
            return self._carriers(draft, keys).stories
        return self._stories_within(draft, keys, group, {first: first, second: second})

    def _carriers(self, draft: Draft, keys: Keys) -> Carriers:
        places, slots = self._sampled.find(keys, MOST_CARRIERS)
        groups = draft.group_of(slots)
        alive = groups > 0
        places, slots, groups = places[alive], slots[alive], groups[alive]
        return Carriers(places, slots, groups, _count_stories(places, groups, len(keys)))

    def _stories(self, draft: Draft, keys: Keys) -> NDArray[np.int64]:
        """Stories that carry each key, the newcomer counted as one more."""
        return self._carriers(draft, keys).stories + 1

    def _verify(
        self, draft: Draft, fingerprint: Fingerprint, carriers: Carriers
    ) -> dict[int, Comparison]:
        candidates = self._equals_first(draft, fingerprint, carriers)
        if not candidates:
            return {}
        others = self._load(candidates)
        weight_of = _weighing([fingerprint, *others], lambda keys: self._stories(draft, keys))
        found = (compare(fingerprint, other, weight_of) for other in others)
        return dict(zip(candidates, found, strict=True))

    def _equals_first(
        self, draft: Draft, fingerprint: Fingerprint, carriers: Carriers
    ) -> list[int]:
        """Candidates: of equal text or address, alike as a whole, sharing passages, best first."""
        names = self._alive(draft, _names(fingerprint))
        times = Counter(self._alive(draft, _bands(fingerprint)))
        alike = sorted(times, key=lambda slot: (-times[slot], slot))
        return _spread(dict.fromkeys([*names, *alike, *_rank(carriers)]), draft)

    def _alive(self, draft: Draft, keys: Keys) -> list[int]:
        _, slots = self._alike.find(keys, MOST_VERIFIED)
        alive: list[int] = slots[draft.group_of(slots) > 0].tolist()
        return alive

    def _judge_again(self, draft: Draft, linked: set[int], slot: int, carriers: Carriers) -> None:
        """Judge again the groups that the newcomer shows in another light."""
        joined = draft.group(slot)
        if len(linked) > 1 or len(draft.members(joined)) in REJUDGED_WHEN_GROWN:
            self.regroup(draft, joined, [slot])
        for group, around in _groups_losing_weight(carriers):
            if group not in linked and len(draft.members(group)) > 1:
                self.regroup(draft, group, around)

    def _link_all(
        self, draft: Draft, slots: list[int], group: int, stories: dict[int, int]
    ) -> dict[int, int]:
        """Link members pairwise, with each part of `stories` counted as one story.

        Returns the part of each, named by its fullest member.
        """
        texts, weight_of = self._weigh_within(draft, slots, group, stories)
        part = {slot: slot for slot in slots}
        for at, first in enumerate(slots):
            for second in slots[at + 1 :]:
                apart = part[first] != part[second]
                if apart and compare(texts[first], texts[second], weight_of).linked:
                    part = _join(part, part[first], part[second])
        return part

    def _weigh_within(
        self, draft: Draft, slots: Sequence[int], group: int, stories: dict[int, int]
    ) -> tuple[dict[int, Fingerprint], WeightOf]:
        """The texts of some members, and the weights of their keys by `_stories_within`."""
        texts = dict(zip(slots, self._load(slots), strict=True))
        return texts, _weighing(
            texts.values(), lambda keys: self._stories_within(draft, keys, group, stories)
        )

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
        found.groups[inside] = -1 - np.where(known[at] == slots, part[at], part[0])
        return _count_stories(found.places, found.groups, len(keys))

    def _sample_members(self, members: tuple[int, ...], around: Sequence[int]) -> list[int]:
        """The fullest texts first, since parts of a text are linked by the whole."""
        if len(members) > MOST_REJUDGED:
            wanted = dict.fromkeys((*around[: MOST_REJUDGED // 2], *members[: MOST_REJUDGED // 4]))
            wanted |= dict.fromkeys(members[len(wanted) - MOST_REJUDGED :])
            members = tuple(wanted)
        texts = dict(zip(members, self._load(members), strict=True))
        return sorted(members, key=lambda slot: (-len(texts[slot].shingles), slot))

    def _load(self, slots: Sequence[int]) -> list[Fingerprint]:
        missing = [slot for slot in slots if slot not in self._cache]
        if missing:
            articles = {self._roster.article[slot]: slot for slot in missing}
            for article, packed in self._fetch(list(articles)).items():
                self._remember(articles[article], Fingerprint.from_bytes(packed))
        return [self._cache[slot] for slot in slots]

    def _remember(self, slot: int, fingerprint: Fingerprint) -> None:
        self._cache[slot] = fingerprint
        self._cache.move_to_end(slot)
        if len(self._cache) > CACHED_FINGERPRINTS:
            self._cache.popitem(last=False)


def _weighing(
    texts: Iterable[Fingerprint], stories_of: Callable[[Keys], NDArray[np.int64]]
) -> WeightOf:
    """Weights of the keys of some texts, looked up for all of them at once."""
    keys = np.unique(np.concatenate([text.keys for text in texts]))
    weights = weigh(stories_of(keys))
    return lambda one: weights[np.searchsorted(keys, one.keys)]


def _names(fingerprint: Fingerprint) -> Keys:
    """Keys that only an article of equal text or address has."""
    names = [name & 0xFFFFFFFF for name in (fingerprint.whole, fingerprint.address) if name]
    return np.array(names, dtype=np.uint32)


def _bands(fingerprint: Fingerprint) -> Keys:
    """Keys that texts alike as a whole share; none if the text is too short to be like others."""
    if is_brief(fingerprint):
        return np.empty(0, dtype=np.uint32)
    return band_keys(fingerprint.signature)


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
    """Groups of which half of what was compared is a reprint, or one is beyond doubt."""
    votes: dict[int, list[Comparison]] = {}
    for slot, comparison in compared.items():
        votes.setdefault(draft.group(slot), []).append(comparison)
    return {group for group, compared in votes.items() if _belongs(compared)}


def _belongs(compared: list[Comparison]) -> bool:
    linked = sum(comparison.linked for comparison in compared)
    return 2 * linked >= len(compared) or any(comparison.certain for comparison in compared)


def _groups_losing_weight(carriers: Carriers) -> list[tuple[int, list[int]]]:
    """Groups of which several members carry passages that one more story was found to carry.

    Each with the members that do.
    """
    n_keys = len(carriers.stories)
    codes, counts = np.unique(carriers.groups * n_keys + carriers.places, return_counts=True)
    groups, places = np.divmod(codes[counts > 1], n_keys)
    found = []
    for group in np.unique(groups).tolist():
        shared = places[groups == group]
        stories = carriers.stories[shared] + 1
        if len(stories) > 1 and int(np.median(stories)) in REJUDGED_WHEN_COMMON:
            theirs = (carriers.groups == group) & np.isin(carriers.places, shared)
            found.append((group, np.unique(carriers.slots[theirs]).tolist()))
    return found


def _join(part: dict[int, int], kept: int, lost: int) -> dict[int, int]:
    return {slot: kept if name == lost else name for slot, name in part.items()}
