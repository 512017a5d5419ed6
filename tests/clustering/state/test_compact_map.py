"""The compact map against a dict."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering.state.compact_map import CompactIntMap
from tests.support.story_factory import deterministic

STEP = st.tuples(st.sampled_from(["set", "del"]), st.integers(-3, 40), st.integers(0, 2**32 - 2))


@deterministic
@given(st.lists(STEP, max_size=120))
def test_behaves_like_a_dict(steps: list) -> None:
    made, oracle = CompactIntMap(), {}
    for step, key, value in steps:
        if step == "set":
            made[key] = oracle[key] = value
        else:
            assert made.pop(key, None) == oracle.pop(key, None)
        assert len(made) == len(oracle)
    assert dict(made.items()) == oracle
    assert all((key in made) == (key in oracle) for key in range(-4, 42))
    with pytest.raises(KeyError):
        made[99]


def test_gives_memory_back() -> None:
    made = CompactIntMap()
    tracemalloc.start()
    for key in range(100_000):
        made[key] = key
        if key >= 2000:
            del made[key - 2000]
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert dict(made.items()) == {key: key for key in range(98_000, 100_000)}
    assert taken < 200_000
