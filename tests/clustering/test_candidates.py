"""What a live article is compared with."""

from __future__ import annotations

import numpy as np
import pytest
from press import Newsroom, Press, article, cut

from clustering import analyse
from clustering.likeness import NEIGHBOUR


@pytest.fixture
def newsroom() -> Newsroom:
    """Two reports of one fire, the first in a full and a cut print; a story about nothing of it."""
    press, room = Press(5), Newsroom()
    cast = press.cast()
    first, second, other = press.story(18, cast), press.story(18, cast), press.story(18)
    for key, text in enumerate((first, cut(first), second, other), start=1):
        room.take_in(key, analyse(article(key, text, 1e9 + key)))
    return room


def test_reprints_that_were_accepted_come_with_their_scores(newsroom: Newsroom) -> None:
    found = newsroom.index.candidates(2).reprints
    assert [key for key, comparison in found if comparison.linked] == [1]
    assert found[0][1].containment > 0.9


def test_neighbours_come_with_their_events_and_probabilities(newsroom: Newsroom) -> None:
    found = newsroom.index.candidates(1)
    (nearest, *_) = found.neighbours
    assert nearest.article == 3
    assert nearest.event == newsroom.assignments[3].event
    assert nearest.probability >= NEIGHBOUR
    assert found.n_neighbours >= len(found.neighbours)
    assert 2 not in [it.article for it in found.neighbours]  # a copy is no neighbour


def test_the_line_in_force_is_told(newsroom: Newsroom) -> None:
    newsroom.index.draw_line(0.6)
    assert newsroom.index.candidates(1).join == 0.6


def test_a_look_changes_nothing(newsroom: Newsroom) -> None:
    before = newsroom.index.candidates(1)
    for key in (1, 2, 3, 4):
        newsroom.index.candidates(key)
    assert newsroom.index.candidates(1) == before
    assert not any(newsroom.index.judge_again(key)[0].moved for key in (1, 2, 3, 4))


def test_who_has_left_can_not_be_looked_up(newsroom: Newsroom) -> None:
    newsroom.take_out(4)
    with pytest.raises(KeyError):
        newsroom.index.candidates(4)


def test_pairs_are_judged_alike_whichever_comes_first(newsroom: Newsroom) -> None:
    features = [newsroom.features[key] for key in (1, 3, 4)]
    shares = newsroom.index.pairwise(features)
    assert np.array_equal(shares, shares.T)
    assert np.array_equal(np.diag(shares), np.ones(3))
    (nearest, *_) = newsroom.index.candidates(1).neighbours
    assert shares[0, 1] == pytest.approx(nearest.probability, abs=1e-4)
    assert shares[0, 1] > shares[0, 2]
