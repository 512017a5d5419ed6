"""Shared words and replacements of two texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clustering.duplicates.alignment import Alignment, align
from clustering.features.fingerprint import compute_fingerprint
from tests.support.story_factory import deterministic

WORDS = st.lists(st.sampled_from(["the", "ferry", "ran", "7", "12", "on", "at"]), max_size=30)


def align_texts(first: str, second: str) -> Alignment:
    return align(compute_fingerprint(first), compute_fingerprint(second))


def triples(words: list[str]) -> set[tuple[str, ...]]:
    return set(zip(words, words[1:], words[2:], strict=False))


@deterministic
@given(WORDS, WORDS)
def test_shared_words_are_those_of_common_runs_of_three(first: list[str], second: list[str]):
    common = triples(first) & triples(second)
    expected = [False] * len(first)
    for start in range(len(first) - 2):
        if tuple(first[start : start + 3]) in common:
            expected[start : start + 3] = [True] * 3
    aligned = align_texts(" ".join(first), " ".join(second))
    assert aligned.first.is_shared.tolist() == expected


@deterministic
@given(WORDS, WORDS)
def test_replacements_lie_between_equal_words(first: list[str], second: list[str]):
    for found in align_texts(" ".join(first), " ".join(second)).replacements():
        before = max(found.first_start - 3, 0), max(found.second_start - 3, 0)
        assert (
            first[before[0] : found.first_start] == second[before[1] : found.second_start]
            or found.first_start < 3
        )
        assert first[found.first_end : found.first_end + 3] == second[
            found.second_end : found.second_end + 3
        ] or found.first_end + 3 > len(first)


def test_number_in_the_same_place_is_a_replacement():
    first = "the ferry left at 7 with all its crew"
    second = "the ferry left at 12 with all its crew"
    assert align_texts(first, second).replacements() == [(4, 5, 4, 5)]
    assert align_texts(first, first).replacements() == []


def test_stretch_without_names_or_numbers_is_not_looked_up():
    first, second = "the ferry left late with all its crew", "the ferry left soon with all its crew"
    assert align_texts(first, second).replacements() == []
