"""Ranking and filtering of candidates, against counting one by one."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clustering.duplicates.candidates import (
    MIN_COMMON_KEY_SHARE,
    RankedCandidates,
    passes_sample_filter,
    rank_candidates,
)
from clustering.duplicates.comparison import MIN_SHARED_SHINGLES, compare
from clustering.duplicates.fingerprint_index import TextLengths
from clustering.features.fingerprint import (
    MIN_SAMPLED_SHINGLES,
    MIN_SHINGLES,
    Fingerprint,
    sampling_moduli,
)
from tests.support.story_factory import deterministic

POSTINGS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 5)), unique=True, max_size=40)
WEIGHTS = st.lists(st.sampled_from([0.01, 0.1, 0.25, 1.0]), min_size=8, max_size=8)


def make_fingerprint(shingles: list[int], text_hash: int = 0) -> Fingerprint:
    keys = np.array(sorted(shingles), dtype=np.uint32)
    no_words = np.empty(0, np.uint16)
    return Fingerprint(np.zeros(128, np.uint32), keys, *[no_words] * 4, text_hash)


@deterministic
@given(POSTINGS, WEIGHTS)
def test_ranking_equals_counting_one_by_one(
    postings: list[tuple[int, int]], weights_of_keys: list[float]
) -> None:
    shared: defaultdict[int, list[float]] = defaultdict(list)
    for position, slot in postings:
        shared[slot].append(weights_of_keys[position])
    expected = {
        slot: (sum(weights), len(weights))
        for slot, weights in shared.items()
        if len(weights) > 1
        and (sum(weights) > 1 - 1e-9 or len(weights) >= 8 * MIN_COMMON_KEY_SHARE)
    }
    positions = np.array([position for position, _ in postings], dtype=np.int64)
    slots = np.array([slot for _, slot in postings], dtype=np.uint32)
    ranked = rank_candidates(positions, slots, np.array(weights_of_keys))
    assert {*ranked.slots.tolist()} == {*expected}
    for slot, count, weight in zip(*(column.tolist() for column in ranked), strict=True):
        assert count == expected[slot][1]
        assert abs(weight - expected[slot][0]) < 1e-9
    order = [
        (-round(expected[slot][0], 9), -expected[slot][1], slot) for slot in ranked.slots.tolist()
    ]
    assert order == sorted(order)


@deterministic
@given(
    st.integers(MIN_SHINGLES, 2 * MIN_SAMPLED_SHINGLES - 1),
    st.integers(MIN_SHINGLES, 2 * MIN_SAMPLED_SHINGLES - 1),
    st.data(),
)
def test_filter_keeps_near_duplicates_if_every_shingle_is_sampled(
    n_query: int, n_candidate: int, data: st.DataObject
) -> None:
    shared = data.draw(st.integers(MIN_SHARED_SHINGLES, min(n_query, n_candidate)))
    weights = np.array(data.draw(st.lists(st.floats(0.001, 1), min_size=200, max_size=200)))
    query = make_fingerprint([*range(n_query)], text_hash=1)
    candidate = make_fingerprint(
        [*range(shared), *range(100, 100 + n_candidate - shared)], text_hash=2
    )
    assert query.modulus == candidate.modulus == 1
    shared_weight = weights[:shared].sum()
    ranked = RankedCandidates(np.array([7]), np.array([shared]), np.array([shared_weight]))
    (passes,) = passes_sample_filter(query, weights[:n_query], ranked, np.array([n_candidate]))
    if compare(query, candidate, lambda text: weights[text.sampled_shingles]).is_linked:
        assert passes


def test_filter_rejects_candidate_that_shares_a_common_passage() -> None:
    query, weights = make_fingerprint([*range(60)]), np.full(60, 0.9)
    weights[:20] = 0.01
    ranked = RankedCandidates(np.array([3, 4]), np.array([20, 40]), np.array([0.2, 20.2]))
    assert passes_sample_filter(query, weights, ranked, np.array([300, 300])).tolist() == [
        False,
        True,
    ]


@deterministic
@given(st.integers(0, 5000))
def test_sample_has_32_to_64_shingles_if_the_text_has_them(length: int) -> None:
    modulus = int(sampling_moduli(length))
    assert modulus in (1, 2, 4, 8, 16)
    assert modulus == 1 or length / modulus >= MIN_SAMPLED_SHINGLES
    assert modulus == 16 or length / modulus < 2 * MIN_SAMPLED_SHINGLES


def test_lengths_are_looked_up_by_slot_after_slots_were_dropped() -> None:
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
