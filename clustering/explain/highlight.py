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

from clustering.explain.passages import common_runs
from clustering.features.normalize import clean, fold_case
from clustering.features.tokenize import SHINGLE_WORDS, HashedWords, hash_shingles, hash_words

SpanKind = Literal["own", "term", "passage"]

_SPAN_KINDS: Final[tuple[SpanKind, ...]] = ("own", "term", "passage")
_OWN, _TERM, _PASSAGE = range(3)


@dataclass(frozen=True, slots=True)
class Span:
    """Some characters of a text.

    Attributes
    ----------
    kind : {"own", "term", "passage"}
        What only this text has, a telling word of both, or words that both have in this order.
    text : str
    """

    kind: SpanKind
    text: str


def highlight(
    first: str, second: str, terms: Collection[str]
) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
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
    one, other = _HighlightedText(clean(first)), _HighlightedText(clean(second))
    for text in (one, other):
        text.highlight_terms(terms)
    ours, theirs = one.shingles(), other.shingles()
    span = min(SHINGLE_WORDS, one.n_words, other.n_words)
    for here, there, length in common_runs(ours, theirs):
        one.highlight_passage(here, length + span - 1)
        other.highlight_passage(there, length + span - 1)
    return one.spans(), other.spans()


class _HighlightedText:
    """A text being marked, character by character."""

    def __init__(self, text: str) -> None:
        self._folded = fold_case(text)
        # Case folding may lengthen a text.
        self._display_text = text if len(text) == len(self._folded) else self._folded
        self._words: HashedWords = hash_words(self._folded)
        self._kinds: NDArray[np.int8] = np.zeros(len(self._display_text), dtype=np.int8)

    @property
    def n_words(self) -> int:
        return len(self._words.hashes)

    def shingles(self) -> list[int]:
        found: list[int] = hash_shingles(self._words.hashes).tolist()
        return found

    def highlight_terms(self, terms: Collection[str]) -> None:
        places = zip(self._words.starts.tolist(), self._words.ends.tolist(), strict=True)
        for start, end in places:
            if self._folded[start:end] in terms:
                self._kinds[start:end] = _TERM

    def highlight_passage(self, first_word: int, n_words: int) -> None:
        start, end = self._words.starts[first_word], self._words.ends[first_word + n_words - 1]
        self._kinds[start:end] = _PASSAGE

    def spans(self) -> tuple[Span, ...]:
        edges = np.flatnonzero(np.diff(self._kinds)) + 1
        ends = [0, *edges.tolist(), len(self._display_text)] if self._display_text else []
        return tuple(
            Span(_SPAN_KINDS[self._kinds[start]], self._display_text[start:end])
            for start, end in pairwise(ends)
        )
