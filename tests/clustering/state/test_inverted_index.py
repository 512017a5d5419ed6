"""Inverted lists against a dict of lists."""

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


def found(postings: InvertedIndex, *wanted: int, most: int = 1000) -> dict[int, list[int]]:
    """The carriers of each key, in ascending order."""
    places, slots = postings.find(keys(*wanted), most)
    carriers = defaultdict(list)
    for place, slot in zip(places.tolist(), slots.tolist(), strict=True):
        carriers[wanted[place]].append(slot)
    return {key: sorted(slots) for key, slots in carriers.items()}


def filled(adds: list, freeze_at: int, in_slice: int) -> tuple[InvertedIndex, dict[int, list[int]]]:
    """An index of what was added, one slot after the other, and what it is to find."""
    postings, oracle = InvertedIndex(freeze_at, in_slice), defaultdict(list)
    for slot, add in enumerate(adds):
        postings.add(keys(*add), slot)
        for key in add:
            oracle[key].append(slot)
    return postings, oracle


class TestAgainstADict:
    @deterministic
    @given(st.lists(ADD, max_size=60), st.integers(1, 40), st.integers(1, 70))
    def test_finds_what_was_added(self, adds: list, freeze_at: int, in_slice: int) -> None:
        postings, oracle = filled(adds, freeze_at, in_slice)
        assert found(postings, *WANTED) == {k: oracle[k] for k in WANTED if k in oracle}
        assert len(postings) == sum(map(len, oracle.values()))

    @deterministic
    @given(st.lists(ADD, max_size=60), st.integers(1, 40), st.integers(1, 70), st.integers(1, 5))
    def test_gives_the_newest_only(
        self, adds: list, freeze_at: int, in_slice: int, most: int
    ) -> None:
        """Wherever runs and slices happen to end."""
        postings, oracle = filled(adds, freeze_at, in_slice)
        for key, carriers in oracle.items():
            assert found(postings, key, most=most)[key] == carriers[-most:]

    @deterministic
    @given(st.lists(ADD, max_size=60), st.integers(1, 40), st.integers(1, 20), st.integers(0, 70))
    def test_drops_whole_slices(self, adds: list, freeze_at: int, in_slice: int, slot: int) -> None:
        """All that are over, none that is not, and never the one that is open."""
        postings, oracle = filled(adds, freeze_at, in_slice)
        postings.drop_before(slot)
        open_slice = max((at for at, add in enumerate(adds)), default=0) // in_slice
        first = min(slot // in_slice, open_slice) * in_slice
        left = {key: [s for s in slots if s >= first] for key, slots in oracle.items()}
        assert found(postings, *WANTED) == {k: left[k] for k in WANTED if left.get(k)}


@pytest.mark.parametrize("carriers", [63, 64, 65, 5000])
@pytest.mark.parametrize("most", [1, 64])
def test_a_key_of_thousands_gives_its_newest_carriers(carriers: int, most: int) -> None:
    postings = InvertedIndex(max_buffered_entries=1000)
    for slot in range(carriers):
        postings.add(keys(7, 1000 + slot), slot)
    assert found(postings, 7, 8, 1001, most=most) == {
        7: [*range(carriers)][-most:],
        1001: [1],
    }


def test_a_key_asked_for_twice_is_answered_twice() -> None:
    postings = InvertedIndex(max_buffered_entries=1)
    postings.add(keys(5), 3)
    places, slots = postings.find(keys(5, 5), 10)
    assert (places.tolist(), slots.tolist()) == ([0, 1], [3, 3])


@pytest.mark.parametrize("freeze_at", [1, 1000])
def test_nothing_is_found_where_nothing_is(freeze_at: int) -> None:
    postings = InvertedIndex(freeze_at)
    assert found(postings, 1, 2) == {}
    postings.add(keys(), 0)
    postings.add(keys(3), 1)
    assert found(postings, 1, 2) == {}
    assert found(postings) == {}


def test_a_frozen_entry_takes_little_more_than_four_bytes() -> None:
    draw = np.random.default_rng(1)
    postings = InvertedIndex()
    for slot in range(8_000):
        postings.add(draw.integers(1 << 32, size=100, dtype=np.uint32), slot)
    assert 4 < postings.nbytes / len(postings) < 5


def test_slots_of_a_late_slice_are_told_apart() -> None:
    """Entries hold slots counted from the slice's first: 16 bits are enough for ever."""
    postings = InvertedIndex(max_buffered_entries=2)
    slots = [3, 70_000, 70_001, 4_000_000_000]
    for slot in slots:
        postings.add(keys(9, slot), slot)
    assert found(postings, 9, 70_001) == {9: slots, 70_001: [70_001]}
