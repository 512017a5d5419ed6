"""Shared passages of two texts.

`difflib.SequenceMatcher` finds common blocks in the same order only; here a passage may have moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from clustering.explain.explanation import Passage
from clustering.features.normalize import fold, fold_aligned
from clustering.features.tokenize import SHINGLE_WORDS, hash_shingles, hash_words

MAX_POSITIONS_PER_SHINGLE: Final = 8
"""Occurrences of a shingle that are tried as the start of a passage; bounds the time for texts that
repeat themselves."""


def find_passages(first: str, second: str, group_frequency: Mapping[int, int]) -> list[Passage]:
    """Find runs of words that both texts contain, in any order, the longest first.

    Parameters
    ----------
    first, second : str
        As `clustering.features.normalize.clean` returns them.
    group_frequency : mapping of int to int
        Group frequencies of sampled shingles, by hash.

    Returns
    -------
    list of Passage
    """
    folded, offsets = fold_aligned(first)
    words = hash_words(folded)
    first_shingles = hash_shingles(words.hashes).tolist()
    second_shingles = hash_shingles(hash_words(fold(second)).hashes).tolist()
    shingle_words = min(SHINGLE_WORDS, len(words.hashes))
    passages = []
    for first_start, second_start, length in common_runs(first_shingles, second_shingles):
        n_words = length + shingle_words - 1
        start, end = words.starts[first_start], words.ends[first_start + n_words - 1]
        text = first[offsets[start] : offsets[end]]
        shingles = first_shingles[first_start : first_start + length]
        counts = [group_frequency[shingle] for shingle in shingles if shingle in group_frequency]
        lowest_and_highest = (min(counts), max(counts)) if counts else None
        passages.append(
            Passage(
                " ".join(text.split()),
                n_words,
                first_start + 1,
                second_start + 1,
                lowest_and_highest,
            )
        )
    return sorted(passages, key=lambda passage: -passage.n_words)


def common_runs(first: Sequence[int], second: Sequence[int]) -> list[tuple[int, int, int]]:
    """Find the longest common runs of two sequences, reading along `first`.

    Parameters
    ----------
    first, second : sequence of int
        Shingle hashes in text order.

    Returns
    -------
    list of (int, int, int)
        Start in `first`, start in `second`, and length of each run.
    """
    positions_of: dict[int, list[int]] = {}
    for position, value in enumerate(second):
        positions = positions_of.setdefault(value, [])
        if len(positions) < MAX_POSITIONS_PER_SHINGLE:
            positions.append(position)
    runs, start = [], 0
    while start < len(first):
        candidates = [
            (_common_run_length(first, start, second, position), -position)
            for position in positions_of.get(first[start], ())
        ]
        length, negated_position = max(candidates, default=(0, 0))
        if length:
            runs.append((start, -negated_position, length))
        start += length or 1
    return runs


def _common_run_length(
    first: Sequence[int], first_start: int, second: Sequence[int], second_start: int
) -> int:
    length, limit = 1, min(len(first) - first_start, len(second) - second_start)
    while length < limit and first[first_start + length] == second[second_start + length]:
        length += 1
    return length
