"""The membership and the overlays over it."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clustering.state.canonical import EARLIEST, LONGEST, CanonicalRule
from clustering.state.membership import NO_GROUP, Membership
from clustering.state.overlay import MembershipOverlay
from clustering.state.representatives import choose_representatives
from clustering.types import Features
from tests.support.story_factory import deterministic

FEATURES = Features("en", b"", b"", 5.0, "Tarvo Post", 3)
NUMBER = st.integers(1, 6)
MOVE = st.tuples(
    st.sampled_from(["set_group", "set_event", "new_group", "new_event"]), NUMBER, NUMBER
)


def build_membership(groups: list[int], rule: CanonicalRule = EARLIEST) -> Membership:
    """Build a membership with one article for each group number; events are half of these.

    Lengths and dates vary, so that any member may be canonical or the longest.
    """
    membership = Membership(rule)
    for position, group in enumerate(groups):
        facts = replace(FEATURES, published=position * 7 % 5 or None, words=position * 5 % 7)
        slot = membership.add(100 + position, facts)
        membership.set_group(slot, group)
        membership.set_event(group, 1 + group // 2)
    return membership


def state(membership: Membership) -> dict[str, Any]:
    values = {name: copy.deepcopy(value) for name, value in vars(membership).items()}
    return {n: v.tolist() if isinstance(v, np.ndarray) else v for n, v in values.items()}


def check(membership: MembershipOverlay, slots: range) -> None:
    """Members and groups agree, as do groups and events.

    All are in ascending order, in which they are after loading too: samples are taken by it.
    """
    group_of = membership.groups_of_slots(np.array(slots, dtype=np.uint32)).tolist()
    for group in set(group_of) - {NO_GROUP}:
        assert [*membership.members(group)] == [s for s in slots if group_of[s] == group]
        event = membership.event(group)
        assert event is None or group in membership.groups(event)
        assert event is None or [*membership.groups(event)] == sorted(membership.groups(event))
        rule = membership.membership.rule
        assert membership.representatives(group) == choose_representatives(
            membership.members(group), membership.canonical_candidate, rule
        )


def apply_moves(
    overlay: MembershipOverlay, moves: list[tuple[str, int, int]], n_slots: int
) -> None:
    for move, first, second in moves:
        if move == "set_group":
            overlay.set_group([(first - 1) % n_slots], second)
        elif move == "set_event" and overlay.members(first):
            overlay.set_event(first, second)
        elif move == "new_group":
            assert not overlay.membership.members(overlay.new_group_number())
        elif move == "new_event":
            assert overlay.new_event_number() not in overlay.membership.event_groups


@deterministic
@given(st.lists(NUMBER, min_size=1, max_size=8), st.lists(MOVE, max_size=20))
def test_an_overlay_does_not_change_its_membership(groups: list[int], moves: list) -> None:
    membership = build_membership(groups)
    before = state(membership)
    apply_moves(MembershipOverlay(membership, 999, FEATURES), moves, len(groups) + 1)
    assert state(membership) == before


@deterministic
@given(st.lists(NUMBER, min_size=1, max_size=8), st.lists(MOVE, max_size=20))
def test_an_overlay_is_consistent(groups: list[int], moves: list) -> None:
    membership = build_membership(groups)
    overlay = MembershipOverlay(membership, 999, FEATURES)
    apply_moves(overlay, moves, len(groups) + 1)
    check(overlay, range(len(groups) + 1))
    for group in overlay.changed_nonempty_groups():
        assert overlay.members(group)


@deterministic
@given(
    st.lists(NUMBER, min_size=1, max_size=8),
    st.lists(st.tuples(NUMBER, NUMBER), max_size=20),
    st.sampled_from([EARLIEST, LONGEST]),
)
def test_a_membership_is_consistent(
    groups: list[int], moves: list[tuple[int, int]], rule: CanonicalRule
) -> None:
    membership = build_membership(groups, rule)
    for slot, group in moves:
        membership.set_group((slot - 1) % len(groups), group)
        membership.set_event(group, 1 + group // 3)
    check(MembershipOverlay(membership), range(len(groups)))
    present = sorted({membership.group(slot) for slot in range(len(groups))})
    assert sorted(membership.event_of) == present
    assert (
        sorted(group for inside in membership.event_groups.values() for group in inside) == present
    )


def test_numbers_are_never_reused() -> None:
    membership = build_membership([1, 5])
    membership.set_group(1, NO_GROUP)
    membership.remove(101)
    overlay = MembershipOverlay(membership)
    assert (overlay.new_group_number(), overlay.new_group_number()) == (6, 7)
    assert (overlay.new_event_number(), overlay.new_event_number()) == (4, 5)


def test_a_removed_article_is_in_no_group() -> None:
    membership = build_membership([1, 1, 2])
    membership.set_group(2, NO_GROUP)
    assert membership.remove(102) == 2
    assert (len(membership), membership.next_slot) == (2, 3)
    assert (membership.members(1), membership.members(2)) == ((0, 1), ())
    assert set(membership.event_groups) == {1}


class TestRetirement:
    @deterministic
    @given(
        st.lists(NUMBER, min_size=1, max_size=12),
        st.integers(0, 12),
        st.lists(st.tuples(NUMBER, NUMBER), max_size=10),
    )
    def test_does_not_change_other_articles(self, groups: list, retired: int, moves: list) -> None:
        """They keep their slots although the front of the columns is dropped."""
        membership, remaining = build_membership(groups), build_membership(groups)
        retired = min(retired, len(groups))
        for slot in range(retired):
            remaining.remove(100 + slot)
        membership.retire(range(100, 100 + retired))
        for changed in (membership, remaining):
            for offset, group in moves:
                changed.add(200 + changed.next_slot, FEATURES)
                changed.set_group(changed.next_slot - 1, group)
                if retired < len(groups):
                    changed.set_group(retired + offset % (len(groups) - retired), group)
        slots = np.arange(remaining.next_slot, dtype=np.uint32)
        assert membership.next_slot == remaining.next_slot
        expected_groups = remaining.groups_of_slots(slots).tolist()
        assert membership.groups_of_slots(slots).tolist() == expected_groups
        for slot in range(retired, remaining.next_slot):
            assert membership.canonical_candidate(slot) == remaining.canonical_candidate(slot)
            expected_members = remaining.members(remaining.group(slot))
            assert membership.members(membership.group(slot)) == expected_members

    def test_pins_the_canonical_article(self) -> None:
        membership = Membership()
        for article, published in ((1, 5.0), (2, 7.0), (3, 6.0)):
            slot = membership.add(article, replace(FEATURES, published=published))
            membership.set_group(slot, 1)
        membership.retire([1])
        membership.set_group(membership.add(4, replace(FEATURES, published=1.0, words=99)), 1)
        assert membership.representatives(1) == (1, 3)
        membership.remove(4)
        membership.remove(2)
        assert membership.representatives(1) == (1, 2)
        assert membership.pinned_groups == {1}

    def test_of_all_members_removes_the_group(self) -> None:
        membership = build_membership([1, 1, 2])
        membership.retire([100, 101])
        assert (membership.members(1), membership.members(2)) == ((), (2,))
        assert (membership.first_slot, membership.next_slot) == (2, 3)
        assert not membership.pinned_groups

    def test_frees_memory(self) -> None:
        """Memory depends on the live articles, not on all that were ever added."""
        membership = Membership()
        for article in range(1, 50_001):
            membership.set_group(membership.add(article, FEATURES), article)
            if article % 1000 == 0 and article > 2000:
                membership.retire(range(article - 2999, article - 1999))
        assert (len(membership), membership.first_slot) == (2000, 48_000)
        assert membership._group.nbytes < 64_000
        long_ago = np.array([0, 2_000], dtype=np.uint32)
        assert membership.groups_of_slots(long_ago).tolist() == [NO_GROUP, NO_GROUP]


def test_grows_beyond_its_first_capacity() -> None:
    membership = build_membership([1 + slot // 2 for slot in range(3000)])
    check(MembershipOverlay(membership), range(3000))
    overlay = MembershipOverlay(membership, 7, FEATURES)
    assert overlay.article(3000) == 7
    assert overlay.canonical_candidate(3000).published == 5.0
