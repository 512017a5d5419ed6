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
def test_map_equals_a_dict(steps: list) -> None:
    compact, expected = CompactIntMap(), {}
    for step, key, value in steps:
        if step == "set":
            compact[key] = expected[key] = value
        else:
            assert compact.pop(key, None) == expected.pop(key, None)
        assert len(compact) == len(expected)
    assert dict(compact.items()) == expected
    assert all((key in compact) == (key in expected) for key in range(-4, 42))
    with pytest.raises(KeyError):
        compact[99]


def test_memory_of_deleted_entries_is_freed() -> None:
    compact = CompactIntMap()
    tracemalloc.start()
    for key in range(100_000):
        compact[key] = key
        if key >= 2000:
            del compact[key - 2000]
    n_bytes = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert dict(compact.items()) == {key: key for key in range(98_000, 100_000)}
    assert n_bytes < 200_000
