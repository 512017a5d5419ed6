"""Reprints: candidates by keys, every pair verified, groups that are judged again as news comes in.

What is common is learned as the stream goes. The first two articles with the same long notice may
look like reprints; once the notice has been seen in more stories, or their group has grown, the
group is judged again as if its members had just met, and falls apart if the notice was all.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.company import Household, may_be_one_group
from clustering.draft import Draft
from clustering.fingerprints import Fingerprint, Keys
from clustering.panel import Links, Panel
from clustering.postings import Postings
from clustering.ranking import Lengths, Ranked, fresh, may_be_reprints, rank
from clustering.roster import GONE, Roster
from clustering.verification import (
    UNLIKELY,
    Comparison,
    WeightOf,
    Weights,
    by_length,
    compare,
    compare_at_a_glance,
    is_brief,
    weigh,
)

MOST_CARRIERS: Final = 64
"""Carriers of one key that are counted: a passage of so many stories weighs nothing anyway."""
MOST_VERIFIED: Final = 8
MOST_OF_A_GROUP: Final = 2
"""Candidates of one group that are verified, besides the text that stands for it."""
QUORUM: Final = 1 / 3
"""Who is a reprint of no more of a group does not belong to it."""
MOST_REJUDGED: Final = 24
REJUDGED_WHEN_COMMON: Final = frozenset((4, 5, 6, 7, 8, 10, 12, 16, 20, 24))
"""Numbers of stories at which a passage has lost enough weight to judge again."""
REJUDGED_WHEN_GROWN: Final = frozenset((4, 5, 6, 8, 12, 16, 24))
CACHED_FINGERPRINTS: Final = 1024

_NO_KEYS: Final[Keys] = np.empty(0, dtype=np.uint32)

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

    def divide(self, n_first: int) -> tuple[Carriers, Carriers]:
        """The carriers of the first keys, and those of the rest."""
        first, rest = (self.places < n_first).nonzero()[0], (self.places >= n_first).nonzero()[0]
        return (
            self._at(first, 0, self.stories[:n_first]),
            self._at(rest, n_first, self.stories[n_first:]),
        )

    def _at(self, at: NDArray[np.int64], before: int, stories: NDArray[np.int64]) -> Carriers:
        return Carriers(self.places[at] - before, self.slots[at], self.groups[at], stories)


@dataclass(frozen=True, slots=True)
class Council:
    """Members of one group, to be judged again together.

    Attributes
    ----------
    panel : Panel
        Their texts.
    beyond : ndarray of int64, shape (n_keys,)
        Stories of others that carry each of the panel's keys.
    unseen : ndarray of bool, shape (n_keys,)
        Whether members do that are not in the panel.
    """

    panel: Panel
    beyond: NDArray[np.int64]
    unseen: NDArray[np.bool_]

    def weights(self, parts: Sequence[Sequence[int]]) -> Weights:
        """Weights of the panel's keys, with each part counted as one story.

        Members that are not in the panel count with the first part.
        """
        carried = np.stack([self.panel.carried[part].any(axis=0) for part in parts])
        carried[0] |= self.unseen
        return weigh(self.beyond + carried.sum(axis=0))

    def links(self, parts: Sequence[Sequence[int]]) -> Links:
        """Which members are reprints of which."""
        return self.panel.links(self.weights(parts))


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
        self._postings = Postings()
        self._cache: OrderedDict[int, Fingerprint] = OrderedDict()
        self._lengths = Lengths()
        self._newcomer: dict[int, Fingerprint] = {}  # by slot; the store does not have it yet

    @property
    def nbytes(self) -> int:
        """Bytes of the frozen part of the index."""
        return self._postings.nbytes

    def add(self, slot: int, fingerprint: Fingerprint) -> None:
        """Index a text under its slot."""
        self._postings.add(np.concatenate(_all_keys(fingerprint)), slot)
        self._lengths.add(slot, len(fingerprint.shingles))
        self._remember(slot, fingerprint)
        self._newcomer = {}

    def keep(self, slot: int) -> None:
        """Index the newcomer that was placed last."""
        self.add(slot, self._newcomer[slot])

    def retire(self) -> None:
        """Drop the time slices of which no article is live any more."""
        self._postings.drop_before(self._roster.first_slot)
        self._lengths.drop_before(self._roster.first_slot)

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
        self._newcomer = {slot: fingerprint}
        compared, carriers = self._compared(draft, fingerprint)
        linked = self._allowed(draft, slot, _linked_groups(compared, draft))
        self._bring_together(draft, slot, linked, min(linked, default=0) or draft.found_group())
        self._judge_again(draft, linked, slot, carriers)
        return compared

    def place_again(self, draft: Draft, slot: int) -> None:
        """Judge the group of an article again, as far as that can be told from the article."""
        group = draft.group(slot)
        if len(draft.members(group)) > 1:
            self.regroup(draft, group, [slot])
            return
        draft.place([slot], GONE)
        compared, _ = self._compared(draft, *self._load([slot]))
        linked = self._allowed(draft, slot, _linked_groups(compared, draft))
        self._bring_together(draft, slot, linked, min(linked, default=group))

    def compared_with(self, slot: int) -> dict[int, Comparison]:
        """What an article would be compared with if it came now, by slot."""
        draft = Draft(self._roster)
        draft.place([slot], GONE)
        (text,) = self._load([slot])
        candidates, _, carriers = self._candidates(draft, text)
        return self._verify(draft, text, candidates, carriers)

    def part(self, draft: Draft, group: int) -> None:
        """Divide a group so that nobody in it is with another from whom decisions part it."""
        event = draft.event(group)
        first = draft.next_group
        self.regroup(draft, group, list(draft.bound(group)))
        if not may_be_one_group(draft, [group]):
            self._part_as_they_are(draft, group)
        for founded in range(first, draft.next_group):
            if event is not None and draft.members(founded):
                draft.attach(founded, event)

    def _part_as_they_are(self, draft: Draft, group: int) -> None:
        """Divide a group without a look at the texts."""
        household, parts = Household(draft, group), dict[int, list[int]]()
        for some in household.sets(draft.members(group)):
            parts.setdefault(household.host(some, parts, [*parts]), []).extend(some)
        for head in [*parts][1:]:
            draft.place(parts[head], draft.found_group())

    def _compared(
        self, draft: Draft, fingerprint: Fingerprint
    ) -> tuple[dict[int, Comparison], Carriers]:
        candidates, likely, carriers = self._candidates(draft, fingerprint)
        groups = {draft.group(it) for it in candidates if it in likely}
        likely |= {draft.leads(group).anchor for group in groups}  # its keys may be too common
        worth_it = [it for it in candidates if it in likely]
        verified = self._verify(draft, fingerprint, worth_it, carriers)
        return {it: verified.get(it, UNLIKELY) for it in candidates}, carriers

    def _bring_together(self, draft: Draft, slot: int, linked: set[int], group: int) -> None:
        for other in sorted(linked - {group}):
            draft.place(draft.members(other), group)
        draft.place([slot], group)

    def _allowed(self, draft: Draft, slot: int, linked: Sequence[int]) -> set[int]:
        """Of the groups that a newcomer is linked with, those that decisions let it join.

        Those that they make it join come first, then those that are most alike.
        """
        article, bonds = draft.article(slot), draft.bonds
        if not bonds.articles and not bonds.locked:
            return set(linked)
        mates = map(draft.slot, bonds.circles.get(bonds.circle_of.get(article, 0), ()))
        joined = {draft.group(mate) for mate in mates if mate not in (None, slot)} - {GONE}
        for group in linked:
            if may_be_one_group(draft, sorted({*joined, group}), article):
                joined.add(group)
        return joined

    def regroup(self, draft: Draft, group: int, around: Sequence[int] = ()) -> None:
        """Judge a group again by what is known to be common now; what does not hold leaves.

        The members of a small group count as stories of their own at first, as if they had just
        met: if all that they share is a notice that nobody else carries yet, they part. In the
        end each must be a reprint of more than a quorum of its part, or the versions of an
        evolving story would hold together as a chain.

        Parameters
        ----------
        draft : Draft
        group : int
        around : sequence of int
            Members that gave the reason; they are looked at even in a large group.
        """
        members = draft.members(group)
        slots = self._sample_members(draft, group, around)
        council = self._council(draft, group, slots)
        household = Household(draft, group)
        parts = [[at] for at in range(len(slots))]
        if len(members) > MOST_REJUDGED:
            parts = [[*range(len(slots))]]
        for quorum in (0.0, 0.0, QUORUM):
            parts = _link_all(council.links(parts), quorum, household, slots)
        if len(parts) > 1:
            self._divide(draft, group, slots, parts, council, household)

    def _council(self, draft: Draft, group: int, slots: Sequence[int]) -> Council:
        panel = Panel(self._load(slots))
        found = self._carriers(draft, panel.keys)
        inside = found.groups == group
        others = inside & ~np.isin(found.slots, np.array(slots, dtype=np.uint32))
        beyond = _count_stories(found.places[~inside], found.groups[~inside], len(panel.keys))
        unseen = np.bincount(found.places[others], minlength=len(panel.keys)) > 0
        return Council(panel, beyond, unseen)

    def _divide(
        self,
        draft: Draft,
        group: int,
        slots: list[int],
        parts: list[list[int]],
        council: Council,
        household: Household,
    ) -> None:
        """Let all parts but the largest leave; each other member goes with the part it is like."""
        inside = {slots[part[0]]: [slots[at] for at in part] for part in parts}
        looked_at = {*slots}
        rest = [slot for slot in draft.members(group) if slot not in looked_at]
        weights = council.weights(parts)
        likings = self._likings(rest, [*inside], council.panel.keys, weights)
        for some in household.sets(rest):
            host = household.host(some, inside, likings[some[0]])
            inside.setdefault(host, []).extend(some)
        largest = max(inside, key=lambda head: (len(inside[head]), -head))
        event = draft.event(group)
        for head in sorted({*inside} - {largest}):
            founded = draft.found_group()
            draft.place(sorted(inside[head]), founded)
            if event in draft.bonds.locked and event is not None:
                draft.attach(founded, event)

    def _likings(
        self, rest: list[int], heads: list[int], keys: Keys, weights: Weights
    ) -> dict[int, list[int]]:
        """For each member that was not looked at, the heads of the parts, the most alike first."""
        texts = dict(zip((*heads, *rest), self._load((*heads, *rest)), strict=True))

        def weight_of(text: Fingerprint) -> Weights:
            at = np.minimum(np.searchsorted(keys, text.keys), len(keys) - 1)
            return np.where(keys[at] == text.keys, weights[at], 1.0)

        likings = {}
        for slot in rest:
            scores = {h: compare(texts[slot], texts[h], weight_of).score for h in heads}
            likings[slot] = sorted(heads, key=lambda head: (-scores[head], head))
        return likings

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
        return _among_groups(draft, *self._postings.find(keys, MOST_CARRIERS), len(keys))

    def _candidates(
        self, draft: Draft, fingerprint: Fingerprint
    ) -> tuple[list[int], set[int], Carriers]:
        """Candidates: of equal text or address, alike as a whole, sharing passages, best first.

        With them, those that may be reprints, and who carries the newcomer's sampled shingles.
        """
        names, bands, sampled = _all_keys(fingerprint)
        found = self._carriers(draft, np.concatenate([names, bands, sampled]))
        whole, carriers = found.divide(len(names) + len(bands))
        named = whole.slots[whole.places < len(names)].tolist()
        times = Counter(whole.slots[whole.places >= len(names)].tolist())
        alike = sorted(times, key=lambda slot: (-times[slot], slot))
        weights = weigh(carriers.stories + 1)
        ranked = rank(carriers.places, carriers.slots, weights)
        in_order = dict.fromkeys([*named, *alike, *ranked.slots.tolist()])
        likely = {*named, *alike, *self._likely(fingerprint, weights, ranked)}
        return _spread(in_order, draft), likely, carriers

    def _likely(self, text: Fingerprint, weights: Weights, ranked: Ranked) -> list[int]:
        if not len(ranked.slots):
            return []
        may_be = may_be_reprints(text, weights, ranked, self._lengths.of(ranked.slots))
        likely: list[int] = ranked.slots[may_be].tolist()
        return likely

    def _verify(
        self, draft: Draft, newcomer: Fingerprint, candidates: list[int], carriers: Carriers
    ) -> dict[int, Comparison]:
        """Compare a newcomer with its candidates; it counts as one more story."""
        others = dict(zip(candidates, self._load(candidates), strict=True))
        own = weigh(carriers.stories + 1)
        found = {it: compare_at_a_glance(newcomer, one, own) for it, one in others.items()}
        left = [one for it, one in others.items() if found[it] is None]
        shorter = [one for one in left if by_length(newcomer, one)[0] is one]
        rest = _weighing(shorter, lambda keys: self._carriers(draft, keys).stories + 1)

        def weight_of(one: Fingerprint) -> Weights:
            return own if one is newcomer else rest(one)

        return {it: found[it] or compare(newcomer, one, weight_of) for it, one in others.items()}

    def _judge_again(self, draft: Draft, linked: set[int], slot: int, carriers: Carriers) -> None:
        """Judge again the groups that the newcomer shows in another light."""
        joined = draft.group(slot)
        if len(linked) > 1 or len(draft.members(joined)) in REJUDGED_WHEN_GROWN:
            self.regroup(draft, joined, [slot])
        for group, around in _groups_losing_weight(carriers):
            if group not in linked and len(draft.members(group)) > 1:
                self.regroup(draft, group, around)

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

    def _sample_members(self, draft: Draft, group: int, around: Sequence[int]) -> list[int]:
        """The fullest texts first, since parts of a text are linked by the whole."""
        members = draft.members(group)
        if len(members) > MOST_REJUDGED:
            anchor = draft.leads(group).anchor
            some = (anchor, *around[: MOST_REJUDGED // 2], *members[: MOST_REJUDGED // 4])
            wanted = dict.fromkeys(some)
            wanted |= dict.fromkeys(members[len(wanted) - MOST_REJUDGED :])
            members = tuple(wanted)
        texts = dict(zip(members, self._load(members), strict=True))
        return sorted(members, key=lambda slot: (-len(texts[slot].shingles), slot))

    def _load(self, slots: Sequence[int]) -> list[Fingerprint]:
        found = {slot: self._cache[slot] for slot in slots if slot in self._cache}
        found |= {slot: text for slot, text in self._newcomer.items() if slot in slots}
        missing = {self._roster.article(slot): slot for slot in slots if slot not in found}
        if missing:
            for article, packed in self._fetch(list(missing)).items():
                found[missing[article]] = Fingerprint.from_bytes(packed)
        for slot, fingerprint in found.items():
            if slot not in self._newcomer:
                self._remember(slot, fingerprint)
        return [found[slot] for slot in slots]

    def _remember(self, slot: int, fingerprint: Fingerprint) -> None:
        self._cache[slot] = fingerprint
        self._cache.move_to_end(slot)
        if len(self._cache) > CACHED_FINGERPRINTS:
            self._cache.popitem(last=False)


def _weighing(
    texts: Iterable[Fingerprint], stories_of: Callable[[Keys], NDArray[np.int64]]
) -> WeightOf:
    """Weights of the keys of some texts, looked up for all of them at once."""
    keys = np.unique(np.concatenate([_NO_KEYS, *(text.keys for text in texts)]))
    weights = weigh(stories_of(keys)) if len(keys) else np.empty(0)
    return lambda one: weights[np.searchsorted(keys, one.keys)]


def _all_keys(fingerprint: Fingerprint) -> tuple[Keys, Keys, Keys]:
    """What a text is found by: its names, its bands and its sampled shingles."""
    sampled = _NO_KEYS if is_brief(fingerprint) else fingerprint.keys
    return _names(fingerprint), _bands(fingerprint), sampled


def _names(fingerprint: Fingerprint) -> Keys:
    """Keys that only an article of equal text or address has."""
    names = [name & 0xFFFFFFFF for name in (fingerprint.whole, fingerprint.address) if name]
    return np.array(names, dtype=np.uint32)


def _bands(fingerprint: Fingerprint) -> Keys:
    """Keys that texts alike as a whole share; none if the text is too short to be like others."""
    if is_brief(fingerprint):
        return _NO_KEYS
    return fingerprint.bands


def _among_groups(
    draft: Draft, places: NDArray[np.int64], slots: NDArray[np.uint32], n_keys: int
) -> Carriers:
    """Carriers with their groups; those that are gone are left out."""
    groups = draft.group_of(slots)
    alive = groups != GONE
    places, slots, groups = places[alive], slots[alive], groups[alive]
    return Carriers(places, slots, groups, _count_stories(places, groups, n_keys))


def _linked_groups(compared: Mapping[int, Comparison], draft: Draft) -> list[int]:
    """Groups that a newcomer belongs to, the one with the text most like it first."""
    votes: dict[int, list[Comparison]] = {}
    for slot, comparison in compared.items():
        votes.setdefault(draft.group(slot), []).append(comparison)
    best = {
        group: max(comparison.score for comparison in found)
        for group, found in votes.items()
        if _belongs(found)
    }
    return sorted(best, key=lambda group: (-best[group], group))


def _belongs(compared: Collection[Comparison]) -> bool:
    """Whether a text is a reprint of what a group tells, not of its last member alone.

    Half of those it was compared with must be reprints of it, the fullest text among them: else
    each version of an evolving story would draw the next one in, though it shares nothing with the
    first.
    """
    linked = sum(comparison.linked for comparison in compared)
    return 2 * linked >= len(compared) or any(comparison.certain for comparison in compared)


def _link_all(
    links: Links, quorum: float, household: Household, slots: Sequence[int]
) -> list[list[int]]:
    """Parts of a panel: who is linked to more than a quorum of one, or of several, joins them.

    Each with its fullest member first, as the panel has them.
    """
    parts = household.tied(slots)
    for member, linked in enumerate(links):
        own = next((part for part in parts if member in part), [member])
        joined: list[list[int]] = []
        for part in parts:
            if part is not own and linked[part].mean() > quorum:
                beside = [slots[at] for at in (*own, *chain.from_iterable(joined))]
                if household.may_join(beside, [slots[at] for at in part]):
                    joined.append(part)
        parts = [part for part in parts if part is not own and part not in joined]
        parts.append([*chain.from_iterable(joined), *own])
    return sorted((sorted(part) for part in parts), key=min)


def _count_stories(
    places: NDArray[np.int64], groups: NDArray[np.int64], n_keys: int
) -> NDArray[np.int64]:
    pairs = places << 32 | groups & 0xFFFFFFFF
    pairs.sort()
    return np.bincount(pairs[fresh(pairs)] >> 32, minlength=n_keys)


def _spread(ranked: Mapping[int, None], draft: Draft) -> list[int]:
    """The first candidates: of each group its fullest text, and no more than a few others."""
    chosen: dict[int, None] = {}
    of_group: Counter[int] = Counter()
    for slot in ranked:
        if len(chosen) >= MOST_VERIFIED:
            break
        group = draft.group(slot)
        if group not in of_group:
            chosen[draft.leads(group).anchor] = None
        if of_group[group] < MOST_OF_A_GROUP:
            of_group[group] += 1
            chosen[slot] = None
    return list(chosen)


def _groups_losing_weight(carriers: Carriers) -> list[tuple[int, list[int]]]:
    """Groups of which several members carry passages that one more story was found to carry.

    Each with the members that do.
    """
    n_keys = len(carriers.stories)
    if int(carriers.stories.sum()) == len(carriers.groups):
        return []  # no two carriers of one key are of one group
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
