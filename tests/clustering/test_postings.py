"""Inverted lists against a dict of lists."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from press import seeded

from clustering.postings import Postings

KEY = st.integers(0, 12) | st.integers(2**32 - 3, 2**32 - 1)
ADD = st.sets(KEY, max_size=8)
STEP = ADD | st.just("compact")


def keys(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.uint32)


def found(postings: Postings, *wanted: int, most: int = 1000) -> dict[int, list[int]]:
    """The carriers of each key, in ascending order."""
    places, slots = postings.find(keys(*wanted), most)
    carriers = defaultdict(list)
    for place, slot in zip(places.tolist(), slots.tolist(), strict=True):
        carriers[wanted[place]].append(slot)
    return {key: sorted(slots) for key, slots in carriers.items()}


class TestAgainstADict:
    @seeded
    @given(st.lists(STEP, max_size=60), st.integers(1, 40), st.randoms())
    def test_finds_what_was_added(self, steps: list, freeze_at: int, draw) -> None:
        postings, oracle = Postings(freeze_at), defaultdict(list)
        alive = np.ones(len(steps), dtype=np.bool_)
        for slot, step in enumerate(steps):
            if step == "compact":
                alive[[draw.randrange(len(alive)) for _ in range(3)]] = False
                postings.compact(alive)
                oracle = {k: [s for s in slots if alive[s]] for k, slots in oracle.items()}
                oracle = defaultdict(list, {k: slots for k, slots in oracle.items() if slots})
                alive[slot:] = True
            else:
                postings.add(keys(*step), slot)
                for key in step:
                    oracle[key].append(slot)
        wanted = (*range(15), 2**32 - 3, 2**32 - 1)
        assert found(postings, *wanted) == {k: oracle[k] for k in wanted if k in oracle}
        assert len(postings) == sum(map(len, oracle.values()))

    @seeded
    @given(st.lists(ADD, max_size=60), st.integers(1, 40), st.integers(1, 5))
    def test_looks_at_the_newest_only(self, adds: list, freeze_at: int, most: int) -> None:
        postings, oracle = Postings(freeze_at), defaultdict(list)
        for slot, add in enumerate(adds):
            postings.add(keys(*add), slot)
            for key in add:
                oracle[key].append(slot)
        for key, carriers in oracle.items():
            seen = found(postings, key, most=most)[key]
            assert seen[-most:] == carriers[-most:]
            assert set(seen) <= set(carriers)


def test_each_part_of_the_index_gives_up_to_so_many() -> None:
    postings = Postings(freeze_at=100)
    for slot in range(150):
        postings.add(keys(7), slot)
    assert found(postings, 7, most=3) == {7: [97, 98, 99, 147, 148, 149]}


def test_a_key_asked_for_twice_is_answered_twice() -> None:
    postings = Postings(freeze_at=1)
    postings.add(keys(5), 3)
    places, slots = postings.find(keys(5, 5), 10)
    assert (places.tolist(), slots.tolist()) == ([0, 1], [3, 3])


@pytest.mark.parametrize("freeze_at", [1, 1000])
def test_nothing_is_found_where_nothing_is(freeze_at: int) -> None:
    postings = Postings(freeze_at)
    assert found(postings, 1, 2) == {}
    postings.add(keys(), 0)
    postings.add(keys(3), 1)
    assert found(postings, 1, 2) == {}
    assert found(postings) == {}


def test_a_frozen_entry_takes_eight_bytes() -> None:
    postings = Postings(freeze_at=100)
    for slot in range(1000):
        postings.add(keys(*range(slot, slot + 10)), slot)
    assert postings.nbytes == 8 * len(postings) == 80_000


def test_arrays_of_like_size_are_merged() -> None:
    """So that a look-up needs a handful of binary searches however many entries there are."""
    postings = Postings(freeze_at=10)
    for slot in range(2000):
        postings.add(keys(slot % 7), slot)
    assert len(found(postings, 3, most=1)[3]) <= 8
