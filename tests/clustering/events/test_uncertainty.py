"""Uncertain pairs of a proposal, and the highlighting of two texts side by side."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering import ArticleIndex, extract_features
from clustering.events.thresholds import DEFAULT_EVENT_THRESHOLD, NEIGHBOUR_THRESHOLD
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


def fill_index(
    count: int, threshold: float = DEFAULT_EVENT_THRESHOLD
) -> tuple[ArticleIndex, list[UncertainPair]]:
    """Add articles of the starter corpus to an index; return their uncertain pairs too."""
    fingerprints: dict[int, bytes] = {}
    index = ArticleIndex(
        lambda keys: {key: fingerprints[key] for key in keys}, event_threshold=threshold
    )
    uncertain_pairs: list[UncertainPair] = []
    for article in starter_corpus.articles()[:count]:
        features = extract_features(article)
        fingerprints[article.key] = features.fingerprint
        with index.begin() as change:
            proposal = change.propose(article.key, features)
            change.commit()
        pairs = [pair for pair in proposal.uncertain_pairs if pair.kind == "event"]
        assert all(article.key in pair.articles for pair in pairs)
        for pair in pairs:
            together = len({index.event_of(key) for key in pair.articles}) == 1
            assert (
                distance_to_threshold(pair.probability, threshold, same_event=together)
                <= MAX_THRESHOLD_DISTANCE
            )
        uncertain_pairs += pairs
    return index, uncertain_pairs


def test_uncertain_pairs_are_near_the_threshold_or_beyond_it() -> None:
    _, uncertain_pairs = fill_index(106)
    assert uncertain_pairs
    for pair in uncertain_pairs:
        assert pair.articles[0] < pair.articles[1]
        assert pair.probability >= NEIGHBOUR_THRESHOLD
    assert len({pair.articles for pair in uncertain_pairs}) == len(uncertain_pairs)


def test_reclustering_finds_uncertain_pairs_again() -> None:
    index, _ = fill_index(60)
    again = set()
    for key in range(1, 61):
        with index.begin() as change:
            proposal, reclustered = change.propose_reclustering(key)
        assert reclustered <= frozenset(range(1, 61))
        again |= {*proposal.uncertain_pairs}
    assert again


@given(SHARES, SHARES, SHARES)
def test_pairs_nearer_to_the_threshold_or_beyond_it_have_priority(a, b, threshold) -> None:
    for together in (True, False):
        near, far = sorted(
            (a, b),
            key=lambda probability: distance_to_threshold(
                probability, threshold, same_event=together
            ),
        )
        numbers = {"same_event": together, "n_reassigned": 1, "published": 0.0}
        assert review_priority("event", near, threshold, **numbers) >= review_priority(
            "event", far, threshold, **numbers
        )


@pytest.mark.parametrize(
    "better",
    [
        {"n_reassigned": 3},
        {"published": PRIORITY_HALF_LIFE_DAYS * DAY},
        {"probability": 0.4 + PRIORITY_HALVING_DISTANCE},
    ],
)
def test_priority_rises_by_one_for_each_doubling(better) -> None:
    plain = {
        "kind": "event",
        "probability": 0.4,
        "event_threshold": 0.5,
        "same_event": False,
        "n_reassigned": 1,
        "published": 0.0,
    }
    assert review_priority(**{**plain, **better}) == pytest.approx(review_priority(**plain) + 1)


def kinds(spans: tuple[Span, ...]) -> dict[str, list[str]]:
    texts_of: dict[str, list[str]] = {}
    for span in spans:
        texts_of.setdefault(span.kind, []).append(span.text)
    return texts_of


def test_passages_and_shared_terms_are_highlighted_in_both_texts() -> None:
    first_text = "At dawn the ferry Marwa ran aground off Tel Point. Nobody was hurt."
    second_text = "Marwa, a ferry, is stuck. It ran aground off Tel Point, the pilots say."
    first, second = highlight(first_text, second_text, {"marwa", "ferry"})
    assert kinds(first)["passage"] == ["ran aground off Tel Point"] == kinds(second)["passage"]
    assert kinds(first)["term"] == ["ferry", "Marwa"]
    assert kinds(second)["term"] == ["Marwa", "ferry"]


@given(st.text(max_size=200), st.text(max_size=200), st.sets(st.text(max_size=5), max_size=4))
def test_spans_alternate_in_kind_and_are_not_empty(first, second, terms) -> None:
    for spans in highlight(first, second, terms):
        assert all(span.text for span in spans)
        assert all(before.kind != after.kind for before, after in pairwise(spans))


def test_scripts_without_spaces_are_highlighted_too() -> None:
    first, _ = highlight("渡轮今天在港口外搁浅了没有人受伤", "今天在港口外搁浅了没有人", set())
    assert kinds(first)["passage"]
