"""Which carriers are looked at, and which are ruled out before: against counting one by one."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clustering.duplicates.candidates import (
    MIN_COMMON_KEY_SHARE,
    RankedCandidates,
    TextLengths,
    passes_sample_filter,
    rank_candidates,
)
from clustering.duplicates.comparison import MIN_SHARED_SHINGLES, compare
from clustering.features.minhash import (
    MIN_SAMPLED_SHINGLES,
    MIN_SHINGLES,
    Fingerprint,
    sampling_moduli,
)
from tests.support.story_factory import deterministic

FOUND = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 5)), unique=True, max_size=40)
WEIGHTS = st.lists(st.sampled_from([0.01, 0.1, 0.25, 1.0]), min_size=8, max_size=8)


def text(shingles: list[int], whole: int = 0) -> Fingerprint:
    keys = np.array(sorted(shingles), dtype=np.uint32)
    return Fingerprint(np.zeros(128, np.uint32), keys, np.empty(0, np.uint32), whole)


@deterministic
@given(FOUND, WEIGHTS)
def test_ranks_as_counting_one_by_one_does(found: list[tuple[int, int]], some: list[float]) -> None:
    shared: defaultdict[int, list[float]] = defaultdict(list)
    for place, slot in found:
        shared[slot].append(some[place])
    enough = {
        slot: (sum(weights), len(weights))
        for slot, weights in shared.items()
        if len(weights) > 1
        and (sum(weights) > 1 - 1e-9 or len(weights) >= 8 * MIN_COMMON_KEY_SHARE)
    }
    places = np.array([place for place, _ in found], dtype=np.int64)
    slots = np.array([slot for _, slot in found], dtype=np.uint32)
    ranked = rank_candidates(places, slots, np.array(some))
    assert {*ranked.slots.tolist()} == {*enough}
    for slot, count, weight in zip(*(it.tolist() for it in ranked), strict=True):
        assert count == enough[slot][1]
        assert abs(weight - enough[slot][0]) < 1e-9
    order = [(-round(enough[it][0], 9), -enough[it][1], it) for it in ranked.slots.tolist()]
    assert order == sorted(order)


@deterministic
@given(
    st.integers(MIN_SHINGLES, 2 * MIN_SAMPLED_SHINGLES - 1),
    st.integers(MIN_SHINGLES, 2 * MIN_SAMPLED_SHINGLES - 1),
    st.data(),
)
def test_no_reprint_is_ruled_out_where_every_shingle_is_sampled(
    ours: int, theirs: int, data: st.DataObject
) -> None:
    shared = data.draw(st.integers(MIN_SHARED_SHINGLES, min(ours, theirs)))
    weights = np.array(data.draw(st.lists(st.floats(0.001, 1), min_size=200, max_size=200)))
    newcomer = text([*range(ours)], whole=1)
    other = text([*range(shared), *range(100, 100 + theirs - shared)], whole=2)
    assert newcomer.modulus == other.modulus == 1
    together = weights[:shared].sum()
    ranked = RankedCandidates(np.array([7]), np.array([shared]), np.array([together]))
    (may_be,) = passes_sample_filter(newcomer, weights[:ours], ranked, np.array([theirs]))
    if compare(newcomer, other, lambda one: weights[one.sampled_shingles]).is_linked:
        assert may_be


def test_who_shares_a_notice_with_a_longer_text_is_ruled_out() -> None:
    newcomer, weights = text([*range(60)]), np.full(60, 0.9)
    weights[:20] = 0.01
    ranked = RankedCandidates(np.array([3, 4]), np.array([20, 40]), np.array([0.2, 20.2]))
    assert passes_sample_filter(newcomer, weights, ranked, np.array([300, 300])).tolist() == [
        False,
        True,
    ]


@deterministic
@given(st.integers(0, 5000))
def test_a_text_keeps_enough_of_its_shingles(length: int) -> None:
    modulus = int(sampling_moduli(length))
    assert modulus in (1, 2, 4, 8, 16)
    assert modulus == 1 or length / modulus >= MIN_SAMPLED_SHINGLES
    assert modulus == 16 or length / modulus < 2 * MIN_SAMPLED_SHINGLES


def test_lengths_are_found_by_slot_whatever_has_left() -> None:
    lengths = TextLengths()
    for slot in (3, 4, 7):
        lengths.add(slot, 10 * slot)
    assert lengths.lookup(np.array([7, 3, 4])).tolist() == [70, 30, 40]
    lengths.drop_before(4)
    lengths.add(8, 80)
    assert lengths.lookup(np.array([8, 4])).tolist() == [80, 40]
    lengths.drop_before(20)
    lengths.add(20, 200)
    assert lengths.lookup(np.array([20])).tolist() == [200]
