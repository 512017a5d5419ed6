"""Where judgements draw the line, and how little a few of them say."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering import ArticleIndex, extract_features
from clustering.events.neighbour_graph import DEFAULT_EVENT_THRESHOLD
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

JUDGED = st.lists(
    st.builds(JudgedPair, st.integers(1, 60), st.floats(0, 1), st.booleans()), max_size=80
)


def by(threshold: float, count: int, mistaken: float = 0.0, seed: int = 1) -> list[JudgedPair]:
    """Judgements of somebody who draws the line there."""
    draw = random.Random(seed)
    pairs = [draw.uniform(0.2, 0.8) for _ in range(count)]
    return [
        JudgedPair(number, p, (p >= threshold) != (draw.random() < mistaken))
        for number, p in enumerate(pairs, start=1)
    ]


@pytest.mark.parametrize("threshold", [0.3, 0.57, 0.7])
def test_many_judgements_draw_the_line_where_they_would_have_it(threshold: float) -> None:
    found = fit_threshold(by(threshold, 1000, mistaken=0.05), DEFAULT_EVENT_THRESHOLD)
    assert found.is_better
    assert found.threshold == pytest.approx(threshold, abs=0.03)
    assert found.agreed > found.agreed_now
    assert found.expected > found.agreed_now


def test_the_fewer_they_are_the_nearer_it_stays_to_the_line_as_it_comes() -> None:
    steps = [
        abs(shrunk_threshold(by(0.7, count)) - DEFAULT_EVENT_THRESHOLD)
        for count in (10, 50, 200, 1000)
    ]
    assert steps == sorted(steps)
    judged = by(0.7, PRIOR_PAIRS)
    assert shrunk_threshold(judged) == pytest.approx(
        (DEFAULT_EVENT_THRESHOLD + best_threshold(judged)) / 2, abs=0.01
    )


def test_applied_again_the_same_judgements_change_nothing() -> None:
    judged = by(0.6, 80)
    first = fit_threshold(judged, DEFAULT_EVENT_THRESHOLD)
    assert first.is_better
    assert not fit_threshold(judged, first.threshold).is_better


@pytest.mark.parametrize("count", [0, 1, 5, MIN_JUDGED_PAIRS - 1])
def test_few_judgements_say_nothing(count: int) -> None:
    found = fit_threshold(by(0.7, count), DEFAULT_EVENT_THRESHOLD)
    assert (found.enough, found.is_better, found.threshold) == (
        False,
        False,
        DEFAULT_EVENT_THRESHOLD,
    )


def test_judgements_that_all_say_the_same_say_nothing() -> None:
    same = [JudgedPair(number, 0.3, same=True) for number in range(200)]
    assert not fit_threshold(same, DEFAULT_EVENT_THRESHOLD).enough
    other = [
        JudgedPair(number + 200, 0.9, same=False) for number in range(MIN_JUDGED_PAIRS_PER_CLASS)
    ]
    assert fit_threshold([*same, *other], DEFAULT_EVENT_THRESHOLD).enough


def test_chance_does_not_move_the_line() -> None:
    moved = 0
    for seed in range(20):
        draw = random.Random(seed)
        found = [JudgedPair(n, draw.uniform(0.2, 0.8), draw.random() < 0.5) for n in range(60)]
        moved += fit_threshold(found, DEFAULT_EVENT_THRESHOLD).is_better
    assert moved <= 6


@given(JUDGED)
def test_no_threshold_is_better_than_the_best(judged: list[JudgedPair]) -> None:
    most = count_agreeing(judged, best_threshold(judged))
    assert all(
        count_agreeing(judged, threshold) <= most
        for threshold in (*THRESHOLD_GRID, DEFAULT_EVENT_THRESHOLD)
    )


@given(JUDGED, st.sampled_from(THRESHOLD_GRID))
def test_the_figures_fit_one_another(judged: list[JudgedPair], now: float) -> None:
    found = fit_threshold(judged, now)
    assert found.agreed == count_agreeing(judged, found.threshold)
    assert 0 <= found.expected <= found.judgements == len(judged)
    assert min(THRESHOLD_GRID) <= found.threshold <= max(THRESHOLD_GRID)
    assert not (found.is_better and found.threshold == now)
    assert (
        found.threshold == now
        or abs(found.threshold - DEFAULT_EVENT_THRESHOLD)
        <= abs(found.best - DEFAULT_EVENT_THRESHOLD) + 0.01
    )


def test_a_pair_that_is_never_compared_says_nothing() -> None:
    one, other = (extract_features(article) for article in articles()[:2])
    assert pair_probability(one, other, IdfSnapshot()) is not None
    late = extract_features(articles()[0])
    assert (
        pair_probability(one, replace(late, published=(one.published or 0) + 9e6), IdfSnapshot())
        is None
    )
    assert pair_probability(one, replace(other, language="xx"), IdfSnapshot()) is None


def test_a_line_drawn_and_drawn_back_divides_as_before() -> None:
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
