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
from clustering.council import Council, numbers
from clustering.draft import Draft
from clustering.fingerprints import Fingerprint, Keys
from clustering.panel import Panel
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
MOST_REJUDGED: Final = 24
"""Members of several groups that are judged together; of a larger one, a sample is."""
MOST_STRANGERS: Final = 8
"""Texts outside that are compared with those that are judged."""
WEIGHT_LOST: Final = 0.5
"""Weight that sampled shingles of a group may lose by one newcomer before it is judged again: two
that a fourth story carries are too much, and so are five that a sixth does."""
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

    def where(self, chosen: NDArray[np.bool_]) -> Carriers:
        """Some of the carriers, and the stories among them."""
        places, slots, groups = self.places[chosen], self.slots[chosen], self.groups[chosen]
        return Carriers(places, slots, groups, _count_stories(places, groups, len(self.stories)))

    def _at(self, at: NDArray[np.int64], before: int, stories: NDArray[np.int64]) -> Carriers:
        return Carriers(self.places[at] - before, self.slots[at], self.groups[at], stories)


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
            What it was compared with, by slot; `UNLIKELY` for what was ruled out unread.
        """
        self._newcomer = {slot: fingerprint}
        compared, carriers = self._compared(draft, fingerprint)
        met = self._settle(draft, slot, compared)
        for group, around in _groups_losing_weight(carriers):
            if group not in met and len(draft.members(group)) > 1:
                self.regroup(draft, group, around)
        return compared

    def place_again(self, draft: Draft, slot: int) -> None:
        """Judge the group of an article again, as far as that can be told from the article."""
        group = draft.group(slot)
        if len(draft.members(group)) > 1:
            self.regroup(draft, group, [slot])
            return
        draft.place([slot], GONE)
        compared, _ = self._compared(draft, *self._load([slot]))
        self._settle(draft, slot, compared, group)

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
        household, parts = Household(draft, [group]), dict[int, list[int]]()
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

    def _settle(
        self, draft: Draft, slot: int, compared: Mapping[int, Comparison], own: int = GONE
    ) -> set[int]:
        """Find the group of a text that is in none; return the groups that it was judged with.

        It is judged together with all that may be its reprints. If they are too many, it joins
        those groups that it belongs to.
        """
        near = self._allowed(draft, slot, _groups_near(compared, draft))
        if _size(draft, near) < MOST_REJUDGED:
            home = own or min(near, default=0) or draft.found_group()
            draft.place([slot], home)
            if near:
                self._judge_together(draft, sorted({*near, home}))
            return near
        linked = self._allowed(draft, slot, _linked_groups(compared, draft))
        home = min(linked, default=own) or draft.found_group()
        for group in sorted(linked - {home}):
            draft.place(draft.members(group), home)
        draft.place([slot], home)
        if len(linked) > 1:
            self.regroup(draft, home, [slot])
        return linked

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

        The members count as stories of their own at first, as if they had just met: if all that
        they share is a notice that nobody else carries yet, they part. Of a large group only a
        sample is judged, and it counts as one story.

        Parameters
        ----------
        draft : Draft
        group : int
        around : sequence of int
            Members that gave the reason; they are looked at even in a large group.
        """
        slots = self._sample_members(draft, [group], around)
        council, _ = self._council(draft, [group], slots)
        if len(self._judge(draft, [group], council)) > 1:
            self._judge_together(draft, [group], around)

    def _judge_together(
        self, draft: Draft, groups: Sequence[int], around: Sequence[int] = ()
    ) -> None:
        """Judge the members of groups and of all that are near them, as long as they are few."""
        asked: set[int] = set()
        while True:
            slots = self._sample_members(draft, groups, around)
            council, beyond = self._council(draft, groups, slots)
            near = self._near(draft, groups, council, beyond, asked)
            if not near:
                break
            groups = [*groups, *near]
        self._divide(draft, groups, council, self._judge(draft, groups, council))

    def _judge(self, draft: Draft, groups: Sequence[int], council: Council) -> list[list[int]]:
        """Positions of those who belong together; a large group counts as one story at first."""
        few = _size(draft, groups) <= MOST_REJUDGED
        at_first = council.apart() if few else [[*range(len(council.slots))]]
        return council.judge(at_first, Household(draft, groups))

    def _council(
        self, draft: Draft, groups: Sequence[int], slots: Sequence[int]
    ) -> tuple[Council, Carriers]:
        """A council, and who else carries what."""
        panel = Panel(self._load(slots))
        found = self._counted(draft, panel.keys)
        inside = np.isin(found.groups, groups)
        others = inside & ~np.isin(found.slots, np.array(slots, dtype=np.uint32))
        beyond = found.where(~inside)
        unseen = np.bincount(found.places[others], minlength=len(panel.keys)) > 0
        return Council(slots, panel, beyond.stories, unseen), beyond

    def _near(
        self,
        draft: Draft,
        groups: Sequence[int],
        council: Council,
        beyond: Carriers,
        asked: set[int],
    ) -> list[int]:
        """Groups beyond a council with a text that is nearly a reprint of one in it."""
        room = MOST_REJUDGED - _size(draft, groups)
        if room < 1:
            return []
        new = ~np.isin(beyond.slots, [*asked])
        pairs = council.strangers(beyond.places[new], beyond.slots[new], MOST_STRANGERS)
        asked.update(stranger for stranger, _ in pairs)
        near: list[int] = []
        for group in dict.fromkeys(map(draft.group, self._nearly(draft, council, pairs))):
            if _size(draft, [*near, group]) <= room and may_be_one_group(
                draft, sorted([*groups, *near, group])
            ):
                near.append(group)
        return near

    def _nearly(
        self, draft: Draft, council: Council, pairs: Sequence[tuple[int, int]]
    ) -> list[int]:
        """Strangers who are nearly reprints of the members that they are paired with."""
        slots = sorted({*chain.from_iterable(pairs)})
        texts = dict(zip(slots, self._load(slots), strict=True))
        beside = [(it, texts[it], texts[member]) for it, member in pairs]
        shorter = [one for _, one, other in beside if by_length(one, other)[0] is one]
        known = council.weights(council.apart())
        strange = _weighing(shorter, lambda keys: self._counted(draft, keys).stories)
        strangers = {id(one) for one in shorter}

        def weight_of(text: Fingerprint) -> Weights:
            if id(text) in strangers:
                return strange(text)
            return known[np.searchsorted(council.panel.keys, text.keys)]

        return [it for it, one, other in beside if compare(one, other, weight_of).near]

    def _counted(self, draft: Draft, keys: Keys) -> Carriers:
        """Carriers of some keys with the newcomer, if it has a group: it is not indexed yet."""
        found = self._carriers(draft, keys)
        for slot, text in self._newcomer.items():
            if slot in draft.placed:
                there = np.isin(keys, _all_keys(text)[2]).nonzero()[0]
                places = np.concatenate([found.places, there])
                slots = np.append(found.slots, np.full(len(there), slot, dtype=np.uint32))
                groups = np.append(found.groups, np.full(len(there), draft.group(slot)))
                return Carriers(places, slots, groups, _count_stories(places, groups, len(keys)))
        return found

    def _divide(
        self,
        draft: Draft,
        groups: Sequence[int],
        council: Council,
        parts: list[list[int]],
    ) -> None:
        """Make each part a group; who was not looked at goes with the part it is like."""
        slots = council.slots
        inside = {slots[part[0]]: [slots[at] for at in part] for part in parts}
        before = {it: [*draft.members(it)] for it in groups}
        rest = sorted({*chain.from_iterable(before.values())} - {*slots})
        likings = self._likings(rest, [*inside], council.panel.keys, council.weights(parts))
        household = Household(draft, groups)
        for some in household.sets(rest):
            host = household.host(some, inside, likings[some[0]])
            inside.setdefault(host, []).extend(some)
        newcomers = {*self._newcomer}
        stood = {it: {*some} - newcomers for it, some in before.items() if {*some} - newcomers}
        named = numbers(inside, stood)
        locked = next((draft.event(it) for it in groups if draft.locked(it)), None)
        for head, members in sorted(inside.items()):
            number = named.get(head) or draft.found_group()
            draft.place([it for it in sorted(members) if draft.group(it) != number], number)
            if locked is not None and head not in named and {*members} - newcomers:
                draft.attach(number, locked)

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

    def _sample_members(
        self, draft: Draft, groups: Sequence[int], around: Sequence[int]
    ) -> list[int]:
        """The fullest texts first, since parts of a text are linked by the whole."""
        members = tuple(chain.from_iterable(map(draft.members, groups)))
        if len(members) > MOST_REJUDGED:
            anchor = draft.leads(groups[0]).anchor
            some = (anchor, *around[: MOST_REJUDGED // 2], *members[: MOST_REJUDGED // 4])
            wanted = dict.fromkeys(some)
            wanted |= dict.fromkeys(members[len(wanted) - MOST_REJUDGED :])
            members = tuple(wanted)
        texts = dict(zip(members, self._load(members), strict=True))
        return sorted(members, key=lambda it: (-len(texts[it].shingles), texts[it].whole, it))

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


def _size(draft: Draft, groups: Iterable[int]) -> int:
    return sum(len(draft.members(group)) for group in groups)


def _groups_near(compared: Mapping[int, Comparison], draft: Draft) -> list[int]:
    """Groups with a text of which a newcomer is nearly a reprint, the most alike first."""
    near = [slot for slot, comparison in compared.items() if comparison.near]
    near.sort(key=lambda slot: (-compared[slot].score, draft.group(slot)))
    return [*dict.fromkeys(map(draft.group, near))]


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
    apart = carriers.stories[places] - 1 + counts[counts > 1]
    lost = weigh(apart) - weigh(apart + 1)
    found = []
    for group in np.unique(groups).tolist():
        shared = places[groups == group]
        if lost[groups == group].sum() > WEIGHT_LOST:
            theirs = (carriers.groups == group) & np.isin(carriers.places, shared)
            found.append((group, np.unique(carriers.slots[theirs]).tolist()))
    return found
