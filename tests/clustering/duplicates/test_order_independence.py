"""Duplicate groups do not depend on the order of arrival."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clustering.events.thresholds import NEIGHBOUR_THRESHOLD
from tests.support.story_factory import (
    IndexHarness,
    StoryFactory,
    deterministic,
    duplicate_groups_of,
)

Partition = set[frozenset[str]]


def partition(texts: Iterable[str]) -> Partition:
    """Return the groups of texts that arrive in this order."""
    members: dict[int, set[str]] = {}
    for text, group in zip(texts := [*texts], duplicate_groups_of(texts), strict=True):
        members.setdefault(group, set()).add(text)
    return {frozenset(texts_of_group) for texts_of_group in members.values()}


def texts_with_passages(factory: StoryFactory, n_texts: int, n_passages: int) -> list[str]:
    """Return texts that quote one or two of a few passages, a third of their length or more."""
    passages = [factory.text(6) for _ in range(n_passages)]
    return [
        "\n\n".join(
            [
                *factory.random.sample(passages, factory.random.randint(1, 2)),
                factory.text(factory.random.choice([6, 9, 12])),
            ]
        )
        for _ in range(n_texts)
    ]


@settings(deterministic, max_examples=40)
@given(st.integers(0, 59), st.randoms(use_true_random=False))
def test_groups_do_not_depend_on_the_order_of_arrival(seed: int, generator: Random) -> None:
    texts = texts_with_passages(StoryFactory(seed), 5, 3)
    assert partition(texts) == partition(generator.sample(texts, len(texts)))


def passage(factory: StoryFactory, n_words: int) -> str:
    return " ".join(factory.text(18).split()[:n_words])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_fourth_group_with_a_passage_splits_the_others_at_once(seed: int) -> None:
    """It is not a copy of them, but half of what they share is common with it."""
    factory = StoryFactory(seed)
    shared = passage(factory, 80)
    own_texts = [passage(factory, 126) for _ in range(3)]
    harness = IndexHarness()
    first_three = [f"{shared} {text}" for text in own_texts]  # they begin alike, as copies do
    assert len({assignment.group for assignment in harness.add_texts(first_three)}) == 1
    fourth = f"{passage(factory, 150)} {' '.join(shared.split()[:40])}"
    assert len(set(duplicate_groups_of([*first_three, fourth]))) == 4
    assert len(set(duplicate_groups_of([fourth, *first_three]))) == 4


@settings(deterministic, max_examples=40)
@given(st.integers(0, 59))
def test_split_groups_are_neighbours_of_each_other(seed: int) -> None:
    """Several groups get representatives of their own at once, and all must be scored."""
    harness = IndexHarness()
    harness.add_texts(texts_with_passages(StoryFactory(seed), 8, 3))
    events = harness.index._event_index
    for group in {assignment.group for assignment in harness.assignments.values()}:
        neighbours = events.neighbourhood(group).probabilities
        for slot, probability in events.candidate_probabilities(group).items():
            if probability >= NEIGHBOUR_THRESHOLD:
                assert neighbours[int(events._representatives.group_of[slot])] == probability
