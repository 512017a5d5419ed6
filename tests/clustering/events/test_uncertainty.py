"""What is doubted of a judgement, and how two texts are marked side by side."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering import ArticleIndex, extract_features
from clustering.events.neighbour_graph import DEFAULT_EVENT_THRESHOLD, NEIGHBOUR_THRESHOLD
from clustering.events.uncertainty import (
    MAX_THRESHOLD_DISTANCE,
    PRIORITY_HALF_LIFE_DAYS,
    PRIORITY_HALVING_DISTANCE,
    distance_to_threshold,
    review_priority,
)
from clustering.explain.highlight import Span, highlight
from clustering.types import UncertainPair
from tests.support import starter_corpus

SHARES = st.floats(0, 1)
DAY = 86_400.0


def judged(
    count: int, join: float = DEFAULT_EVENT_THRESHOLD
) -> tuple[ArticleIndex, list[UncertainPair]]:
    fingerprints: dict[int, bytes] = {}
    index = ArticleIndex(
        lambda keys: {key: fingerprints[key] for key in keys}, event_threshold=join
    )
    found: list[UncertainPair] = []
    for article in starter_corpus.articles()[:count]:
        features = extract_features(article)
        fingerprints[article.key] = features.fingerprint
        with index.begin() as change:
            judgement = change.propose(article.key, features)
            change.commit()
        assert all(article.key in doubt.articles for doubt in judgement.uncertain_pairs)
        for doubt in judgement.uncertain_pairs:
            together = len({index.event_of(key) for key in doubt.articles}) == 1
            assert (
                distance_to_threshold(doubt.probability, join, same_event=together)
                <= MAX_THRESHOLD_DISTANCE
            )
        found += judgement.uncertain_pairs
    return index, found


def test_doubts_are_pairs_that_are_near_the_line_or_beyond_it() -> None:
    _, found = judged(106)
    assert found
    for doubt in found:
        assert doubt.articles[0] < doubt.articles[1]
        assert doubt.probability >= NEIGHBOUR_THRESHOLD
    assert len({doubt.articles for doubt in found}) == len(found)


def test_judging_again_doubts_again() -> None:
    index, _ = judged(60)
    again = set()
    for key in range(1, 61):
        with index.begin() as change:
            proposal, judged_articles = change.propose_reclustering(key)
        assert judged_articles <= frozenset(range(1, 61))
        again |= {*proposal.uncertain_pairs}
    assert again


@given(SHARES, SHARES, SHARES)
def test_what_is_nearer_to_the_line_or_speaks_against_it_is_worth_more(a, b, join) -> None:
    for together in (True, False):
        near, far = sorted(
            (a, b), key=lambda it: distance_to_threshold(it, join, same_event=together)
        )
        numbers = {"same_event": together, "n_reassigned": 1, "published": 0.0}
        assert review_priority(near, join, **numbers) >= review_priority(far, join, **numbers)


@pytest.mark.parametrize(
    "better",
    [
        {"n_reassigned": 3},
        {"published": PRIORITY_HALF_LIFE_DAYS * DAY},
        {"probability": 0.4 + PRIORITY_HALVING_DISTANCE},
    ],
)
def test_a_doubling_is_a_doubling_wherever_it_comes_from(better) -> None:
    plain = {
        "probability": 0.4,
        "event_threshold": 0.5,
        "same_event": False,
        "n_reassigned": 1,
        "published": 0.0,
    }
    assert review_priority(**{**plain, **better}) == pytest.approx(review_priority(**plain) + 1)


def kinds(stretches: tuple[Span, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for it in stretches:
        found.setdefault(it.kind, []).append(it.text)
    return found


def test_passages_and_telling_words_are_marked_in_both_texts() -> None:
    one = "At dawn the ferry Marwa ran aground off Tel Point. Nobody was hurt."
    other = "Marwa, a ferry, is stuck. It ran aground off Tel Point, the pilots say."
    first, second = highlight(one, other, {"marwa", "ferry"})
    assert kinds(first)["passage"] == ["ran aground off Tel Point"] == kinds(second)["passage"]
    assert kinds(first)["term"] == ["ferry", "Marwa"]
    assert kinds(second)["term"] == ["Marwa", "ferry"]


@given(st.text(max_size=200), st.text(max_size=200), st.sets(st.text(max_size=5), max_size=4))
def test_the_stretches_are_the_text(one, other, terms) -> None:
    for stretches in highlight(one, other, terms):
        assert all(it.text for it in stretches)
        assert all(before.kind != after.kind for before, after in pairwise(stretches))


def test_scripts_without_spaces_are_marked_too() -> None:
    first, _ = highlight("渡轮今天在港口外搁浅了没有人受伤", "今天在港口外搁浅了没有人", set())
    assert kinds(first)["passage"]
