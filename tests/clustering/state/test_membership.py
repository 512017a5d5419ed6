"""The roster and the drafts laid over it."""

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
MOVE = st.tuples(st.sampled_from(["place", "attach", "found_group", "found_event"]), NUMBER, NUMBER)


def roster(groups: list[int], rule: CanonicalRule = EARLIEST) -> Membership:
    """One article for each number of a group; a group's event is half its number.

    Lengths and dates go up and down, so that any member may come to stand for a group.
    """
    made = Membership(rule)
    for at, group in enumerate(groups):
        facts = replace(FEATURES, published=at * 7 % 5 or None, words=at * 5 % 7)
        slot = made.add(100 + at, facts)
        made.set_group(slot, group)
        made.set_event(group, 1 + group // 2)
    return made


def state(made: Membership) -> dict[str, Any]:
    values = {name: copy.deepcopy(value) for name, value in vars(made).items()}
    return {n: v.tolist() if isinstance(v, np.ndarray) else v for n, v in values.items()}


def check(made: MembershipOverlay, slots: range) -> None:
    """Members, groups and events say the same from both sides."""
    group_of = made.groups_of_slots(np.array(slots, dtype=np.uint32)).tolist()
    for group in set(group_of) - {NO_GROUP}:
        assert sorted(made.members(group)) == [s for s in slots if group_of[s] == group]
        event = made.event(group)
        assert event is None or group in made.groups(event)
        rule = made.membership.rule
        assert made.representatives(group) == choose_representatives(
            made.members(group), made.canonical_candidate, rule
        )


def play(draft: MembershipOverlay, moves: list[tuple[str, int, int]], n_slots: int) -> None:
    for move, first, second in moves:
        if move == "place":
            draft.set_group([(first - 1) % n_slots], second)
        elif move == "attach" and draft.members(first):
            draft.set_event(first, second)
        elif move == "found_group":
            assert not draft.membership.members(draft.new_group_number())
        elif move == "found_event":
            assert draft.new_event_number() not in draft.membership.event_groups


@deterministic
@given(st.lists(NUMBER, min_size=1, max_size=8), st.lists(MOVE, max_size=20))
def test_a_draft_changes_nothing_of_its_roster(groups: list[int], moves: list) -> None:
    made = roster(groups)
    before = state(made)
    play(MembershipOverlay(made, 999, FEATURES), moves, len(groups) + 1)
    assert state(made) == before


@deterministic
@given(st.lists(NUMBER, min_size=1, max_size=8), st.lists(MOVE, max_size=20))
def test_a_draft_is_of_one_mind(groups: list[int], moves: list) -> None:
    made = roster(groups)
    draft = MembershipOverlay(made, 999, FEATURES)
    play(draft, moves, len(groups) + 1)
    check(draft, range(len(groups) + 1))
    for group in draft.changed_nonempty_groups():
        assert draft.members(group)


@deterministic
@given(
    st.lists(NUMBER, min_size=1, max_size=8),
    st.lists(st.tuples(NUMBER, NUMBER), max_size=20),
    st.sampled_from([EARLIEST, LONGEST]),
)
def test_a_roster_is_of_one_mind(
    groups: list[int], moves: list[tuple[int, int]], rule: CanonicalRule
) -> None:
    made = roster(groups, rule)
    for slot, group in moves:
        made.set_group((slot - 1) % len(groups), group)
        made.set_event(group, 1 + group // 3)
    check(MembershipOverlay(made), range(len(groups)))
    present = sorted({made.group(slot) for slot in range(len(groups))})
    assert sorted(made.event_of) == present
    assert sorted(group for inside in made.event_groups.values() for group in inside) == present


def test_numbers_are_never_used_twice() -> None:
    made = roster([1, 5])
    made.set_group(1, NO_GROUP)
    made.remove(101)
    draft = MembershipOverlay(made)
    assert (draft.new_group_number(), draft.new_group_number()) == (6, 7)
    assert (draft.new_event_number(), draft.new_event_number()) == (4, 5)


def test_who_leaves_is_gone() -> None:
    made = roster([1, 1, 2])
    made.set_group(2, NO_GROUP)
    assert made.remove(102) == 2
    assert (len(made), made.next_slot) == (2, 3)
    assert (made.members(1), made.members(2)) == ((0, 1), ())
    assert set(made.event_groups) == {1}


class TestRetirement:
    @deterministic
    @given(
        st.lists(NUMBER, min_size=1, max_size=12),
        st.integers(0, 12),
        st.lists(st.tuples(NUMBER, NUMBER), max_size=10),
    )
    def test_leaves_the_others_as_they_were(self, groups: list, retired: int, moves: list) -> None:
        """They have the slots they had, whatever of the columns has been let go."""
        made, left = roster(groups), roster(groups)
        retired = min(retired, len(groups))
        for slot in range(retired):
            left.remove(100 + slot)
        made.retire(range(100, 100 + retired))
        for turn in (made, left):
            for at, group in moves:
                turn.add(200 + turn.next_slot, FEATURES)
                turn.set_group(turn.next_slot - 1, group)
                if retired < len(groups):
                    turn.set_group(retired + at % (len(groups) - retired), group)
        slots = np.arange(left.next_slot, dtype=np.uint32)
        assert made.next_slot == left.next_slot
        assert made.groups_of_slots(slots).tolist() == left.groups_of_slots(slots).tolist()
        for slot in range(retired, left.next_slot):
            assert made.canonical_candidate(slot) == left.canonical_candidate(slot)
            assert made.members(made.group(slot)) == left.members(left.group(slot))

    def test_settles_who_stands_for_a_group(self) -> None:
        made = Membership()
        for article, published in ((1, 5.0), (2, 7.0), (3, 6.0)):
            slot = made.add(article, replace(FEATURES, published=published))
            made.set_group(slot, 1)
        made.retire([1])
        made.set_group(made.add(4, replace(FEATURES, published=1.0, words=99)), 1)
        assert made.representatives(1) == (1, 3)
        made.remove(4)
        made.remove(2)
        assert made.representatives(1) == (1, 2)
        assert made.pinned_groups == {1}

    def test_of_all_members_ends_a_group(self) -> None:
        made = roster([1, 1, 2])
        made.retire([100, 101])
        assert (made.members(1), made.members(2)) == ((), (2,))
        assert (made.first_slot, made.next_slot) == (2, 3)
        assert not made.pinned_groups

    def test_lets_the_columns_go(self) -> None:
        """A roster through which millions have passed is no larger than one of thousands."""
        made = Membership()
        for article in range(1, 50_001):
            made.set_group(made.add(article, FEATURES), article)
            if article % 1000 == 0 and article > 2000:
                made.retire(range(article - 2999, article - 1999))
        assert (len(made), made.first_slot) == (2000, 48_000)
        assert made._group.nbytes < 64_000


def test_grows_without_end() -> None:
    made = roster([1 + at // 2 for at in range(3000)])
    check(MembershipOverlay(made), range(3000))
    draft = MembershipOverlay(made, 7, FEATURES)
    assert draft.article(3000) == 7
    assert draft.canonical_candidate(3000).published == 5.0
