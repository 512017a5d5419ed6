"""Words and shingles of a text as hashes, for any script.

A word is a run of letters, digits and marks. In scripts written without spaces (Chinese, Japanese,
Thai, Lao, Khmer, Burmese) every character starts a word of two characters, so that no script gives
an empty text. Words are hashed but not extracted as Python strings: one pass of prefix sums over
the code points gives the hashes of all words at once.

The hashing is hand-written in NumPy because datasketch takes ready-made hashes, and making them in
Python costs most of its time: about 2,200 texts of 500 words a second with datasketch's default
hash, about 7,000 here (one core, from text to signature).

References
----------
Karp, R. M. and Rabin, M. O. (1987). Efficient randomized pattern-matching algorithms.
Manber, U. (1994). Finding similar files in a large file system.
"""

from __future__ import annotations

import sys
import unicodedata
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

SHINGLE_WORDS: Final = 3
"""Words in a shingle: short enough to survive edits, long enough to be distinctive."""

_WORD, _UNSPACED, _DIGIT = 1, 2, 4
"""Bits of the class of a code point; a code point of class 0 separates words."""
UNSPACED_SCRIPTS: Final = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3400, 0x4DBF),  # CJK, extension A
    (0x4E00, 0x9FFF),  # CJK
    (0xF900, 0xFAFF),  # CJK compatibility
)
"""Code points of scripts written without spaces, on the Basic Multilingual Plane."""
_UNSPACED_SUPPLEMENT: Final = (0x20000, 0x323AF)
"""The rare CJK characters beyond that plane. Shingles treat them like the others. `terms` does not:
it reads a run of them as one word, and another reading would change the ids of stored terms."""
_CATEGORY_END: Final = 0x30000
"""Code points from here on are CJK characters by the range above, whatever category this Python's
Unicode version gives them."""
_BASE: Final = 0x9E3779B97F4A7C15 | 1
_BASE_INVERSE: Final = pow(_BASE, -1, 1 << 64)
_MIX_1: Final = np.uint64(0xFF51AFD7ED558CCD)
_MIX_2: Final = np.uint64(0xC4CEB9FE1A85EC53)
_SHIFT: Final = np.uint64(33)

Hashes64 = NDArray[np.uint64]


class HashedWords(NamedTuple):
    """The words of a text as hashes.

    Attributes
    ----------
    hashes : ndarray of uint64, shape (n_words,)
    starts, ends : ndarray of int64, shape (n_words,)
        Code point offsets into the folded text.
    numeric : ndarray of bool, shape (n_words,)
        True for words that begin with a digit.
    """

    hashes: Hashes64
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    numeric: NDArray[np.bool_]


def hash_words(folded: str) -> HashedWords:
    """Hash every word of a case-folded text.

    The hash of the word at ``[start, end)`` is ``sum(mix(c_i) * B**(i - start))`` modulo 2**64. It
    follows from the prefix sums of ``mix(c_i) * B**i``: the rolling hash of Karp and Rabin, for all
    words at once.

    Parameters
    ----------
    folded : str
        As `clustering.features.normalize.fold_case` returns it.

    Returns
    -------
    HashedWords
    """
    codes = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    char_classes = _char_class_table()[codes]
    starts, ends = _word_boundaries(char_classes)
    powers, inverses = _powers(len(codes) + 1)
    sums = np.zeros(len(codes) + 1, dtype=np.uint64)
    np.cumsum(_fmix64(codes.astype(np.uint64)) * powers[: len(codes)], out=sums[1:])
    hashes = (sums[ends] - sums[starts]) * inverses[starts]
    return HashedWords(hashes, starts, ends, (char_classes[starts] & _DIGIT) > 0)


def hash_shingles(word_hashes: Hashes64, size: int = SHINGLE_WORDS) -> NDArray[np.uint32]:
    """Hash every run of `size` words, in text order, with repeats.

    Parameters
    ----------
    word_hashes : ndarray of uint64, shape (n_words,)
    size : int
        Words in a shingle. A text with fewer words is one shingle.

    Returns
    -------
    ndarray of uint32, shape (max(n_words - size + 1, 1),)
        Empty if there are no words.
    """
    count = len(word_hashes)
    size = min(size, count)
    if not size:
        return np.empty(0, dtype=np.uint32)
    total = np.zeros(count - size + 1, dtype=np.uint64)
    for offset in range(size):
        multiplier = np.uint64(pow(_BASE, 2 * offset + 3, 1 << 64))
        total += word_hashes[offset : offset + len(total)] * multiplier
    return (_fmix64(total) >> np.uint64(32)).astype(np.uint32)


def digest(word_hashes: Hashes64) -> int:
    """Hash the whole sequence of words.

    Parameters
    ----------
    word_hashes : ndarray of uint64, shape (n_words,)

    Returns
    -------
    int
        64 bits; equal for equal sequences, 0 for an empty one.
    """
    powers, _ = _powers(len(word_hashes))
    return int(_fmix64(np.sum(_fmix64(word_hashes) * powers[: len(word_hashes)], keepdims=True))[0])


def _word_boundaries(
    char_classes: NDArray[np.uint8],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each word starts and ends, in text order."""
    in_word = (char_classes & _WORD) > 0
    edges = np.diff(in_word.astype(np.int8), prepend=np.int8(0), append=np.int8(0))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    unspaced = np.flatnonzero(char_classes == _UNSPACED)
    if not len(unspaced):
        return starts, ends
    has_successor = np.append(char_classes[1:] == _UNSPACED, False)[unspaced]
    starts, ends = np.append(starts, unspaced), np.append(ends, unspaced + 1 + has_successor)
    order = np.argsort(starts, kind="stable")
    return starts[order], ends[order]


def _fmix64(values: Hashes64) -> Hashes64:
    """Mix the bits of each value: the finalizer of MurmurHash3 (a bijection on 64 bits)."""
    values = (values ^ (values >> _SHIFT)) * _MIX_1
    values = (values ^ (values >> _SHIFT)) * _MIX_2
    return values ^ (values >> _SHIFT)


@cache
def _char_class_table() -> NDArray[np.uint8]:
    """Return the class of every code point: separator, part of a word, or unspaced script."""
    table = np.zeros(sys.maxunicode + 1, dtype=np.uint8)
    for code in range(_CATEGORY_END):
        category = unicodedata.category(chr(code))
        if category[0] in "LNM":
            table[code] = _WORD | (_DIGIT if category == "Nd" else 0)
    for first, last in (*UNSPACED_SCRIPTS, _UNSPACED_SUPPLEMENT):
        script = table[first : last + 1]
        script[script == _WORD] = _UNSPACED
    table[_CATEGORY_END : _UNSPACED_SUPPLEMENT[1] + 1] = _UNSPACED
    return table


# Replaced by longer tables when a longer text comes.
_power_tables: list[tuple[Hashes64, Hashes64]] = []


def _powers(count: int) -> tuple[Hashes64, Hashes64]:
    """Return the powers of the base and of its inverse, at least `count` of each."""
    if not _power_tables or len(_power_tables[-1][0]) < count:
        size = max(1 << 16, 1 << count.bit_length())
        _power_tables[:] = [(_geometric(_BASE, size), _geometric(_BASE_INVERSE, size))]
    return _power_tables[-1]


def _geometric(base: int, count: int) -> Hashes64:
    factors = np.full(count, base, dtype=np.uint64)
    factors[0] = 1
    return np.multiply.accumulate(factors)
