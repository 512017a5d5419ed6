"""Highlight what two texts share: common passages in any order, and distinctive single words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from clustering.explain.passages import common_runs
from clustering.features.normalize import clean, fold, fold_aligned
from clustering.features.tokenize import SHINGLE_WORDS, HashedWords, hash_shingles, hash_words

SpanKind = Literal["own", "term", "passage"]

_SPAN_KINDS: Final[tuple[SpanKind, ...]] = ("own", "term", "passage")
_OWN, _TERM, _PASSAGE = range(3)


@dataclass(frozen=True, slots=True)
class Span:
    """A run of characters of a text that is highlighted in one way.

    Attributes
    ----------
    kind : {"own", "term", "passage"}
        Only in this text, a distinctive word of both, or a passage that both contain.
    text : str
    """

    kind: SpanKind
    text: str


def highlight(
    first: str, second: str, terms: Collection[str]
) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Highlight in two texts what they share.

    Parameters
    ----------
    first, second : str
        As received; the spans hold the cleaned texts.
    terms : collection of str
        Distinctive words of both.

    Returns
    -------
    tuple of two tuples of Span
        Each text from its beginning to its end.
    """
    texts = first_text, second_text = (
        _HighlightedText(clean(first)),
        _HighlightedText(clean(second)),
    )
    for text in texts:
        text.highlight_terms(terms)
    shingle_words = min(SHINGLE_WORDS, first_text.n_words, second_text.n_words)
    runs = common_runs(first_text.shingles(), second_text.shingles())
    for first_start, second_start, length in runs:
        first_text.highlight_passage(first_start, length + shingle_words - 1)
        second_text.highlight_passage(second_start, length + shingle_words - 1)
    return first_text.spans(), second_text.spans()


class _HighlightedText:
    """A text with one kind of highlighting per character."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._folded, self._offsets = fold_aligned(text)
        self._words: HashedWords = hash_words(self._folded)
        self._kinds: NDArray[np.int8] = np.zeros(len(text), dtype=np.int8)

    @property
    def n_words(self) -> int:
        """Number of words."""
        return len(self._words.hashes)

    def shingles(self) -> list[int]:
        """Return the shingle hashes in text order."""
        hashes: list[int] = hash_shingles(self._words.hashes).tolist()
        return hashes

    def highlight_terms(self, terms: Collection[str]) -> None:
        """Highlight every occurrence of some words."""
        folded_terms = {*map(fold, terms)}
        words = zip(self._words.starts.tolist(), self._words.ends.tolist(), strict=True)
        for start, end in words:
            if self._folded[start:end] in folded_terms:
                self._mark(start, end, _TERM)

    def highlight_passage(self, first_word: int, n_words: int) -> None:
        """Highlight a run of words."""
        start, end = self._words.starts[first_word], self._words.ends[first_word + n_words - 1]
        self._mark(start, end, _PASSAGE)

    def _mark(self, start: int, end: int, kind: int) -> None:
        """Highlight a run of folded characters."""
        self._kinds[self._offsets[start] : self._offsets[end]] = kind

    def spans(self) -> tuple[Span, ...]:
        """Return the text as runs of one kind each."""
        edges = np.flatnonzero(np.diff(self._kinds)) + 1
        ends = [0, *edges.tolist(), len(self._text)] if self._text else []
        return tuple(
            Span(_SPAN_KINDS[self._kinds[start]], self._text[start:end])
            for start, end in pairwise(ends)
        )
