"""Groups of reprints follow from what is there, not from the order in which it came."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clustering.events.neighbour_graph import NEIGHBOUR_THRESHOLD
from tests.support.story_factory import (
    IndexHarness,
    StoryFactory,
    deterministic,
    duplicate_groups_of,
)

Parts = set[frozenset[str]]


def parts(texts: Iterable[str]) -> Parts:
    """Who is in one group when texts have come in this order."""
    inside: dict[int, set[str]] = {}
    for text, group in zip(texts := [*texts], duplicate_groups_of(texts), strict=True):
        inside.setdefault(group, set()).add(text)
    return {frozenset(part) for part in inside.values()}


def passages(press: StoryFactory, stories: int, among: int) -> list[str]:
    """Stories that each quote one or two of a few passages, a third of their length or more."""
    quoted = [press.text(6) for _ in range(among)]
    return [
        "\n\n".join(
            [
                *press.random.sample(quoted, press.random.randint(1, 2)),
                press.text(press.random.choice([6, 9, 12])),
            ]
        )
        for _ in range(stories)
    ]


@settings(deterministic, max_examples=40)
@given(st.integers(0, 59), st.randoms(use_true_random=False))
def test_texts_that_share_a_third_are_grouped_alike_in_any_order(seed: int, draw: Random) -> None:
    texts = passages(StoryFactory(seed), 5, 3)
    assert parts(texts) == parts(draw.sample(texts, len(texts)))


def notice(press: StoryFactory, words: int) -> str:
    return " ".join(press.text(18).split()[:words])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_fourth_story_with_a_passage_counts_at_once(seed: int) -> None:
    """It is no copy of theirs, but shows that half of what they share is a common notice."""
    press = StoryFactory(seed)
    shared = notice(press, 80)
    own = [notice(press, 126) for _ in range(3)]
    newsroom = IndexHarness()
    three = [f"{text} {shared}" for text in own]
    assert len({it.group for it in newsroom.add_texts(three)}) == 1
    fourth = f"{notice(press, 150)} {' '.join(shared.split()[:40])}"
    assert len(set(duplicate_groups_of([*three, fourth]))) == 4
    assert len(set(duplicate_groups_of([fourth, *three]))) == 4


@settings(deterministic, max_examples=40)
@given(st.integers(0, 59))
def test_groups_that_part_know_one_another_as_neighbours(seed: int) -> None:
    """Several stand for themselves at once then, and none of them could be looked up before."""
    newsroom = IndexHarness()
    newsroom.add_texts(passages(StoryFactory(seed), 8, 3))
    events = newsroom.index._event_index
    for group in {it.group for it in newsroom.assignments.values()}:
        noted = events.neighbourhood(group).probabilities
        for slot, probability in events.candidate_probabilities(group).items():
            if probability >= NEIGHBOUR_THRESHOLD:
                assert noted[int(events._representatives.group_of[slot])] == probability
