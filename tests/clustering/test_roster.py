"""The roster and the drafts laid over it."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from press import seeded

from clustering.model import Features
from clustering.roster import GONE, Draft, Roster

FEATURES = Features("en", b"", b"", 5.0, "Tarvo Post", 3)
NUMBER = st.integers(1, 6)
MOVE = st.tuples(st.sampled_from(["place", "attach", "found_group", "found_event"]), NUMBER, NUMBER)


def roster(groups: list[int]) -> Roster:
    """One article for each number of a group; a group's event is half its number."""
    made = Roster()
    for at, group in enumerate(groups):
        slot = made.enter(100 + at, FEATURES)
        made.place(slot, group)
        made.attach(group, 1 + group // 2)
    return made


def state(made: Roster) -> dict[str, Any]:
    values = {name: copy.deepcopy(value) for name, value in vars(made).items()}
    return {n: v.tolist() if isinstance(v, np.ndarray) else v for n, v in values.items()}


def check(made: Roster | Draft, slots: range) -> None:
    """Members, groups and events say the same from both sides."""
    group_of = made.group_of(np.array(slots, dtype=np.uint32)).tolist()
    for group in set(group_of) - {GONE}:
        assert sorted(made.members(group)) == [s for s in slots if group_of[s] == group]
        event = made.event(group)
        assert event is None or group in made.groups(event)


def play(draft: Draft, moves: list[tuple[str, int, int]], n_slots: int) -> None:
    for move, first, second in moves:
        if move == "place":
            draft.place([(first - 1) % n_slots], second)
        elif move == "attach" and draft.members(first):
            draft.attach(first, second)
        elif move == "found_group":
            assert draft.found_group() not in draft.roster.members
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
@given(st.lists(NUMBER, min_size=1, max_size=8), st.lists(st.tuples(NUMBER, NUMBER), max_size=20))
def test_a_roster_is_of_one_mind(groups: list[int], moves: list[tuple[int, int]]) -> None:
    made = roster(groups)
    for slot, group in moves:
        made.place((slot - 1) % len(groups), group)
        made.attach(group, 1 + group // 3)
    check(Draft(made), range(len(groups)))
    assert set(made.event) == set(made.members)
    assert sorted(g for inside in made.groups.values() for g in inside) == sorted(made.members)


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
    assert set(made.members) == {1}
    assert set(made.groups) == {1}


def test_grows_without_end() -> None:
    made = roster([1 + at // 2 for at in range(3000)])
    check(Draft(made), range(3000))
    draft = Draft(made, 7, FEATURES)
    assert draft.article(3000) == 7
    assert draft.candidate(3000).published == 5.0
    assert {draft.language_code(group) for group in (1, 1000, 1500)} == {0x656E}
