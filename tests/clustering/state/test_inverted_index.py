"""The inverted index against a dict of lists."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering.state.inverted_index import InvertedIndex
from tests.support.story_factory import deterministic

KEY = st.integers(0, 12) | st.integers(2**32 - 3, 2**32 - 1)
ADD = st.sets(KEY, max_size=8)
WANTED = (*range(15), 2**32 - 3, 2**32 - 1)


def keys(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.uint32)


def find(index: InvertedIndex, *keys_sought: int, max_per_key: int = 1000) -> dict[int, list[int]]:
    """Return the slots of each key, ascending."""
    positions, slots = index.find(keys(*keys_sought), max_per_key)
    slots_of = defaultdict(list)
    for position, slot in zip(positions.tolist(), slots.tolist(), strict=True):
        slots_of[keys_sought[position]].append(slot)
    return {key: sorted(slots) for key, slots in slots_of.items()}


def filled_index(
    added: list, max_buffered: int, slots_per_slice: int
) -> tuple[InvertedIndex, dict[int, list[int]]]:
    """Return an index with keys added slot by slot, and the postings that it should find."""
    index, expected = InvertedIndex(max_buffered, slots_per_slice), defaultdict(list)
    for slot, added_keys in enumerate(added):
        index.add(keys(*added_keys), slot)
        for key in added_keys:
            expected[key].append(slot)
    return index, expected


class TestAgainstADict:
    @deterministic
    @given(st.lists(ADD, max_size=60), st.integers(1, 40), st.integers(1, 70))
    def test_find_returns_all_postings(
        self, added: list, max_buffered: int, slots_per_slice: int
    ) -> None:
        index, expected = filled_index(added, max_buffered, slots_per_slice)
        assert find(index, *WANTED) == {key: expected[key] for key in WANTED if key in expected}
        assert len(index) == sum(map(len, expected.values()))

    @deterministic
    @given(st.lists(ADD, max_size=60), st.integers(1, 40), st.integers(1, 70), st.integers(1, 5))
    def test_find_returns_the_newest_postings(
        self, added: list, max_buffered: int, slots_per_slice: int, max_per_key: int
    ) -> None:
        """Regardless of where runs and slices end."""
        index, expected = filled_index(added, max_buffered, slots_per_slice)
        for key, slots in expected.items():
            assert find(index, key, max_per_key=max_per_key)[key] == slots[-max_per_key:]

    @deterministic
    @given(
        st.lists(st.tuples(ADD, st.sets(st.integers(0, 59), max_size=3)), max_size=60),
        st.integers(1, 40),
        st.integers(1, 70),
        st.integers(1, 5),
    )
    def test_removed_slots_take_no_room(
        self, steps: list, max_buffered: int, slots_per_slice: int, max_per_key: int
    ) -> None:
        """It finds what it would if they had never been added."""
        is_live = np.ones(60, dtype=np.bool_)
        index = InvertedIndex(max_buffered, slots_per_slice, is_live=lambda slots: is_live[slots])
        expected = defaultdict(list)
        for slot, (added_keys, removed) in enumerate(steps):
            index.add(keys(*added_keys), slot)
            is_live[[number for number in removed if number <= slot]] = False
            for key in added_keys:
                expected[key].append(slot)
        live = {key: [slot for slot in expected[key] if is_live[slot]] for key in WANTED}
        found = find(index, *WANTED, max_per_key=max_per_key)
        assert found == {key: slots[-max_per_key:] for key, slots in live.items() if slots}

    @deterministic
    @given(st.lists(ADD, max_size=60), st.integers(1, 40), st.integers(1, 20), st.integers(0, 70))
    def test_drop_before_drops_whole_slices(
        self, added: list, max_buffered: int, slots_per_slice: int, slot: int
    ) -> None:
        """It drops all closed slices below the slot, and never the open one."""
        index, expected = filled_index(added, max_buffered, slots_per_slice)
        index.drop_before(slot)
        open_slice = max(len(added) - 1, 0) // slots_per_slice
        first = min(slot // slots_per_slice, open_slice) * slots_per_slice
        remaining = {
            key: [kept for kept in slots if kept >= first] for key, slots in expected.items()
        }
        assert find(index, *WANTED) == {key: remaining[key] for key in WANTED if remaining.get(key)}


@pytest.mark.parametrize("n_slots", [63, 64, 65, 5000])
@pytest.mark.parametrize("max_per_key", [1, 64])
def test_find_returns_the_newest_postings_of_a_common_key(n_slots: int, max_per_key: int) -> None:
    index = InvertedIndex(max_buffered_entries=1000)
    for slot in range(n_slots):
        index.add(keys(7, 1000 + slot), slot)
    assert find(index, 7, 8, 1001, max_per_key=max_per_key) == {
        7: [*range(n_slots)][-max_per_key:],
        1001: [1],
    }


def test_repeated_key_is_found_at_each_position() -> None:
    index = InvertedIndex(max_buffered_entries=1)
    index.add(keys(5), 3)
    positions, slots = index.find(keys(5, 5), 10)
    assert (positions.tolist(), slots.tolist()) == ([0, 1], [3, 3])


@pytest.mark.parametrize("max_buffered", [1, 1000])
def test_unknown_keys_have_no_postings(max_buffered: int) -> None:
    index = InvertedIndex(max_buffered)
    assert find(index, 1, 2) == {}
    index.add(keys(), 0)
    index.add(keys(3), 1)
    assert find(index, 1, 2) == {}
    assert find(index) == {}


def test_removed_slots_are_left_out_of_runs() -> None:
    """Thousands of versions of one article take the room of one."""
    newest = [0]
    index = InvertedIndex(100, is_live=lambda slots: slots == newest[0])
    for slot in range(3000):
        newest[0] = slot - 1
        index.add(keys(*range(20)), slot)
    newest[0] = 2999
    assert find(index, 5, max_per_key=4) == {5: [2999]}
    assert len(index) < 500


def test_frozen_entry_takes_4_to_5_bytes() -> None:
    generator = np.random.default_rng(1)
    index = InvertedIndex()
    for slot in range(8_000):
        index.add(generator.integers(1 << 32, size=100, dtype=np.uint32), slot)
    assert 4 < index.nbytes / len(index) < 5


def test_slots_of_a_late_slice_are_distinct() -> None:
    """Entries hold slots counted from the first of the slice, so 16 bits suffice."""
    index = InvertedIndex(max_buffered_entries=2)
    slots = [3, 70_000, 70_001, 4_000_000_000]
    for slot in slots:
        index.add(keys(9, slot), slot)
    assert find(index, 9, 70_001) == {9: slots, 70_001: [70_001]}
