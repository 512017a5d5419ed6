"""The rank of an event: many independent sources, recently."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.store.projections.ranking import HALF_LIFE_SECONDS, rank

NOW = 1.7e9
times = st.lists(st.floats(NOW - 1e7, NOW), min_size=1, max_size=20)


def test_twice_the_sources_weigh_as_much_as_a_half_life() -> None:
    assert rank([NOW] * 2, NOW) == pytest.approx(rank([NOW + HALF_LIFE_SECONDS], NOW * 2))


def test_growing_event_is_before_one_of_yesterday() -> None:
    yesterday = [NOW - 86400.0] * 30
    assert rank([NOW - 3600.0, NOW], NOW) > rank(yesterday, NOW)


@given(times, times)
def test_order_is_that_of_the_decayed_sums(first: list[float], second: list[float]) -> None:
    def score(seen: list[float]) -> float:
        return sum(2 ** ((moment - NOW) / HALF_LIFE_SECONDS) for moment in seen)

    if not math.isclose(score(first), score(second), rel_tol=1e-6):
        assert (score(first) > score(second)) == (rank(first, NOW) > rank(second, NOW))


@given(times)
def test_order_of_the_sources_and_later_receipts_make_no_difference(seen: list[float]) -> None:
    last_seen = max(seen)
    assert rank(reversed(seen), last_seen) == rank(seen, last_seen)
    assert rank([*seen, last_seen + 1e6], last_seen) == rank([*seen, last_seen], last_seen)
