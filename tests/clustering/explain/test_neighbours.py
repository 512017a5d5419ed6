"""What a live article is compared with."""

from __future__ import annotations

import numpy as np
import pytest

from clustering import extract_features
from clustering.events.neighbour_graph import NEIGHBOUR_THRESHOLD
from tests.support.story_factory import IndexHarness, StoryFactory, make_article, truncate


@pytest.fixture
def newsroom() -> IndexHarness:
    """Two reports of one fire, the first in a full and a cut print; a story about nothing of it."""
    press, room = StoryFactory(5), IndexHarness()
    cast = press.names()
    first, second, other = press.text(18, cast), press.text(18, cast), press.text(18)
    for key, text in enumerate((first, truncate(first), second, other), start=1):
        room.add(key, extract_features(make_article(key, text, 1e9 + key)))
    return room


def test_reprints_that_were_accepted_come_with_their_scores(newsroom: IndexHarness) -> None:
    found = newsroom.index.score_candidates(2).duplicate_candidates
    assert [key for key, comparison in found if comparison.is_linked] == [1]
    assert found[0][1].containment > 0.9


def test_neighbours_come_with_their_events_and_probabilities(newsroom: IndexHarness) -> None:
    found = newsroom.index.score_candidates(1)
    (nearest, *_) = found.event_candidates
    assert nearest.article == 3
    assert nearest.event == newsroom.assignments[3].event
    assert nearest.probability >= NEIGHBOUR_THRESHOLD
    assert found.n_event_candidates >= len(found.event_candidates)
    assert 2 not in [it.article for it in found.event_candidates]  # a copy is no neighbour


def test_the_line_in_force_is_told(newsroom: IndexHarness) -> None:
    newsroom.index.set_event_threshold(0.6)
    assert newsroom.index.score_candidates(1).event_threshold == 0.6


def test_a_look_changes_nothing(newsroom: IndexHarness) -> None:
    before = newsroom.index.score_candidates(1)
    for key in (1, 2, 3, 4):
        newsroom.index.score_candidates(key)
    assert newsroom.index.score_candidates(1) == before
    for key in (1, 2, 3, 4):
        with newsroom.index.begin() as change:
            assert not change.propose_reclustering(key)[0].reassigned


def test_who_has_left_can_not_be_looked_up(newsroom: IndexHarness) -> None:
    newsroom.remove(4)
    with pytest.raises(KeyError):
        newsroom.index.score_candidates(4)


def test_pairs_are_judged_alike_whichever_comes_first(newsroom: IndexHarness) -> None:
    features = [newsroom.features[key] for key in (1, 3, 4)]
    shares = newsroom.index.pairwise_probabilities(features)
    assert np.array_equal(shares, shares.T)
    assert np.array_equal(np.diag(shares), np.ones(3))
    (nearest, *_) = newsroom.index.score_candidates(1).event_candidates
    assert shares[0, 1] == pytest.approx(nearest.probability, abs=1e-4)
    assert shares[0, 1] > shares[0, 2]
