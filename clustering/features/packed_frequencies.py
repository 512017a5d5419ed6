"""The frequencies of many words, in ten bytes each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import mmh3
import numpy as np
from numpy.typing import NDArray


class PackedFrequencies:
    """Frequencies by the 64-bit hash of a word, sorted; words are not told from equal hashes.

    Among a million words, one that is not listed is taken for a listed one with probability 5e-14.

    Parameters
    ----------
    levels : iterable of (float, sequence of str)
        Each frequency and the words that have it, the highest first. The first of equal words
        counts. At most 65,536 levels.
    """

    def __init__(self, levels: Iterable[tuple[float, Sequence[str]]]) -> None:
        self._frequencies: list[float] = []
        hashes, sizes = [np.empty(0, dtype=np.uint64)], []
        for frequency, words in levels:
            self._frequencies.append(frequency)
            hashes.append(np.array(list(map(_hash, words)), dtype=np.uint64))
            sizes.append(len(words))
        level_of = np.repeat(np.arange(len(sizes), dtype=np.uint16), sizes)
        self._hashes: NDArray[np.uint64]
        self._hashes, first = np.unique(np.concatenate(hashes), return_index=True)
        self._levels = level_of[first]

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return self._hashes.nbytes + self._levels.nbytes

    def get(self, word: str, default: float, /) -> float:
        """Return the frequency of a word, or the default if it is not listed."""
        word_hash = np.uint64(_hash(word))
        position = int(self._hashes.searchsorted(word_hash))
        if position == len(self._hashes) or self._hashes[position] != word_hash:
            return default
        return self._frequencies[int(self._levels[position])]

    def get_all(self, words: Iterable[str], default: float) -> NDArray[np.float64]:
        """Return what `get` returns, of many words at once."""
        hashes = np.array(list(map(_hash, words)), dtype=np.uint64)
        positions = np.minimum(self._hashes.searchsorted(hashes), len(self._hashes) - 1)
        frequencies = np.array(self._frequencies)[self._levels[positions]]
        return np.where(self._hashes[positions] == hashes, frequencies, default)


def _hash(word: str) -> int:
    return mmh3.hash64(word.encode("utf-8", "surrogatepass"), signed=False)[0]
