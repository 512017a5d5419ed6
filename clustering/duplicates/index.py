"""Reprints: candidates by keys, every pair verified, groups that are judged again as news comes in.

What is common is learned as the stream goes. The first two articles with the same long notice may
look like reprints; once the notice has been seen in more stories, or their group has grown, the
group is judged again as if its members had just met, and falls apart if the notice was all.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.duplicates.candidates import (
    PostingMatches,
    RankedCandidates,
    TextLengths,
    _build_index_keys,
    _build_matches,
    _count_group_frequency,
    _find_groups_losing_weight,
    _limit_candidates,
    _make_weight_lookup,
    passes_sample_filter,
    rank_candidates,
)
from clustering.duplicates.comparison import (
    REJECTED_BY_SAMPLE,
    Comparison,
    Weights,
    compare,
    order_by_length,
    quick_reject,
    shingle_weight,
)
from clustering.duplicates.comparison_matrix import ComparisonMatrix
from clustering.duplicates.regrouping import JointRegrouping, keep_group_numbers
from clustering.features.minhash import Fingerprint, Hashes32
from clustering.state.closure import GroupConstraints, can_be_one_group
from clustering.state.inverted_index import InvertedIndex
from clustering.state.membership import NO_GROUP, Membership
from clustering.state.overlay import MembershipOverlay

MAX_POSTINGS_PER_KEY: Final = 64
"""Carriers of one key that are counted: a passage of so many stories weighs nothing anyway."""
MAX_REGROUPED_MEMBERS: Final = 24
"""Members of several groups that are judged together; of a larger one, a sample is."""
MAX_OUTSIDE_CANDIDATES: Final = 8
"""Texts outside that are compared with those that are judged."""
MAX_CACHED_FINGERPRINTS: Final = 1024


FetchFingerprints = Callable[[Sequence[int]], Mapping[int, bytes]]


class DuplicateIndex:
    """Finds the reprints of a text among the live articles.

    Parameters
    ----------
    membership : Membership
    fetch_fingerprints : callable
        Gives the packed fingerprints of articles from the store.
    """

    def __init__(self, membership: Membership, fetch_fingerprints: FetchFingerprints) -> None:
        self._membership = membership
        self._fetch_fingerprints = fetch_fingerprints
        self._postings = InvertedIndex()
        self._cache: OrderedDict[int, Fingerprint] = OrderedDict()
        self._lengths = TextLengths()
        self._pending_fingerprints: dict[
            int, Fingerprint
        ] = {}  # by slot; the store does not have it yet

    @property
    def nbytes(self) -> int:
        """Bytes of the frozen part of the index."""
        return self._postings.nbytes

    def add(self, slot: int, fingerprint: Fingerprint) -> None:
        """Index a text under its slot."""
        self._postings.add(np.concatenate(_build_index_keys(fingerprint)), slot)
        self._lengths.add(slot, len(fingerprint.shingles))
        self._cache_fingerprint(slot, fingerprint)
        self._pending_fingerprints = {}

    def commit(self) -> None:
        """Index the text that was assigned to a group last."""
        for slot, fingerprint in self._pending_fingerprints.items():
            self.add(slot, fingerprint)

    def rollback(self) -> None:
        """Forget the text that was assigned to a group last."""
        self._pending_fingerprints = {}

    def drop_before(self, slot: int) -> None:
        """Drop the texts before a slot, as far as whole time slices are free of live articles."""
        self._postings.drop_before(slot)
        self._lengths.drop_before(slot)

    def assign_group(
        self, overlay: MembershipOverlay, slot: int, fingerprint: Fingerprint
    ) -> dict[int, Comparison]:
        """Find the group of a newcomer and write it into the draft, with all that follows.

        Parameters
        ----------
        overlay : MembershipOverlay
        slot : int
            The newcomer's.
        fingerprint : Fingerprint

        Returns
        -------
        dict of int to Comparison
            What it was compared with, by slot; `UNLIKELY` for what was ruled out unread.
        """
        self._pending_fingerprints = {slot: fingerprint}
        compared, carriers = self._compare_candidates(overlay, fingerprint)
        met = self._join_linked_groups(overlay, slot, compared)
        for group, around in _find_groups_losing_weight(carriers):
            if group not in met and len(overlay.members(group)) > 1:
                self.regroup(overlay, group, around)
        return compared

    def reassign_group(self, overlay: MembershipOverlay, slot: int) -> None:
        """Judge the group of an article again, as far as that can be told from the article."""
        group = overlay.group(slot)
        if len(overlay.members(group)) > 1:
            self.regroup(overlay, group, [slot])
            return
        overlay.set_group([slot], NO_GROUP)
        compared, _ = self._compare_candidates(overlay, *self._load_fingerprints([slot]))
        self._join_linked_groups(overlay, slot, compared, group)

    def compare_with_candidates(self, slot: int) -> dict[int, Comparison]:
        """What an article would be compared with if it came now, by slot."""
        draft = MembershipOverlay(self._membership)
        draft.set_group([slot], NO_GROUP)
        (text,) = self._load_fingerprints([slot])
        candidates, _, carriers = self._find_candidates(draft, text)
        return self._verify(draft, text, candidates, carriers)

    def split_by_constraints(self, overlay: MembershipOverlay, group: int) -> None:
        """Divide a group so that nobody in it is with another from whom decisions part it."""
        event = overlay.event(group)
        first = overlay.next_group
        self.regroup(overlay, group, list(overlay.constrained_slots(group)))
        if not can_be_one_group(overlay, [group]):
            self._split_without_texts(overlay, group)
        for founded in range(first, overlay.next_group):
            if event is not None and overlay.members(founded):
                overlay.set_event(founded, event)

    def _split_without_texts(self, overlay: MembershipOverlay, group: int) -> None:
        """Divide a group without a look at the texts."""
        household, parts = GroupConstraints(overlay, [group]), dict[int, list[int]]()
        for some in household.must_link_sets(overlay.members(group)):
            parts.setdefault(household.choose_part(some, parts, [*parts]), []).extend(some)
        for head in [*parts][1:]:
            overlay.set_group(parts[head], overlay.new_group_number())

    def _compare_candidates(
        self, overlay: MembershipOverlay, fingerprint: Fingerprint
    ) -> tuple[dict[int, Comparison], PostingMatches]:
        candidates, likely, carriers = self._find_candidates(overlay, fingerprint)
        groups = {overlay.group(it) for it in candidates if it in likely}
        likely |= {
            overlay.representatives(group).longest for group in groups
        }  # its keys may be too common
        worth_it = [it for it in candidates if it in likely]
        verified = self._verify(overlay, fingerprint, worth_it, carriers)
        return {it: verified.get(it, REJECTED_BY_SAMPLE) for it in candidates}, carriers

    def _join_linked_groups(
        self,
        overlay: MembershipOverlay,
        slot: int,
        comparisons: Mapping[int, Comparison],
        own_group: int = NO_GROUP,
    ) -> set[int]:
        """Find the group of a text that is in none; return the groups that it was judged with.

        It is judged together with all that may be its reprints. If they are too many, it joins
        those groups that it belongs to.
        """
        near = self._filter_by_constraints(
            overlay, slot, _find_linkable_groups(comparisons, overlay)
        )
        if _count_members(overlay, near) < MAX_REGROUPED_MEMBERS:
            home = own_group or min(near, default=0) or overlay.new_group_number()
            overlay.set_group([slot], home)
            if near:
                self._regroup_jointly(overlay, sorted({*near, home}))
            return near
        linked = self._filter_by_constraints(
            overlay, slot, _find_linked_groups(comparisons, overlay)
        )
        home = min(linked, default=own_group) or overlay.new_group_number()
        for group in sorted(linked - {home}):
            overlay.set_group(overlay.members(group), home)
        overlay.set_group([slot], home)
        if len(linked) > 1:
            self.regroup(overlay, home, [slot])
        return linked

    def _filter_by_constraints(
        self, overlay: MembershipOverlay, slot: int, linked_groups: Sequence[int]
    ) -> set[int]:
        """Of the groups that a newcomer is linked with, those that decisions let it join.

        Those that they make it join come first, then those that are most alike.
        """
        article, bonds = overlay.article(slot), overlay.constraints
        if not bonds.articles and not bonds.locked_events:
            return set(linked_groups)
        mates = map(
            overlay.slot,
            bonds.duplicate_components.get(bonds.duplicate_component_of.get(article, 0), ()),
        )
        joined = {overlay.group(mate) for mate in mates if mate not in (None, slot)} - {NO_GROUP}
        for group in linked_groups:
            if can_be_one_group(overlay, sorted({*joined, group}), article):
                joined.add(group)
        return joined

    def regroup(
        self, overlay: MembershipOverlay, group: int, trigger_slots: Sequence[int] = ()
    ) -> None:
        """Judge a group again by what is known to be common now; what does not hold leaves.

        The members count as stories of their own at first, as if they had just met: if all that
        they share is a notice that nobody else carries yet, they part. Of a large group only a
        sample is judged, and it counts as one story.

        Parameters
        ----------
        overlay : MembershipOverlay
        group : int
        trigger_slots : sequence of int
            Members that gave the reason; they are looked at even in a large group.
        """
        slots = self._sample_members(overlay, [group], trigger_slots)
        council, _ = self._build_regrouping(overlay, [group], slots)
        if len(self._find_parts(overlay, [group], council)) > 1:
            self._regroup_jointly(overlay, [group], trigger_slots)

    def _regroup_jointly(
        self, overlay: MembershipOverlay, groups: Sequence[int], trigger_slots: Sequence[int] = ()
    ) -> None:
        """Judge the members of groups and of all that are near them, as long as they are few."""
        asked: set[int] = set()
        while True:
            slots = self._sample_members(overlay, groups, trigger_slots)
            council, beyond = self._build_regrouping(overlay, groups, slots)
            near = self._find_outside_groups(overlay, groups, council, beyond, asked)
            if not near:
                break
            groups = [*groups, *near]
        self._assign_parts(overlay, groups, council, self._find_parts(overlay, groups, council))

    def _find_parts(
        self, overlay: MembershipOverlay, groups: Sequence[int], regrouping: JointRegrouping
    ) -> list[list[int]]:
        """Positions of those who belong together; a large group counts as one story at first."""
        few = _count_members(overlay, groups) <= MAX_REGROUPED_MEMBERS
        at_first = regrouping.singleton_parts() if few else [[*range(len(regrouping.slots))]]
        return regrouping.find_parts(at_first, GroupConstraints(overlay, groups))

    def _build_regrouping(
        self, overlay: MembershipOverlay, groups: Sequence[int], slots: Sequence[int]
    ) -> tuple[JointRegrouping, PostingMatches]:
        """A council, and who else carries what."""
        panel = ComparisonMatrix(self._load_fingerprints(slots))
        found = self._find_matches_with_pending(overlay, panel.sampled_shingles)
        inside = np.isin(found.groups, groups)
        others = inside & ~np.isin(found.slots, np.array(slots, dtype=np.uint32))
        beyond = found.select(~inside)
        unseen = np.bincount(found.key_positions[others], minlength=len(panel.sampled_shingles)) > 0
        return JointRegrouping(slots, panel, beyond.group_frequency, unseen), beyond

    def _find_outside_groups(
        self,
        overlay: MembershipOverlay,
        groups: Sequence[int],
        regrouping: JointRegrouping,
        outside_matches: PostingMatches,
        compared_slots: set[int],
    ) -> list[int]:
        """Groups beyond a council with a text that is nearly a reprint of one in it."""
        room = MAX_REGROUPED_MEMBERS - _count_members(overlay, groups)
        if room < 1:
            return []
        new = ~np.isin(outside_matches.slots, [*compared_slots])
        pairs = regrouping.outside_candidates(
            outside_matches.key_positions[new], outside_matches.slots[new], MAX_OUTSIDE_CANDIDATES
        )
        compared_slots.update(stranger for stranger, _ in pairs)
        near: list[int] = []
        for group in dict.fromkeys(
            map(overlay.group, self._find_linkable_slots(overlay, regrouping, pairs))
        ):
            if _count_members(overlay, [*near, group]) <= room and can_be_one_group(
                overlay, sorted([*groups, *near, group])
            ):
                near.append(group)
        return near

    def _find_linkable_slots(
        self,
        overlay: MembershipOverlay,
        regrouping: JointRegrouping,
        pairs: Sequence[tuple[int, int]],
    ) -> list[int]:
        """Strangers who are nearly reprints of the members that they are paired with."""
        slots = sorted({*chain.from_iterable(pairs)})
        texts = dict(zip(slots, self._load_fingerprints(slots), strict=True))
        beside = [(it, texts[it], texts[member]) for it, member in pairs]
        shorter = [one for _, one, other in beside if order_by_length(one, other)[0] is one]
        known = regrouping.compute_weights(regrouping.singleton_parts())
        strange = _make_weight_lookup(
            shorter, lambda keys: self._find_matches_with_pending(overlay, keys).group_frequency
        )
        strangers = {id(one) for one in shorter}

        def weight_of(text: Fingerprint) -> Weights:
            if id(text) in strangers:
                return strange(text)
            return known[np.searchsorted(regrouping.matrix.sampled_shingles, text.sampled_shingles)]

        return [it for it, one, other in beside if compare(one, other, weight_of).may_link]

    def _find_matches_with_pending(
        self, overlay: MembershipOverlay, keys: Hashes32
    ) -> PostingMatches:
        """Carriers of some keys with the newcomer, if it has a group: it is not indexed yet."""
        found = self._find_matches(overlay, keys)
        for slot, text in self._pending_fingerprints.items():
            if slot in overlay.reassigned:
                there = np.isin(keys, _build_index_keys(text)[2]).nonzero()[0]
                places = np.concatenate([found.key_positions, there])
                slots = np.append(found.slots, np.full(len(there), slot, dtype=np.uint32))
                groups = np.append(found.groups, np.full(len(there), overlay.group(slot)))
                return PostingMatches(
                    places, slots, groups, _count_group_frequency(places, groups, len(keys))
                )
        return found

    def _assign_parts(
        self,
        overlay: MembershipOverlay,
        groups: Sequence[int],
        regrouping: JointRegrouping,
        parts: list[list[int]],
    ) -> None:
        """Make each part a group; who was not looked at goes with the part it is like."""
        slots = regrouping.slots
        inside = {slots[part[0]]: [slots[at] for at in part] for part in parts}
        before = {it: [*overlay.members(it)] for it in groups}
        rest = sorted({*chain.from_iterable(before.values())} - {*slots})
        likings = self._rank_parts(
            rest, [*inside], regrouping.matrix.sampled_shingles, regrouping.compute_weights(parts)
        )
        household = GroupConstraints(overlay, groups)
        for some in household.must_link_sets(rest):
            host = household.choose_part(some, inside, likings[some[0]])
            inside.setdefault(host, []).extend(some)
        newcomers = {*self._pending_fingerprints}
        stood = {it: {*some} - newcomers for it, some in before.items() if {*some} - newcomers}
        named = keep_group_numbers(inside, stood)
        locked = next((overlay.event(it) for it in groups if overlay.is_locked(it)), None)
        for head, members in sorted(inside.items()):
            number = named.get(head) or overlay.new_group_number()
            overlay.set_group([it for it in sorted(members) if overlay.group(it) != number], number)
            if locked is not None and head not in named and {*members} - newcomers:
                overlay.set_event(number, locked)

    def _rank_parts(
        self,
        unsampled_slots: list[int],
        part_heads: list[int],
        sampled_shingles: Hashes32,
        weights: Weights,
    ) -> dict[int, list[int]]:
        """For each member that was not looked at, the heads of the parts, the most alike first."""
        texts = dict(
            zip(
                (*part_heads, *unsampled_slots),
                self._load_fingerprints((*part_heads, *unsampled_slots)),
                strict=True,
            )
        )

        def weight_of(text: Fingerprint) -> Weights:
            at = np.minimum(
                np.searchsorted(sampled_shingles, text.sampled_shingles), len(sampled_shingles) - 1
            )
            return np.where(sampled_shingles[at] == text.sampled_shingles, weights[at], 1.0)

        likings = {}
        for slot in unsampled_slots:
            scores = {h: compare(texts[slot], texts[h], weight_of).score for h in part_heads}
            likings[slot] = sorted(part_heads, key=lambda head: (-scores[head], head))
        return likings

    def compare(self, overlay: MembershipOverlay, first: int, second: int) -> Comparison:
        """Compare two slots, each passage weighed by how many stories carry it now."""
        one, other = self._load_fingerprints([first, second])
        weight_of = _make_weight_lookup(
            [one, other], lambda keys: self._find_matches(overlay, keys).group_frequency
        )
        return compare(one, other, weight_of)

    def group_frequency(
        self, overlay: MembershipOverlay, keys: Hashes32, first: int, second: int
    ) -> NDArray[np.int64]:
        """Stories that carry each key, as if the later of two slots had come just now.

        A group that both are in counts as two, then.
        """
        group = overlay.group(first)
        if overlay.group(second) != group:
            return self._find_matches(overlay, keys).group_frequency
        return self._group_frequency_within(overlay, keys, group, {first: first, second: second})

    def _find_matches(self, overlay: MembershipOverlay, keys: Hashes32) -> PostingMatches:
        return _build_matches(overlay, *self._postings.find(keys, MAX_POSTINGS_PER_KEY), len(keys))

    def _find_candidates(
        self, overlay: MembershipOverlay, fingerprint: Fingerprint
    ) -> tuple[list[int], set[int], PostingMatches]:
        """Candidates: of equal text or address, alike as a whole, sharing passages, best first.

        With them, those that may be reprints, and who carries the newcomer's sampled shingles.
        """
        names, bands, sampled = _build_index_keys(fingerprint)
        found = self._find_matches(overlay, np.concatenate([names, bands, sampled]))
        whole, carriers = found.split_at(len(names) + len(bands))
        named = whole.slots[whole.key_positions < len(names)].tolist()
        times = Counter(whole.slots[whole.key_positions >= len(names)].tolist())
        alike = sorted(times, key=lambda slot: (-times[slot], slot))
        weights = shingle_weight(carriers.group_frequency + 1)
        ranked = rank_candidates(carriers.key_positions, carriers.slots, weights)
        in_order = dict.fromkeys([*named, *alike, *ranked.slots.tolist()])
        likely = {*named, *alike, *self._filter_by_sample(fingerprint, weights, ranked)}
        return _limit_candidates(in_order, overlay), likely, carriers

    def _filter_by_sample(
        self, text: Fingerprint, weights: Weights, ranked: RankedCandidates
    ) -> list[int]:
        if not len(ranked.slots):
            return []
        may_be = passes_sample_filter(text, weights, ranked, self._lengths.lookup(ranked.slots))
        likely: list[int] = ranked.slots[may_be].tolist()
        return likely

    def _verify(
        self,
        overlay: MembershipOverlay,
        query: Fingerprint,
        candidates: list[int],
        matches: PostingMatches,
    ) -> dict[int, Comparison]:
        """Compare a newcomer with its candidates; it counts as one more story."""
        others = dict(zip(candidates, self._load_fingerprints(candidates), strict=True))
        own = shingle_weight(matches.group_frequency + 1)
        found = {it: quick_reject(query, one, own) for it, one in others.items()}
        left = [one for it, one in others.items() if found[it] is None]
        shorter = [one for one in left if order_by_length(query, one)[0] is one]
        rest = _make_weight_lookup(
            shorter, lambda keys: self._find_matches(overlay, keys).group_frequency + 1
        )

        def weight_of(text: Fingerprint) -> Weights:
            return own if text is query else rest(text)

        return {it: found[it] or compare(query, one, weight_of) for it, one in others.items()}

    def _group_frequency_within(
        self, overlay: MembershipOverlay, keys: Hashes32, group: int, part_of: dict[int, int]
    ) -> NDArray[np.int64]:
        """Stories that carry each key, where `group` counts as the parts it was divided into."""
        found = self._find_matches(overlay, keys)
        inside = found.groups == group
        slots = found.slots[inside].astype(np.int64)
        known = np.array(sorted(part_of), dtype=np.int64)
        part = np.array([part_of[slot] for slot in known.tolist()], dtype=np.int64)
        at = np.minimum(np.searchsorted(known, slots), len(known) - 1)
        found.groups[inside] = -1 - np.where(known[at] == slots, part[at], part[0])
        return _count_group_frequency(found.key_positions, found.groups, len(keys))

    def _sample_members(
        self, overlay: MembershipOverlay, groups: Sequence[int], trigger_slots: Sequence[int]
    ) -> list[int]:
        """The fullest texts first, since parts of a text are linked by the whole."""
        members = tuple(chain.from_iterable(map(overlay.members, groups)))
        if len(members) > MAX_REGROUPED_MEMBERS:
            anchor = overlay.representatives(groups[0]).longest
            some = (
                anchor,
                *trigger_slots[: MAX_REGROUPED_MEMBERS // 2],
                *members[: MAX_REGROUPED_MEMBERS // 4],
            )
            wanted = dict.fromkeys(some)
            wanted |= dict.fromkeys(members[len(wanted) - MAX_REGROUPED_MEMBERS :])
            members = tuple(wanted)
        texts = dict(zip(members, self._load_fingerprints(members), strict=True))
        return sorted(members, key=lambda it: (-len(texts[it].shingles), texts[it].text_hash, it))

    def _load_fingerprints(self, slots: Sequence[int]) -> list[Fingerprint]:
        found = {slot: self._cache[slot] for slot in slots if slot in self._cache}
        found |= {slot: text for slot, text in self._pending_fingerprints.items() if slot in slots}
        missing = {self._membership.article(slot): slot for slot in slots if slot not in found}
        if missing:
            for article, packed in self._fetch_fingerprints(list(missing)).items():
                found[missing[article]] = Fingerprint.from_bytes(packed)
        for slot, fingerprint in found.items():
            if slot not in self._pending_fingerprints:
                self._cache_fingerprint(slot, fingerprint)
        return [found[slot] for slot in slots]

    def _cache_fingerprint(self, slot: int, fingerprint: Fingerprint) -> None:
        self._cache[slot] = fingerprint
        self._cache.move_to_end(slot)
        if len(self._cache) > MAX_CACHED_FINGERPRINTS:
            self._cache.popitem(last=False)


def _count_members(overlay: MembershipOverlay, groups: Iterable[int]) -> int:
    return sum(len(overlay.members(group)) for group in groups)


def _find_linkable_groups(
    comparisons: Mapping[int, Comparison], overlay: MembershipOverlay
) -> list[int]:
    """Groups with a text of which a newcomer is nearly a reprint, the most alike first."""
    near = [slot for slot, comparison in comparisons.items() if comparison.may_link]
    near.sort(key=lambda slot: (-comparisons[slot].score, overlay.group(slot)))
    return [*dict.fromkeys(map(overlay.group, near))]


def _find_linked_groups(
    comparisons: Mapping[int, Comparison], overlay: MembershipOverlay
) -> list[int]:
    """Groups that a newcomer belongs to, the one with the text most like it first."""
    votes: dict[int, list[Comparison]] = {}
    for slot, comparison in comparisons.items():
        votes.setdefault(overlay.group(slot), []).append(comparison)
    best = {
        group: max(comparison.score for comparison in found)
        for group, found in votes.items()
        if _belongs_to_group(found)
    }
    return sorted(best, key=lambda group: (-best[group], group))


def _belongs_to_group(comparisons: Collection[Comparison]) -> bool:
    """Whether a text is a reprint of what a group tells, not of its last member alone.

    Half of those it was compared with must be reprints of it, the fullest text among them: else
    each version of an evolving story would draw the next one in, though it shares nothing with the
    first.
    """
    linked = sum(comparison.is_linked for comparison in comparisons)
    return 2 * linked >= len(comparisons) or any(
        comparison.is_identical for comparison in comparisons
    )
