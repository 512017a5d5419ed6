"""Regrouping: duplicate groups are divided, merged and extended by what is common now.

Which shingles are common is learned as articles arrive. The first two articles with the same long
notice may look like near-duplicates. Once more groups contain the notice, or the group has grown,
its members are clustered again as if they had just arrived, and the group splits if the notice was
all that they shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

import numpy as np

from clustering.duplicates.candidates import make_weight_lookup
from clustering.duplicates.comparison import WeightLookup, Weights, compare, order_by_length
from clustering.duplicates.comparison_matrix import ComparisonMatrix
from clustering.duplicates.fingerprint_index import FingerprintIndex
from clustering.duplicates.joint_regrouping import JointRegrouping, keep_group_numbers
from clustering.duplicates.posting_matches import PostingMatches
from clustering.features.fingerprint import Fingerprint
from clustering.features.minhash import Hashes32
from clustering.state.must_link_closure import GroupConstraints, can_be_one_group
from clustering.state.overlay import MembershipOverlay

MAX_REGROUPED_MEMBERS: Final = 24
"""Members of several groups that are clustered together; if there are more, a sample of them."""
MAX_OUTSIDE_CANDIDATES: Final = 8
"""Texts of other groups that are compared with the members."""


class Regrouper:
    """Clusters the members of duplicate groups again.

    Parameters
    ----------
    fingerprint_index : FingerprintIndex
    """

    def __init__(self, fingerprint_index: FingerprintIndex) -> None:
        self._fingerprint_index = fingerprint_index

    def regroup(
        self, overlay: MembershipOverlay, group: int, trigger_slots: Sequence[int] = ()
    ) -> None:
        """Cluster the members of a group again, and with near texts outside if the group splits.

        The members count as groups of their own at first, as if they had just arrived. So the group
        splits if its members share nothing but a notice that no other group contains yet. Of a
        large group only a sample is clustered, and it counts as one group.

        Parameters
        ----------
        overlay : MembershipOverlay
        group : int
        trigger_slots : sequence of int
            Members that are the reason; they are in the sample of a large group.
        """
        slots = self._sample_members(overlay, [group], trigger_slots)
        regrouping, _ = self._build_regrouping(overlay, [group], slots)
        if len(_find_parts(overlay, [group], regrouping)) > 1:
            self.regroup_jointly(overlay, [group], trigger_slots)

    def regroup_jointly(
        self, overlay: MembershipOverlay, groups: Sequence[int], trigger_slots: Sequence[int] = ()
    ) -> None:
        """Cluster the members of groups, and of groups with near texts as long as they are few.

        Parameters
        ----------
        overlay : MembershipOverlay
        groups : sequence of int
        trigger_slots : sequence of int
            As for `regroup`.
        """
        compared_slots: set[int] = set()
        while True:
            slots = self._sample_members(overlay, groups, trigger_slots)
            regrouping, outside = self._build_regrouping(overlay, groups, slots)
            near = self._find_outside_groups(overlay, groups, regrouping, outside, compared_slots)
            if not near:
                break
            groups = [*groups, *near]
        self._assign_parts(overlay, groups, regrouping, _find_parts(overlay, groups, regrouping))

    def split_by_constraints(self, overlay: MembershipOverlay, group: int) -> None:
        """Divide a group until no cannot-link is violated within it."""
        event = overlay.event(group)
        first_new = overlay.next_group
        self.regroup(overlay, group, list(overlay.constrained_slots(group)))
        if not can_be_one_group(overlay, [group]):
            _split_without_texts(overlay, group)
        for new_group in range(first_new, overlay.next_group):
            if event is not None and overlay.members(new_group):
                overlay.set_event(new_group, event)

    def _build_regrouping(
        self, overlay: MembershipOverlay, groups: Sequence[int], slots: Sequence[int]
    ) -> tuple[JointRegrouping, PostingMatches]:
        """A regrouping of some members, and the texts of other groups with the same shingles."""
        matrix = ComparisonMatrix(
            self._fingerprint_index.load(slots), self._fingerprint_index.find_veto
        )
        keys = matrix.sampled_shingles
        matches = self._fingerprint_index.find_matches_with_pending(overlay, keys)
        inside = np.isin(matches.groups, groups)
        unsampled = inside & ~np.isin(matches.slots, np.array(slots, dtype=np.uint32))
        outside = matches.select(~inside)
        in_unsampled = np.bincount(matches.key_positions[unsampled], minlength=len(keys)) > 0
        return JointRegrouping(slots, matrix, outside.group_frequency, in_unsampled), outside

    def _find_outside_groups(
        self,
        overlay: MembershipOverlay,
        groups: Sequence[int],
        regrouping: JointRegrouping,
        outside_matches: PostingMatches,
        compared_slots: set[int],
    ) -> list[int]:
        """Other groups with a text that is nearly linked to one of the regrouping.

        Slots that were compared are added to `compared_slots`, and are not compared again.
        """
        room = MAX_REGROUPED_MEMBERS - count_members(overlay, groups)
        if room < 1:
            return []
        not_compared = ~np.isin(outside_matches.slots, [*compared_slots])
        pairs = regrouping.outside_candidates(
            outside_matches.key_positions[not_compared],
            outside_matches.slots[not_compared],
            MAX_OUTSIDE_CANDIDATES,
        )
        compared_slots.update(outside for outside, _ in pairs)
        linkable = map(overlay.group, self._find_linkable_slots(overlay, regrouping, pairs))
        near: list[int] = []
        for group in dict.fromkeys(linkable):
            if count_members(overlay, [*near, group]) <= room and can_be_one_group(
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
        """Outside slots that are nearly linked to the members that they are paired with."""
        slots = sorted({*chain.from_iterable(pairs)})
        texts = dict(zip(slots, self._fingerprint_index.load(slots), strict=True))
        compared = [(outside, texts[outside], texts[member]) for outside, member in pairs]
        shorter = [text for _, text, member in compared if order_by_length(text, member)[0] is text]
        weight_of = self._weight_lookup(overlay, regrouping, shorter)
        return [
            outside
            for outside, text, member in compared
            if compare(text, member, weight_of, self._fingerprint_index.find_veto).may_link
        ]

    def _weight_lookup(
        self, overlay: MembershipOverlay, regrouping: JointRegrouping, outside: list[Fingerprint]
    ) -> WeightLookup:
        """Weights of outside texts by what is common now, of the other texts by the regrouping."""
        weights = regrouping.compute_weights(regrouping.singleton_parts())
        outside_weights = make_weight_lookup(
            outside,
            lambda keys: (
                self._fingerprint_index.find_matches_with_pending(overlay, keys).group_frequency
            ),
        )
        outside_ids = {id(text) for text in outside}

        def weight_of(text: Fingerprint) -> Weights:
            if id(text) in outside_ids:
                return outside_weights(text)
            keys = regrouping.matrix.sampled_shingles
            return weights[np.searchsorted(keys, text.sampled_shingles)]

        return weight_of

    def _assign_parts(
        self,
        overlay: MembershipOverlay,
        groups: Sequence[int],
        regrouping: JointRegrouping,
        parts: list[list[int]],
    ) -> None:
        """Make each part a group; unsampled members join the most similar part."""
        slots = regrouping.slots
        members_of = {slots[part[0]]: [slots[position] for position in part] for part in parts}
        before = {group: [*overlay.members(group)] for group in groups}
        unsampled = sorted({*chain.from_iterable(before.values())} - {*slots})
        ranked_parts = self._rank_parts(
            unsampled,
            [*members_of],
            regrouping.matrix.sampled_shingles,
            regrouping.compute_weights(parts),
        )
        constraints = GroupConstraints(overlay, groups)
        for together in constraints.must_link_sets(unsampled):
            head = constraints.choose_part(together, members_of, ranked_parts[together[0]])
            members_of.setdefault(head, []).extend(together)
        self._write_parts(overlay, members_of, before)

    def _write_parts(
        self,
        overlay: MembershipOverlay,
        members_of: Mapping[int, Sequence[int]],
        before: Mapping[int, Sequence[int]],
    ) -> None:
        """Give parts their group numbers; a part split from a locked event stays in it."""
        pending = self._fingerprint_index.pending_slots
        indexed = {group: {*members} - pending for group, members in before.items()}
        number_of = keep_group_numbers(
            members_of, {group: members for group, members in indexed.items() if members}
        )
        locked = next((overlay.event(group) for group in before if overlay.is_locked(group)), None)
        for head, members in sorted(members_of.items()):
            number = number_of.get(head) or overlay.new_group_number()
            moved = [slot for slot in sorted(members) if overlay.group(slot) != number]
            overlay.set_group(moved, number)
            if locked is not None and head not in number_of and {*members} - pending:
                overlay.set_event(number, locked)

    def _rank_parts(
        self,
        unsampled_slots: list[int],
        part_heads: list[int],
        sampled_shingles: Hashes32,
        weights: Weights,
    ) -> dict[int, list[int]]:
        """For each unsampled member, the heads of the parts, the most similar first."""
        slots = (*part_heads, *unsampled_slots)
        texts = dict(zip(slots, self._fingerprint_index.load(slots), strict=True))

        def weight_of(text: Fingerprint) -> Weights:
            positions = np.minimum(
                np.searchsorted(sampled_shingles, text.sampled_shingles), len(sampled_shingles) - 1
            )
            in_matrix = sampled_shingles[positions] == text.sampled_shingles
            return np.where(in_matrix, weights[positions], 1.0)

        ranked = {}
        for slot in unsampled_slots:
            scores = {
                head: compare(
                    texts[slot], texts[head], weight_of, self._fingerprint_index.find_veto
                ).score
                for head in part_heads
            }
            ranked[slot] = sorted(part_heads, key=lambda head: (-scores[head], head))
        return ranked

    def _sample_members(
        self, overlay: MembershipOverlay, groups: Sequence[int], trigger_slots: Sequence[int]
    ) -> list[int]:
        """Members of groups, the longest texts first: cut-down copies are linked by the whole."""
        members = tuple(chain.from_iterable(map(overlay.members, groups)))
        if len(members) > MAX_REGROUPED_MEMBERS:
            preferred = (
                overlay.representatives(groups[0]).longest,
                *trigger_slots[: MAX_REGROUPED_MEMBERS // 2],
                *members[: MAX_REGROUPED_MEMBERS // 4],
            )
            sample = dict.fromkeys(preferred)
            sample |= dict.fromkeys(members[len(sample) - MAX_REGROUPED_MEMBERS :])
            members = tuple(sample)
        texts = dict(zip(members, self._fingerprint_index.load(members), strict=True))
        return sorted(
            members, key=lambda slot: (-len(texts[slot].shingles), texts[slot].text_hash, slot)
        )


def count_members(overlay: MembershipOverlay, groups: Iterable[int]) -> int:
    """The number of members of some groups."""
    return sum(len(overlay.members(group)) for group in groups)


def _find_parts(
    overlay: MembershipOverlay, groups: Sequence[int], regrouping: JointRegrouping
) -> list[list[int]]:
    """Return the texts that belong together; a large group counts as one group at first."""
    few = count_members(overlay, groups) <= MAX_REGROUPED_MEMBERS
    first_parts = regrouping.singleton_parts() if few else [[*range(len(regrouping.slots))]]
    return regrouping.find_parts(first_parts, GroupConstraints(overlay, groups))


def _split_without_texts(overlay: MembershipOverlay, group: int) -> None:
    """Divide a group by its constraints alone."""
    constraints, parts = GroupConstraints(overlay, [group]), dict[int, list[int]]()
    for together in constraints.must_link_sets(overlay.members(group)):
        head = constraints.choose_part(together, parts, [*parts])
        parts.setdefault(head, []).extend(together)
    for head in [*parts][1:]:
        overlay.set_group(parts[head], overlay.new_group_number())
