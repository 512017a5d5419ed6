"""Joining events across languages: what holds whatever the links are."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering.events.cross_language_joining import join_across_languages, link_strengths
from tests.support.story_factory import deterministic


def always(first: list[int], second: list[int]) -> bool:
    return True


def random_case(seed: int) -> tuple[list[list[int]], dict[int, int], dict[int, dict[int, float]]]:
    """Events of one to three groups, each in one of three languages, and links between them."""
    generator = random.Random(seed)
    events, languages, group = [], {}, 0
    for _ in range(generator.randint(1, 8)):
        event = [group := group + 1 for _ in range(generator.randint(1, 3))]
        language = generator.randint(1, 3)
        languages |= dict.fromkeys(event, language)
        events.append(event)
    links: dict[int, dict[int, float]] = {group: {} for group in languages}
    for first, second in combinations(languages, 2):
        if languages[first] != languages[second] and generator.random() < 0.4:
            links[first][second] = links[second][first] = round(generator.random(), 6)
    return events, languages, links


@deterministic
@given(st.integers(0, 10**6))
def test_no_event_is_split_and_none_takes_two_of_one_language(seed: int) -> None:
    events, languages, links = random_case(seed)
    joined = join_across_languages(events, links, languages.__getitem__, always, 0.4)
    assert sorted(group for event in joined for group in event) == sorted(languages)
    for event in events:
        assert any({*event} <= {*whole} for whole in joined)
    for whole in joined:
        parts = [event for event in events if {*event} <= {*whole}]
        assert len({languages[event[0]] for event in parts}) == len(parts)


@deterministic
@given(st.integers(0, 10**6))
def test_numbers_of_groups_do_not_matter(seed: int) -> None:
    events, languages, links = random_case(seed)
    shifted = [[100 - group for group in event] for event in events]
    shifted_links = {
        100 - group: {100 - other: p for other, p in row.items()} for group, row in links.items()
    }
    joined = join_across_languages(events, links, languages.__getitem__, always, 0.4)
    other = join_across_languages(
        shifted, shifted_links, lambda group: languages[100 - group], always, 0.4
    )
    assert joined == [[100 - group for group in event] for event in other]


def test_nearest_of_two_is_joined() -> None:
    links = {1: {2: 0.6, 3: 0.9}, 2: {1: 0.6}, 3: {1: 0.9}}
    language_of = {1: 1, 2: 2, 3: 2}.__getitem__
    assert join_across_languages([[1], [2], [3]], links, language_of, always, 0.4) == [[1, 3], [2]]


def test_three_languages_become_one_event() -> None:
    links = {1: {2: 0.8}, 2: {1: 0.8, 3: 0.7}, 3: {2: 0.7}}
    joined = join_across_languages([[1], [2], [3]], links, lambda group: group, always, 0.4)
    assert joined == [[1, 2, 3]]


def test_decisions_of_editors_are_kept() -> None:
    links = {1: {2: 0.9}, 2: {1: 0.9}}
    joined = join_across_languages([[1], [2]], links, lambda group: group, lambda *_: False, 0.4)
    assert joined == [[1], [2]]


def test_strength_is_the_mean_of_the_best_links_of_the_smaller_event() -> None:
    links = {1: {3: 0.9, 4: 0.3}, 2: {3: 0.5}, 3: {1: 0.9, 2: 0.5}, 4: {1: 0.3}, 5: {}}
    assert link_strengths([[1, 2], [3, 4, 5]], links) == {(0, 1): pytest.approx(0.7)}
