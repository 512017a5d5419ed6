"""Fitting the event threshold to judged pairs, and caution with few of them."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering import ArticleIndex, extract_features
from clustering.events.thresholds import DEFAULT_EVENT_THRESHOLD
from clustering.learning.threshold import (
    MIN_JUDGED_PAIRS,
    MIN_JUDGED_PAIRS_PER_CLASS,
    PRIOR_PAIRS,
    THRESHOLD_GRID,
    JudgedPair,
    best_threshold,
    count_agreeing,
    fit_threshold,
    pair_probability,
    shrunk_threshold,
)
from clustering.similarity.idf import IdfSnapshot
from tests.support.starter_corpus import articles

JUDGED_PAIRS = st.lists(
    st.builds(JudgedPair, st.integers(1, 60), st.floats(0, 1), st.booleans()), max_size=80
)


def judge_by(
    threshold: float, count: int, error_rate: float = 0.0, seed: int = 1
) -> list[JudgedPair]:
    """Pairs judged by a threshold, some of them wrongly."""
    rng = random.Random(seed)
    probabilities = [rng.uniform(0.2, 0.8) for _ in range(count)]
    return [
        JudgedPair(number, p, (p >= threshold) != (rng.random() < error_rate))
        for number, p in enumerate(probabilities, start=1)
    ]


@pytest.mark.parametrize("threshold", [0.3, 0.57, 0.7])
def test_many_judged_pairs_find_their_threshold(threshold: float) -> None:
    fit = fit_threshold(judge_by(threshold, 1000, error_rate=0.05), DEFAULT_EVENT_THRESHOLD)
    assert fit.is_better
    assert fit.threshold == pytest.approx(threshold, abs=0.03)
    assert fit.agreed > fit.agreed_now
    assert fit.expected > fit.agreed_now


def test_fewer_judged_pairs_stay_nearer_to_the_default() -> None:
    distances = [
        abs(shrunk_threshold(judge_by(0.7, count)) - DEFAULT_EVENT_THRESHOLD)
        for count in (10, 50, 200, 1000)
    ]
    assert distances == sorted(distances)
    judged_pairs = judge_by(0.7, PRIOR_PAIRS)
    assert shrunk_threshold(judged_pairs) == pytest.approx(
        (DEFAULT_EVENT_THRESHOLD + best_threshold(judged_pairs)) / 2, abs=0.01
    )


def test_applying_the_same_judgements_twice_changes_nothing() -> None:
    judged_pairs = judge_by(0.6, 80)
    first = fit_threshold(judged_pairs, DEFAULT_EVENT_THRESHOLD)
    assert first.is_better
    assert not fit_threshold(judged_pairs, first.threshold).is_better


@pytest.mark.parametrize("count", [0, 1, 5, MIN_JUDGED_PAIRS - 1])
def test_few_judged_pairs_give_no_proposal(count: int) -> None:
    fit = fit_threshold(judge_by(0.7, count), DEFAULT_EVENT_THRESHOLD)
    assert (fit.enough, fit.is_better, fit.threshold) == (
        False,
        False,
        DEFAULT_EVENT_THRESHOLD,
    )


def test_judged_pairs_of_one_class_give_no_proposal() -> None:
    same = [JudgedPair(number, 0.3, same=True) for number in range(200)]
    assert not fit_threshold(same, DEFAULT_EVENT_THRESHOLD).enough
    different = [
        JudgedPair(number + 200, 0.9, same=False) for number in range(MIN_JUDGED_PAIRS_PER_CLASS)
    ]
    assert fit_threshold([*same, *different], DEFAULT_EVENT_THRESHOLD).enough


def test_random_judgements_rarely_move_the_threshold() -> None:
    n_moved = 0
    for seed in range(20):
        rng = random.Random(seed)
        judged_pairs = [JudgedPair(n, rng.uniform(0.2, 0.8), rng.random() < 0.5) for n in range(60)]
        n_moved += fit_threshold(judged_pairs, DEFAULT_EVENT_THRESHOLD).is_better
    assert n_moved <= 6


@given(JUDGED_PAIRS)
def test_no_threshold_is_better_than_the_best(judged_pairs: list[JudgedPair]) -> None:
    max_agreeing = count_agreeing(judged_pairs, best_threshold(judged_pairs))
    assert all(
        count_agreeing(judged_pairs, threshold) <= max_agreeing
        for threshold in (*THRESHOLD_GRID, DEFAULT_EVENT_THRESHOLD)
    )


@given(JUDGED_PAIRS, st.sampled_from(THRESHOLD_GRID))
def test_counts_of_a_fit_are_consistent(judged_pairs: list[JudgedPair], current: float) -> None:
    fit = fit_threshold(judged_pairs, current)
    assert fit.agreed == count_agreeing(judged_pairs, fit.threshold)
    assert 0 <= fit.expected <= fit.judgements == len(judged_pairs)
    assert min(THRESHOLD_GRID) <= fit.threshold <= max(THRESHOLD_GRID)
    assert not (fit.is_better and fit.threshold == current)
    assert (
        fit.threshold == current
        or abs(fit.threshold - DEFAULT_EVENT_THRESHOLD)
        <= abs(fit.best - DEFAULT_EVENT_THRESHOLD) + 0.01
    )


def test_pair_that_is_never_compared_has_no_probability() -> None:
    first, second = (extract_features(article) for article in articles()[:2])
    assert pair_probability(first, second, IdfSnapshot()) is not None
    late = extract_features(articles()[0])
    assert (
        pair_probability(
            first, replace(late, published=(first.published or 0) + 4e7), IdfSnapshot()
        )
        is None
    )
    assert pair_probability(first, replace(second, language="xx"), IdfSnapshot()) is None


def test_restored_threshold_restores_the_partition() -> None:
    fingerprints: dict[int, bytes] = {}
    index = ArticleIndex(lambda keys: {key: fingerprints[key] for key in keys})
    for article in articles()[:60]:
        features = extract_features(article)
        fingerprints[article.key] = features.fingerprint
        with index.begin() as change:
            change.propose(article.key, features)
            change.commit()
    low, middle, high = index.partition_by_threshold([0.2, DEFAULT_EVENT_THRESHOLD, 0.8])
    assert len(low) < len(middle) < len(high)
    assert index.event_threshold == DEFAULT_EVENT_THRESHOLD
    index.set_event_threshold(0.8)
    assert index.partition() == high
    index.set_event_threshold(DEFAULT_EVENT_THRESHOLD)
    assert index.partition() == middle
