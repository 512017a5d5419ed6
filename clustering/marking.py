"""Two texts side by side: what stands in both is marked, in either.

Passages that both have, in any order, and the single words by which an event is told.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from clustering.explaining import common_runs
from clustering.text import SHINGLE_WORDS, Words, clean, fold, shingles, words

Kind = Literal["own", "term", "passage"]

_KINDS: Final[tuple[Kind, ...]] = ("own", "term", "passage")
_OWN, _TERM, _PASSAGE = range(3)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some characters of a text.

    Attributes
    ----------
    kind : {"own", "term", "passage"}
        What only this text has, a telling word of both, or words that both have in this order.
    text : str
    """

    kind: Kind
    text: str


def mark(
    first: str, second: str, terms: Collection[str]
) -> tuple[tuple[Stretch, ...], tuple[Stretch, ...]]:
    """Mark in two texts what they share.

    Parameters
    ----------
    first, second : str
        As received; they come back clean.
    terms : collection of str
        Telling words of both, folded.

    Returns
    -------
    tuple of tuple of Stretch
        Either text from its beginning to its end.
    """
    one, other = _Text(clean(first)), _Text(clean(second))
    for text in (one, other):
        text.mark_terms(terms)
    ours, theirs = one.shingles(), other.shingles()
    span = min(SHINGLE_WORDS, one.count, other.count)
    for here, there, length in common_runs(ours, theirs):
        one.mark_passage(here, length + span - 1)
        other.mark_passage(there, length + span - 1)
    return one.stretches(), other.stretches()


class _Text:
    """A text being marked, character by character."""

    def __init__(self, text: str) -> None:
        self._folded = fold(text)
        # Case folding may lengthen a text.
        self._shown = text if len(text) == len(self._folded) else self._folded
        self._words: Words = words(self._folded)
        self._kinds: NDArray[np.int8] = np.zeros(len(self._shown), dtype=np.int8)

    @property
    def count(self) -> int:
        return len(self._words.hashes)

    def shingles(self) -> list[int]:
        found: list[int] = shingles(self._words.hashes).tolist()
        return found

    def mark_terms(self, terms: Collection[str]) -> None:
        places = zip(self._words.starts.tolist(), self._words.ends.tolist(), strict=True)
        for start, end in places:
            if self._folded[start:end] in terms:
                self._kinds[start:end] = _TERM

    def mark_passage(self, first: int, n_words: int) -> None:
        start, end = self._words.starts[first], self._words.ends[first + n_words - 1]
        self._kinds[start:end] = _PASSAGE

    def stretches(self) -> tuple[Stretch, ...]:
        edges = np.flatnonzero(np.diff(self._kinds)) + 1
        ends = [0, *edges.tolist(), len(self._shown)] if self._shown else []
        return tuple(
            Stretch(_KINDS[self._kinds[start]], self._shown[start:end])
            for start, end in pairwise(ends)
        )
