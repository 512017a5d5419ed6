"""Where judgements draw the line, and how little a few of them say."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starter import articles

from clustering import Index, analyse
from clustering.likeness import JOIN
from clustering.line import (
    GRID,
    LEAST,
    LEAST_OF_EACH,
    PRIOR,
    Judged,
    agreement,
    best,
    drawn,
    fit,
    probability,
)
from clustering.rarity import Rarity

JUDGED = st.lists(
    st.builds(Judged, st.integers(1, 60), st.floats(0, 1), st.booleans()), max_size=80
)


def by(threshold: float, count: int, mistaken: float = 0.0, seed: int = 1) -> list[Judged]:
    """Judgements of somebody who draws the line there."""
    draw = random.Random(seed)
    pairs = [draw.uniform(0.2, 0.8) for _ in range(count)]
    return [
        Judged(number, p, (p >= threshold) != (draw.random() < mistaken))
        for number, p in enumerate(pairs, start=1)
    ]


@pytest.mark.parametrize("threshold", [0.3, 0.57, 0.7])
def test_many_judgements_draw_the_line_where_they_would_have_it(threshold: float) -> None:
    found = fit(by(threshold, 1000, mistaken=0.05), JOIN)
    assert found.better
    assert found.threshold == pytest.approx(threshold, abs=0.03)
    assert found.agreed > found.agreed_now
    assert found.expected > found.agreed_now


def test_the_fewer_they_are_the_nearer_it_stays_to_the_line_as_it_comes() -> None:
    steps = [abs(drawn(by(0.7, count)) - JOIN) for count in (10, 50, 200, 1000)]
    assert steps == sorted(steps)
    judged = by(0.7, PRIOR)
    assert drawn(judged) == pytest.approx((JOIN + best(judged)) / 2, abs=0.01)


def test_applied_again_the_same_judgements_change_nothing() -> None:
    judged = by(0.6, 80)
    first = fit(judged, JOIN)
    assert first.better
    assert not fit(judged, first.threshold).better


@pytest.mark.parametrize("count", [0, 1, 5, LEAST - 1])
def test_few_judgements_say_nothing(count: int) -> None:
    found = fit(by(0.7, count), JOIN)
    assert (found.enough, found.better, found.threshold) == (False, False, JOIN)


def test_judgements_that_all_say_the_same_say_nothing() -> None:
    same = [Judged(number, 0.3, same=True) for number in range(200)]
    assert not fit(same, JOIN).enough
    other = [Judged(number + 200, 0.9, same=False) for number in range(LEAST_OF_EACH)]
    assert fit([*same, *other], JOIN).enough


def test_chance_does_not_move_the_line() -> None:
    moved = 0
    for seed in range(20):
        draw = random.Random(seed)
        found = [Judged(n, draw.uniform(0.2, 0.8), draw.random() < 0.5) for n in range(60)]
        moved += fit(found, JOIN).better
    assert moved <= 6


@given(JUDGED)
def test_no_threshold_is_better_than_the_best(judged: list[Judged]) -> None:
    most = agreement(judged, best(judged))
    assert all(agreement(judged, threshold) <= most for threshold in (*GRID, JOIN))


@given(JUDGED, st.sampled_from(GRID))
def test_the_figures_fit_one_another(judged: list[Judged], now: float) -> None:
    found = fit(judged, now)
    assert found.agreed == agreement(judged, found.threshold)
    assert 0 <= found.expected <= found.judgements == len(judged)
    assert min(GRID) <= found.threshold <= max(GRID)
    assert not (found.better and found.threshold == now)
    assert found.threshold == now or abs(found.threshold - JOIN) <= abs(found.best - JOIN) + 0.01


def test_a_pair_that_is_never_compared_says_nothing() -> None:
    one, other = (analyse(article) for article in articles()[:2])
    assert probability(one, other, Rarity()) is not None
    late = analyse(articles()[0])
    assert probability(one, replace(late, published=(one.published or 0) + 9e6), Rarity()) is None
    assert probability(one, replace(other, language="xx"), Rarity()) is None


def test_a_line_drawn_and_drawn_back_divides_as_before() -> None:
    fingerprints: dict[int, bytes] = {}
    index = Index(lambda keys: {key: fingerprints[key] for key in keys})
    for article in articles()[:60]:
        features = analyse(article)
        fingerprints[article.key] = features.fingerprint
        index.apply(article.key, features, index.judge(article.key, features))
    low, middle, high = index.partitions([0.2, JOIN, 0.8])
    assert len(low) < len(middle) < len(high)
    assert index.join == JOIN
    index.draw_line(0.8)
    assert index.partition() == high
    index.draw_line(JOIN)
    assert index.partition() == middle
