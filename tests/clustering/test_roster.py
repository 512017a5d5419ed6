"""The roster and the drafts laid over it."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from press import seeded

from clustering.canonical import EARLIEST, LONGEST, CanonicalRule
from clustering.draft import Draft
from clustering.leads import elect
from clustering.model import Features
from clustering.roster import GONE, Roster

FEATURES = Features("en", b"", b"", 5.0, "Tarvo Post", 3)
NUMBER = st.integers(1, 6)
MOVE = st.tuples(st.sampled_from(["place", "attach", "found_group", "found_event"]), NUMBER, NUMBER)


def roster(groups: list[int], rule: CanonicalRule = EARLIEST) -> Roster:
    """One article for each number of a group; a group's event is half its number.

    Lengths and dates go up and down, so that any member may come to stand for a group.
    """
    made = Roster(rule)
    for at, group in enumerate(groups):
        facts = replace(FEATURES, published=at * 7 % 5 or None, words=at * 5 % 7)
        slot = made.enter(100 + at, facts)
        made.place(slot, group)
        made.attach(group, 1 + group // 2)
    return made


def state(made: Roster) -> dict[str, Any]:
    values = {name: copy.deepcopy(value) for name, value in vars(made).items()}
    return {n: v.tolist() if isinstance(v, np.ndarray) else v for n, v in values.items()}


def check(made: Draft, slots: range) -> None:
    """Members, groups and events say the same from both sides."""
    group_of = made.group_of(np.array(slots, dtype=np.uint32)).tolist()
    for group in set(group_of) - {GONE}:
        assert sorted(made.members(group)) == [s for s in slots if group_of[s] == group]
        event = made.event(group)
        assert event is None or group in made.groups(event)
        rule = made.roster.rule
        assert made.leads(group) == elect(made.members(group), made.candidate, rule)


def play(draft: Draft, moves: list[tuple[str, int, int]], n_slots: int) -> None:
    for move, first, second in moves:
        if move == "place":
            draft.place([(first - 1) % n_slots], second)
        elif move == "attach" and draft.members(first):
            draft.attach(first, second)
        elif move == "found_group":
            assert not draft.roster.members(draft.found_group())
        elif move == "found_event":
            assert draft.found_event() not in draft.roster.groups


@seeded
@given(st.lists(NUMBER, min_size=1, max_size=8), st.lists(MOVE, max_size=20))
def test_a_draft_changes_nothing_of_its_roster(groups: list[int], moves: list) -> None:
    made = roster(groups)
    before = state(made)
    play(Draft(made, 999, FEATURES), moves, len(groups) + 1)
    assert state(made) == before


@seeded
@given(st.lists(NUMBER, min_size=1, max_size=8), st.lists(MOVE, max_size=20))
def test_a_draft_is_of_one_mind(groups: list[int], moves: list) -> None:
    made = roster(groups)
    draft = Draft(made, 999, FEATURES)
    play(draft, moves, len(groups) + 1)
    check(draft, range(len(groups) + 1))
    for group in draft.touched_groups():
        assert draft.members(group)


@seeded
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
        made.place((slot - 1) % len(groups), group)
        made.attach(group, 1 + group // 3)
    check(Draft(made), range(len(groups)))
    present = sorted({made.group(slot) for slot in range(len(groups))})
    assert sorted(made.event) == present
    assert sorted(group for inside in made.groups.values() for group in inside) == present


def test_numbers_are_never_used_twice() -> None:
    made = roster([1, 5])
    made.place(1, GONE)
    made.leave(101)
    draft = Draft(made)
    assert (draft.found_group(), draft.found_group()) == (6, 7)
    assert (draft.found_event(), draft.found_event()) == (4, 5)


def test_who_leaves_is_gone() -> None:
    made = roster([1, 1, 2])
    made.place(2, GONE)
    assert made.leave(102) == 2
    assert (len(made), made.next_slot) == (2, 3)
    assert (made.members(1), made.members(2)) == ((0, 1), ())
    assert set(made.groups) == {1}


class TestRetirement:
    @seeded
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
            left.leave(100 + slot)
        made.retire(range(100, 100 + retired))
        for turn in (made, left):
            for at, group in moves:
                turn.enter(200 + turn.next_slot, FEATURES)
                turn.place(turn.next_slot - 1, group)
                if retired < len(groups):
                    turn.place(retired + at % (len(groups) - retired), group)
        slots = np.arange(left.next_slot, dtype=np.uint32)
        assert made.next_slot == left.next_slot
        assert made.group_of(slots).tolist() == left.group_of(slots).tolist()
        for slot in range(retired, left.next_slot):
            assert made.candidate(slot) == left.candidate(slot)
            assert made.members(made.group(slot)) == left.members(left.group(slot))

    def test_settles_who_stands_for_a_group(self) -> None:
        made = Roster()
        for article, published in ((1, 5.0), (2, 7.0), (3, 6.0)):
            slot = made.enter(article, replace(FEATURES, published=published))
            made.place(slot, 1)
        made.retire([1])
        made.place(made.enter(4, replace(FEATURES, published=1.0, words=99)), 1)
        assert made.leads(1) == (1, 3)
        made.leave(4)
        made.leave(2)
        assert made.leads(1) == (1, 2)
        assert made.settled == {1}

    def test_of_all_members_ends_a_group(self) -> None:
        made = roster([1, 1, 2])
        made.retire([100, 101])
        assert (made.members(1), made.members(2)) == ((), (2,))
        assert (made.first_slot, made.next_slot) == (2, 3)
        assert not made.settled

    def test_lets_the_columns_go(self) -> None:
        """A roster through which millions have passed is no larger than one of thousands."""
        made = Roster()
        for article in range(1, 50_001):
            made.place(made.enter(article, FEATURES), article)
            if article % 1000 == 0 and article > 2000:
                made.retire(range(article - 2999, article - 1999))
        assert (len(made), made.first_slot) == (2000, 48_000)
        assert made._group.nbytes < 64_000


def test_grows_without_end() -> None:
    made = roster([1 + at // 2 for at in range(3000)])
    check(Draft(made), range(3000))
    draft = Draft(made, 7, FEATURES)
    assert draft.article(3000) == 7
    assert draft.candidate(3000).published == 5.0
