"""The duplicate index: assigns a text to the duplicate group of its near-duplicates.

Candidates are found by exact keys, MinHash bands and sampled shingles, and each candidate that may
be a near-duplicate is compared exactly. Groups are clustered again as articles arrive (see
`clustering.duplicates.regrouping`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from clustering.duplicates.candidates import (
    RankedCandidates,
    find_groups_losing_weight,
    limit_candidates,
    make_weight_lookup,
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
from clustering.duplicates.fingerprint_index import FetchFingerprints, FingerprintIndex
from clustering.duplicates.posting_matches import (
    PostingMatches,
    build_index_keys,
    count_group_frequency,
)
from clustering.duplicates.regrouping import MAX_REGROUPED_MEMBERS, Regrouper, count_members
from clustering.features.fingerprint import Fingerprint
from clustering.features.minhash import Hashes32
from clustering.similarity.disregarded_terms import DisregardedTerms
from clustering.state.membership import NO_GROUP, Membership
from clustering.state.must_link_closure import can_be_one_group
from clustering.state.overlay import MembershipOverlay


class DuplicateIndex:
    """Finds the near-duplicates of a text among the live articles.

    Parameters
    ----------
    membership : Membership
    fetch_fingerprints : callable
        Returns the packed fingerprints of articles from the store.

    Attributes
    ----------
    regrouper : Regrouper
        Clusters the members of groups again.
    """

    def __init__(self, membership: Membership, fetch_fingerprints: FetchFingerprints) -> None:
        self._membership = membership
        self._fingerprints = FingerprintIndex(membership, fetch_fingerprints)
        self.regrouper = Regrouper(self._fingerprints)

    @property
    def nbytes(self) -> int:
        """Bytes of the frozen part of the index."""
        return self._fingerprints.nbytes

    def add(self, slot: int, fingerprint: Fingerprint) -> None:
        """Index a text under its slot."""
        self._fingerprints.add(slot, fingerprint)

    def commit(self) -> None:
        """Index the text that was assigned to a group last."""
        self._fingerprints.commit()

    def rollback(self) -> None:
        """Forget the text that was assigned to a group last."""
        self._fingerprints.rollback()

    def drop_before(self, slot: int) -> None:
        """Drop the texts before a slot, as far as whole time slices are free of live articles."""
        self._fingerprints.drop_before(slot)

    def assign_group(
        self, overlay: MembershipOverlay, slot: int, fingerprint: Fingerprint
    ) -> dict[int, Comparison]:
        """Assign a new text to its group in an overlay, with all moves that follow.

        The text is pending until the next commit or rollback.

        Parameters
        ----------
        overlay : MembershipOverlay
        slot : int
            The slot of the new text.
        fingerprint : Fingerprint

        Returns
        -------
        dict of int to Comparison
            Comparisons by slot; `REJECTED_BY_SAMPLE` for texts that were not compared exactly.
        """
        self._fingerprints.set_pending(slot, fingerprint)
        comparisons, matches = self._compare_candidates(overlay, fingerprint)
        joined = self._join_linked_groups(overlay, slot, comparisons)
        for group, members in find_groups_losing_weight(matches):
            if group not in joined and len(overlay.members(group)) > 1:
                self.regrouper.regroup(overlay, group, members)
        return comparisons

    def reassign_group(self, overlay: MembershipOverlay, slot: int) -> None:
        """Assign an indexed text to its group again.

        If the group has other members, it is clustered again; otherwise the text is assigned like
        a new one.
        """
        group = overlay.group(slot)
        if len(overlay.members(group)) > 1:
            self.regrouper.regroup(overlay, group, [slot])
            return
        overlay.set_group([slot], NO_GROUP)
        comparisons, _ = self._compare_candidates(overlay, *self._fingerprints.load([slot]))
        self._join_linked_groups(overlay, slot, comparisons, group)

    def compare_with_candidates(self, slot: int) -> dict[int, Comparison]:
        """Compare an indexed text with what would be its candidates if it arrived now, by slot."""
        overlay = MembershipOverlay(self._membership)
        overlay.set_group([slot], NO_GROUP)
        (fingerprint,) = self._fingerprints.load([slot])
        candidates, _, matches = self._find_candidates(overlay, fingerprint)
        return self._verify(overlay, fingerprint, candidates, matches)

    def find_disregarded(
        self, slot: int, other_slots: Sequence[int]
    ) -> dict[int, DisregardedTerms]:
        """Find the terms that a text and others have from a notice; see `notice_terms`.

        Parameters
        ----------
        slot : int
        other_slots : sequence of int

        Returns
        -------
        dict of int to DisregardedTerms
            By the other slot; those with nothing to disregard are left out.
        """
        text, *others = self._fingerprints.load([slot, *other_slots])
        found = map(self._fingerprints.find_disregarded, repeat(text), others)
        return {
            other: disregarded
            for other, disregarded in zip(other_slots, found, strict=True)
            if disregarded is not None
        }

    def compare_text(self, slot: int, fingerprint: Fingerprint) -> dict[int, Comparison]:
        """Compare a text with its candidates, by slot, and make it the pending one in its slot."""
        self._fingerprints.set_pending(slot, fingerprint)
        overlay = MembershipOverlay(self._membership)
        candidates, _, matches = self._find_candidates(overlay, fingerprint)
        return self._verify(overlay, fingerprint, candidates, matches)

    def compare(self, overlay: MembershipOverlay, first: int, second: int) -> Comparison:
        """Compare the texts in two slots, by the group frequencies of now."""
        first_text, second_text = self._fingerprints.load([first, second])
        weight_of = make_weight_lookup(
            [first_text, second_text],
            lambda keys: self._fingerprints.find_matches(overlay, keys).group_frequency,
        )
        return compare(first_text, second_text, weight_of, self._fingerprints.find_veto)

    def compare_with_member(
        self, overlay: MembershipOverlay, slot: int, article: int
    ) -> Comparison:
        """Compare a text with another article of its group, as if it had just arrived.

        The text counts as a group of its own, as in `group_frequency`.

        Parameters
        ----------
        overlay : MembershipOverlay
        slot : int
        article : int
            Its key; it need not be live any more.

        Returns
        -------
        Comparison
        """
        other_slot = overlay.slot(article)
        other = self._fingerprints.load_article(article, other_slot)
        (text,) = self._fingerprints.load([slot])
        group, first = overlay.group(slot), -1 if other_slot is None else other_slot
        part_of = {first: first, slot: slot}
        weight_of = make_weight_lookup(
            [text, other],
            lambda keys: self._group_frequency_within(overlay, keys, group, part_of),
        )
        return compare(other, text, weight_of, self._fingerprints.find_veto)

    def group_frequency(
        self, overlay: MembershipOverlay, keys: Hashes32, first: int, second: int
    ) -> NDArray[np.int64]:
        """Count the groups that contain each key, as if the later of two slots had arrived now.

        If both are in one group, that group counts as two.
        """
        group = overlay.group(first)
        if overlay.group(second) != group:
            return self._fingerprints.find_matches(overlay, keys).group_frequency
        return self._group_frequency_within(overlay, keys, group, {first: first, second: second})

    def _compare_candidates(
        self, overlay: MembershipOverlay, fingerprint: Fingerprint
    ) -> tuple[dict[int, Comparison], PostingMatches]:
        candidates, likely, matches = self._find_candidates(overlay, fingerprint)
        groups = {overlay.group(slot) for slot in candidates if slot in likely}
        # All keys of a group's longest text may be too common to find it.
        likely |= {overlay.representatives(group).longest for group in groups}
        selected = [slot for slot in candidates if slot in likely]
        verified = self._verify(overlay, fingerprint, selected, matches)
        return {slot: verified.get(slot, REJECTED_BY_SAMPLE) for slot in candidates}, matches

    def _join_linked_groups(
        self,
        overlay: MembershipOverlay,
        slot: int,
        comparisons: Mapping[int, Comparison],
        own_group: int = NO_GROUP,
    ) -> set[int]:
        """Assign a text that is in no group; return the groups that it was clustered with.

        The text is clustered jointly with the groups that may contain near-duplicates of it. If
        these have too many members, it joins the groups that it belongs to.
        """
        near = self._filter_by_constraints(
            overlay, slot, _find_linkable_groups(comparisons, overlay)
        )
        if count_members(overlay, near) < MAX_REGROUPED_MEMBERS:
            target = own_group or min(near, default=0) or overlay.new_group_number()
            overlay.set_group([slot], target)
            if near:
                self.regrouper.regroup_jointly(overlay, sorted({*near, target}))
            return near
        linked = self._filter_by_constraints(
            overlay, slot, _find_linked_groups(comparisons, overlay)
        )
        target = min(linked, default=own_group) or overlay.new_group_number()
        for group in sorted(linked - {target}):
            overlay.set_group(overlay.members(group), target)
        overlay.set_group([slot], target)
        if len(linked) > 1:
            self.regrouper.regroup(overlay, target, [slot])
        return linked

    def _filter_by_constraints(
        self, overlay: MembershipOverlay, slot: int, linked_groups: Sequence[int]
    ) -> set[int]:
        """The linked groups that a new text can join under the constraints.

        Groups with must-links come first, then the most similar ones.
        """
        article, constraints = overlay.article(slot), overlay.constraints
        if not constraints.articles and not constraints.locked_events:
            return set(linked_groups)
        component = constraints.duplicate_component_of.get(article, 0)
        must_linked = map(overlay.slot, constraints.duplicate_components.get(component, ()))
        joined = {
            overlay.group(linked) for linked in must_linked if linked is not None and linked != slot
        } - {NO_GROUP}
        for group in linked_groups:
            if can_be_one_group(overlay, sorted({*joined, group}), article):
                joined.add(group)
        return joined

    def _find_candidates(
        self, overlay: MembershipOverlay, fingerprint: Fingerprint
    ) -> tuple[list[int], set[int], PostingMatches]:
        """Find candidates: by equal text or address, by bands, and by sampled shingles.

        Returns
        -------
        candidates : list of int
            Slots, the best first.
        likely : set of int
            Those that may be near-duplicates.
        matches : PostingMatches
            The articles that contain the text's sampled shingles.
        """
        identity, bands, sampled = build_index_keys(fingerprint)
        all_matches = self._fingerprints.find_matches(
            overlay, np.concatenate([identity, bands, sampled])
        )
        whole_text, matches = all_matches.split_at(len(identity) + len(bands))
        identical = whole_text.slots[whole_text.key_positions < len(identity)].tolist()
        n_bands = Counter(whole_text.slots[whole_text.key_positions >= len(identity)].tolist())
        similar = sorted(n_bands, key=lambda slot: (-n_bands[slot], slot))
        weights = shingle_weight(matches.group_frequency + 1)
        ranked = rank_candidates(matches.key_positions, matches.slots, weights)
        in_order = dict.fromkeys([*identical, *similar, *ranked.slots.tolist()])
        likely = {*identical, *similar, *self._filter_by_sample(fingerprint, weights, ranked)}
        return limit_candidates(in_order, overlay), likely, matches

    def _filter_by_sample(
        self, fingerprint: Fingerprint, weights: Weights, ranked: RankedCandidates
    ) -> list[int]:
        if not len(ranked.slots):
            return []
        lengths = self._fingerprints.lengths(ranked.slots)
        passing = passes_sample_filter(fingerprint, weights, ranked, lengths)
        likely: list[int] = ranked.slots[passing].tolist()
        return likely

    def _verify(
        self,
        overlay: MembershipOverlay,
        query: Fingerprint,
        candidates: list[int],
        matches: PostingMatches,
    ) -> dict[int, Comparison]:
        """Compare a new text with its candidates; it counts as one more group."""
        texts = dict(zip(candidates, self._fingerprints.load(candidates), strict=True))
        query_weights = shingle_weight(matches.group_frequency + 1)
        rejected = {slot: quick_reject(query, text, query_weights) for slot, text in texts.items()}
        not_rejected = [text for slot, text in texts.items() if rejected[slot] is None]
        shorter = [text for text in not_rejected if order_by_length(query, text)[0] is text]
        weights = make_weight_lookup(
            shorter,
            lambda keys: self._fingerprints.find_matches(overlay, keys).group_frequency + 1,
        )

        def weight_of(text: Fingerprint) -> Weights:
            return query_weights if text is query else weights(text)

        return {
            slot: rejected[slot] or compare(query, text, weight_of, self._fingerprints.find_veto)
            for slot, text in texts.items()
        }

    def _group_frequency_within(
        self, overlay: MembershipOverlay, keys: Hashes32, group: int, part_of: dict[int, int]
    ) -> NDArray[np.int64]:
        """Count the groups that contain each key, where `group` counts as its parts.

        Members without a part count with the part of the first slot.
        """
        matches = self._fingerprints.find_matches_with_pending(overlay, keys)
        inside = matches.groups == group
        slots = matches.slots[inside].astype(np.int64)
        part_slots = np.array(sorted(part_of), dtype=np.int64)
        parts = np.array([part_of[slot] for slot in part_slots.tolist()], dtype=np.int64)
        positions = np.minimum(np.searchsorted(part_slots, slots), len(part_slots) - 1)
        matches.groups[inside] = -1 - np.where(
            part_slots[positions] == slots, parts[positions], parts[0]
        )
        return count_group_frequency(matches.key_positions, matches.groups, len(keys))


def _find_linkable_groups(
    comparisons: Mapping[int, Comparison], overlay: MembershipOverlay
) -> list[int]:
    """Groups with a text that a new one is nearly linked to, the most similar first."""
    near = [slot for slot, comparison in comparisons.items() if comparison.may_link]
    near.sort(key=lambda slot: (-comparisons[slot].score, overlay.group(slot)))
    return [*dict.fromkeys(map(overlay.group, near))]


def _find_linked_groups(
    comparisons: Mapping[int, Comparison], overlay: MembershipOverlay
) -> list[int]:
    """Groups that a new text belongs to, the one with the most similar text first."""
    by_group: dict[int, dict[int, Comparison]] = {}
    for slot, comparison in comparisons.items():
        by_group.setdefault(overlay.group(slot), {})[slot] = comparison
    best = {
        group: max(comparison.score for comparison in members.values())
        for group, members in by_group.items()
        if _belongs_to_group(members, overlay.representatives(group).longest)
    }
    return sorted(best, key=lambda group: (-best[group], group))


def _belongs_to_group(comparisons: Mapping[int, Comparison], longest: int) -> bool:
    """Whether a text is linked to half of the members that it was compared with.

    A single link is not enough, unless the text is a part of the longest one or contains it:
    otherwise each version of an evolving story would draw in the next one, though it shares nothing
    with the first.
    """
    n_linked = sum(comparison.is_linked for comparison in comparisons.values())
    return (
        2 * n_linked >= len(comparisons)
        or any(comparison.is_identical for comparison in comparisons.values())
        or (longest in comparisons and comparisons[longest].is_part)
    )
