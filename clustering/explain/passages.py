"""Shared passages of two texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from clustering.explain.report import Passage
from clustering.features.normalize import fold_case
from clustering.features.tokenize import SHINGLE_WORDS, hash_shingles, hash_words

MAX_POSITIONS_PER_SHINGLE: Final = 8
"""Of a shingle that stands in a text many times, so many places are tried for a passage."""


def find_passages(first: str, second: str, group_frequency: Mapping[int, int]) -> list[Passage]:
    """Runs of words that both have, in any order, the longest first."""
    folded = fold_case(first)
    shown = first if len(first) == len(folded) else folded  # case folding may lengthen a text
    found = hash_words(folded)
    ours = hash_shingles(found.hashes).tolist()
    theirs = hash_shingles(hash_words(fold_case(second)).hashes).tolist()
    span = min(SHINGLE_WORDS, len(found.hashes))
    passages = []
    for at, there, length in common_runs(ours, theirs):
        n_words = length + span - 1
        text = shown[found.starts[at] : found.ends[at + n_words - 1]]
        counts = [group_frequency[key] for key in ours[at : at + length] if key in group_frequency]
        carried = (min(counts), max(counts)) if counts else None
        passages.append(Passage(" ".join(text.split()), n_words, at + 1, there + 1, carried))
    return sorted(passages, key=lambda passage: -passage.n_words)


def common_runs(first: Sequence[int], second: Sequence[int]) -> list[tuple[int, int, int]]:
    """The longest common runs, read along `first`: where each begins in either, and its length."""
    places: dict[int, list[int]] = {}
    for place, value in enumerate(second):
        known = places.setdefault(value, [])
        if len(known) < MAX_POSITIONS_PER_SHINGLE:
            known.append(place)
    runs, at = [], 0
    while at < len(first):
        tried = [
            (_common_run_length(first, at, second, there), -there)
            for there in places.get(first[at], ())
        ]
        length, there = max(tried, default=(0, 0))
        if length:
            runs.append((at, -there, length))
        at += length or 1
    return runs


def _common_run_length(
    first: Sequence[int], first_start: int, second: Sequence[int], second_start: int
) -> int:
    length, most = 1, min(len(first) - first_start, len(second) - second_start)
    while length < most and first[first_start + length] == second[second_start + length]:
        length += 1
    return length
