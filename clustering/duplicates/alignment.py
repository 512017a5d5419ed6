"""What two texts share, word by word, and what stands in its place where they differ.

Fingerprints keep the words of a text in order. Three words that both texts contain in a row are
*shared*; a short stretch between shared words of which each text has its own version is a
*replacement*.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.features.fingerprint import Fingerprint
from clustering.features.word_sequence import (
    MARK_BITS,
    NAME_MARK,
    NUMBER_MARK,
    WORD_BITS,
    Words16,
)
from clustering.kernels.library import address, load_kernels

MAX_REPLACED_WORDS: Final = 16
"""Words of a replacement; a longer stretch is a passage that one of the texts has for itself."""
MAX_OCCURRENCES: Final = 8
"""Occurrences of three words that are tried; bounds the time for texts that repeat themselves."""

_RUN: Final = 3
_MARKS: Final = np.uint16(NAME_MARK | NUMBER_MARK)
_MARK_SHIFT: Final = np.uint16(MARK_BITS)
BoolArray = NDArray[np.bool_]
Positions = NDArray[np.int64]


class Replacement(NamedTuple):
    """A stretch between shared words, as half-open ranges of words in each text."""

    first_start: int
    first_end: int
    second_start: int
    second_end: int


@dataclass(frozen=True)
class AlignedText:
    """One of two texts, with what it shares with the other.

    Attributes
    ----------
    words : ndarray of uint16, shape (n_words,)
        Hashes without marks.
    marks : ndarray of uint16, shape (n_words,)
        `NAME_MARK` of names and `NUMBER_MARK` of numbers, 0 for other words.
    is_shared : ndarray of bool, shape (n_words,)
        True for words in a run of three that the other text contains.
    triples : ndarray of int64, shape (n_words - 2,)
        Every run of three words, as one number.
    """

    words: Words16
    marks: Words16
    is_shared: BoolArray
    triples: Positions

    @cached_property
    def gaps(self) -> list[tuple[int, int]]:
        """The stretches that are not shared, as half-open ranges."""
        edges = np.diff(self.is_shared.astype(np.int8), prepend=np.int8(1), append=np.int8(1))
        starts, ends = (edges == -1).nonzero()[0], (edges == 1).nonzero()[0]
        return list(zip(starts.tolist(), ends.tolist(), strict=True))

    def restrict(self, triples: Positions) -> AlignedText:
        """Return the same text with no more shared than some runs of three words."""
        is_shared = _cover(np.isin(self.triples, triples), len(self.words))
        return replace(self, is_shared=is_shared)

    @cached_property
    def _order(self) -> tuple[Positions, Positions]:
        order = np.argsort(self.triples, kind="stable")
        return order, self.triples[order]

    def positions_of(self, triple: int) -> list[int]:
        """The first word of each occurrence of three words."""
        order, ordered = self._order
        first, last = np.searchsorted(ordered, [triple, triple + 1]).tolist()
        positions: list[int] = order[first : min(last, first + MAX_OCCURRENCES)].tolist()
        return positions

    def positions_after(self, triple: int) -> list[int]:
        """The word after each occurrence of three words."""
        return [position + _RUN for position in self.positions_of(triple)]

    def triple_before(self, position: int) -> int | None:
        """The run of words that ends at a position; None at the beginning."""
        return int(self.triples[position - _RUN]) if position >= _RUN else None

    def triple_from(self, position: int) -> int | None:
        """The run of words that starts at a position; None at the end."""
        return int(self.triples[position]) if position < len(self.triples) else None


@dataclass(frozen=True)
class Alignment:
    """Two texts with what they share.

    Attributes
    ----------
    first, second : AlignedText
    """

    first: AlignedText
    second: AlignedText

    def restrict(self, triples: Positions) -> Alignment:
        """Return the same texts with no more shared than some runs of three words."""
        return Alignment(self.first.restrict(triples), self.second.restrict(triples))

    def swapped(self) -> Alignment:
        """Return the same with the second text as the first."""
        return Alignment(self.second, self.first)

    def replacements(self) -> list[Replacement]:
        """Find the stretches that stand for each other: the same words come before and after.

        Only stretches with a name or number in the first text are looked up.
        """
        gaps = [
            (start, end)
            for start, end in self.first.gaps
            if end - start <= MAX_REPLACED_WORDS and self.first.marks[start:end].any()
        ]
        if not gaps:
            return []
        found = (self._find_replacement(start, end) for start, end in gaps)
        return [replacement for replacement in found if replacement is not None]

    def _find_replacement(self, start: int, end: int) -> Replacement | None:
        """What stands in the second text for a stretch of the first; the shortest if several do."""
        before, after = self.first.triple_before(start), self.first.triple_from(end)
        lows = [0] if before is None else self.second.positions_after(before)
        highs = [len(self.second.words)] if after is None else self.second.positions_of(after)
        stretches = [
            (high - low, low, high)
            for low, high in product(lows, highs)
            if 0 < high - low <= MAX_REPLACED_WORDS
        ]
        if not stretches:
            return None
        _, low, high = min(stretches)
        return Replacement(start, end, low, high)


def align(first: Fingerprint, second: Fingerprint) -> Alignment:
    """Align two texts."""
    first_words, second_words = first.words >> _MARK_SHIFT, second.words >> _MARK_SHIFT
    first_triples, second_triples = triples_of(first.words), triples_of(second.words)
    first_shared = np.isin(first_triples, second_triples)
    second_shared = np.isin(second_triples, first_triples)
    return Alignment(
        AlignedText(
            first_words, first.words & _MARKS, _cover(first_shared, len(first_words)), first_triples
        ),
        AlignedText(
            second_words,
            second.words & _MARKS,
            _cover(second_shared, len(second_words)),
            second_triples,
        ),
    )


def triples_of(words: Words16) -> Positions:
    """Return every run of three words as one number.

    Parameters
    ----------
    words : ndarray of uint16, shape (n_words,)
        As in `Fingerprint.words`, with marks.

    Returns
    -------
    ndarray of int64, shape (max(n_words - 2, 0),)
    """
    wide = (words >> _MARK_SHIFT).astype(np.int64)
    return wide[:-2] << 2 * WORD_BITS | wide[1:-1] << WORD_BITS | wide[2:]


def share_triple(words: Words16, few_words: Words16) -> bool:
    """Return whether two sequences have a run of three words in common.

    Parameters
    ----------
    words, few_words : ndarray of uint16, shape (n_words,)
        As in `Fingerprint.words`, with marks. The second is short: it is looked for word by word.

    Returns
    -------
    bool
    """
    kernels = load_kernels()
    if kernels is None:
        return share_triple_by_numpy(words, few_words)
    sequences = (address(words), len(words), address(few_words), len(few_words))
    return bool(kernels.share_triple(*sequences, MARK_BITS))


def share_triple_by_numpy(words: Words16, few_words: Words16) -> bool:
    """Return what `share_triple` returns: the reference of the kernel."""
    return bool(np.isin(triples_of(few_words), triples_of(words)).any())


def _cover(is_shared_triple: BoolArray, n_words: int) -> BoolArray:
    """Mask the words of all shared runs."""
    covered = np.zeros(n_words, dtype=np.bool_)
    for offset in range(_RUN):
        covered[offset : offset + len(is_shared_triple)] |= is_shared_triple
    return covered
