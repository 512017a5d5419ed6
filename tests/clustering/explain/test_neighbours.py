"""The candidates of a live article, with their scores."""

from __future__ import annotations

import numpy as np
import pytest

from clustering import extract_features
from clustering.events.thresholds import NEIGHBOUR_THRESHOLD
from tests.support.story_factory import IndexHarness, StoryFactory, make_article, truncate


@pytest.fixture
def harness() -> IndexHarness:
    """Article 1, its shortened copy 2, another report 3 of the event, an unrelated article 4."""
    factory, harness = StoryFactory(5), IndexHarness()
    names = factory.names()
    first, second, unrelated = factory.text(18, names), factory.text(18, names), factory.text(18)
    for key, text in enumerate((first, truncate(first), second, unrelated), start=1):
        harness.add(key, extract_features(make_article(key, text, 1e9 + key)))
    return harness


def test_duplicate_candidates_have_their_comparisons(harness: IndexHarness) -> None:
    candidates = harness.index.score_candidates(2).duplicate_candidates
    assert [key for key, comparison in candidates if comparison.is_linked] == [1]
    assert candidates[0][1].containment > 0.9


def test_event_candidates_have_their_events_and_probabilities(harness: IndexHarness) -> None:
    scored = harness.index.score_candidates(1)
    (nearest, *_) = scored.event_candidates
    assert nearest.article == 3
    assert nearest.event == harness.assignments[3].event
    assert nearest.probability >= NEIGHBOUR_THRESHOLD
    assert scored.n_event_candidates >= len(scored.event_candidates)
    # A copy is no candidate.
    assert 2 not in [candidate.article for candidate in scored.event_candidates]


def test_current_event_threshold_is_returned(harness: IndexHarness) -> None:
    harness.index.set_event_threshold(0.6)
    assert harness.index.score_candidates(1).event_threshold == 0.6


def test_scoring_candidates_changes_nothing(harness: IndexHarness) -> None:
    before = harness.index.score_candidates(1)
    for key in (1, 2, 3, 4):
        harness.index.score_candidates(key)
    assert harness.index.score_candidates(1) == before
    for key in (1, 2, 3, 4):
        with harness.index.begin() as change:
            assert not change.propose_reclustering(key)[0].reassigned


def test_removed_article_has_no_candidates(harness: IndexHarness) -> None:
    harness.remove(4)
    with pytest.raises(KeyError):
        harness.index.score_candidates(4)


def test_pairwise_probabilities_are_symmetric(harness: IndexHarness) -> None:
    features = [harness.features[key] for key in (1, 3, 4)]
    probabilities = harness.index.pairwise_probabilities(features)
    assert np.array_equal(probabilities, probabilities.T)
    assert np.array_equal(np.diag(probabilities), np.ones(3))
    (nearest, *_) = harness.index.score_candidates(1).event_candidates
    assert probabilities[0, 1] == pytest.approx(nearest.probability, abs=1e-4)
    assert probabilities[0, 1] > probabilities[0, 2]
