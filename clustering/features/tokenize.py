"""Words and shingles of a text, for any script: as strings, and as hashes.

A word is a run of letters, digits and marks: vowel signs are part of an Indic word. Scripts written
without spaces give overlapping pieces instead: two characters of Chinese and Japanese, three
clusters of Thai, Lao, Khmer and Burmese, where a cluster is a consonant with its vowel signs and
tone marks. A run that is shorter is one word.

For shingles, words are hashed but not extracted as Python strings: one pass of prefix sums over the
code points gives the hashes of all words at once.

The hashing is hand-written because datasketch takes ready-made hashes, and making them in Python
costs most of its time. It is compiled (`clustering.kernels`); the NumPy functions beside it are the
reference, and take its place where it was not compiled.

References
----------
Karp, R. M. and Rabin, M. O. (1987). Efficient randomized pattern-matching algorithms.
Manber, U. (1994). Finding similar files in a large file system.
Theeramunkong, T. et al. (2000). Character cluster based Thai information retrieval.
Unicode Standard Annex 29, Unicode Text Segmentation: grapheme clusters.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.kernels.library import address, addresses, load_kernels

SHINGLE_WORDS: Final = 3
"""Words in a shingle: short enough to survive edits, long enough to be distinctive."""

_WORD, _UNSPACED, _DIGIT, _SYLLABIC, _EXTENDING, _JOINING = (1 << bit for bit in range(6))
"""Bits of the class of a code point; a code point of class 0 separates words. Characters of an
unspaced script may be syllabic, which makes their pieces three clusters long; a cluster goes on
with an extending character, and with any character after a joining one."""
_SYLLABIC_SCRIPTS: Final = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0xA9E0, 0xA9FF),  # Burmese, extension B
    (0xAA60, 0xAA7F),  # Burmese, extension A
)
_IDEOGRAPHIC_SCRIPTS: Final = (
    (0x3005, 0x3007),  # marks of repetition and zero
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3400, 0x4DBF),  # CJK, extension A
    (0x4E00, 0x9FFF),  # CJK
    (0xF900, 0xFAFF),  # CJK compatibility
    (0x20000, 0x323AF),  # CJK, later extensions
)
_JOINING_CHARS: Final = (*range(0x0E40, 0x0E45), *range(0x0EC0, 0x0EC5), 0x1039, 0x17D2)
"""Vowels written before their consonant, and the signs that stack the next consonant."""
_SYLLABIC_CLUSTERS, _IDEOGRAPHIC_CLUSTERS = 3, 2
"""Clusters of a piece."""
_BMP: Final = range(0x10000)
_SUPPLEMENT: Final = range(0x10000, sys.maxunicode + 1)
_MAX_WORD_CHARS: Final = 40
"""Longest word as a string."""
_MODIFIER_APOSTROPHES: Final = slice(0x02B9, 0x02C0)
"""Letters to Unicode, but many write an apostrophe instead, as in Uzbek, Ukrainian and Hawaiian."""
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


def find_words(text: str) -> list[str]:
    """Return the words of a text as strings, in text order, with repeats.

    They are the words that `hash_words` hashes, except that a number keeps its decimals, and that
    a word is cut in pieces of 40 characters, and where letters beyond the Basic Multilingual Plane
    begin or end.

    Parameters
    ----------
    text : str
        Case-folded.

    Returns
    -------
    list of str
    """
    pattern = _word_pattern()
    words: list[str] = pattern.word.findall(text)
    if text.isascii() or not pattern.unspaced.search(text):
        return words
    return [piece for word in words for piece in _split_unspaced(word, pattern)]


def is_word_char(char: str) -> bool:
    """Whether a character is part of a word in a script that is written with spaces."""
    return bool(_char_class_table()[ord(char)] & _WORD)


def is_unspaced(char: str) -> bool:
    """Whether a character belongs to a script written without spaces."""
    return bool(_char_class_table()[ord(char)] & _UNSPACED)


def _split_unspaced(word: str, pattern: _WordPattern) -> list[str]:
    """Return the pieces of a run of an unspaced script; any other word as it is."""
    if not pattern.unspaced.match(word):
        return [word]
    clusters = pattern.cluster.findall(word)
    sizes = [
        _SYLLABIC_CLUSTERS if pattern.syllabic.match(cluster) else _IDEOGRAPHIC_CLUSTERS
        for cluster in clusters
    ]
    return [
        "".join(clusters[start : start + size])
        for start, size in enumerate(sizes)
        if start == 0 or start + size <= len(clusters)
    ]


def hash_words(folded: str) -> HashedWords:
    """Hash every word of a case-folded text.

    The hash of the word at ``[start, end)`` is ``sum(mix(c_i) * B**(i - start))`` modulo 2**64: the
    rolling hash of Karp and Rabin.

    Parameters
    ----------
    folded : str
        As `clustering.features.normalize.fold` returns it.

    Returns
    -------
    HashedWords
    """
    kernels = load_kernels()
    codes = code_points(folded)
    if kernels is None:
        return hash_words_by_numpy(codes)
    n = len(codes)
    hashes = np.empty(n, dtype=np.uint64)
    starts, ends = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    numeric = np.empty(n, dtype=np.bool_)
    classes, columns = _char_class_table(), addresses(hashes, starts, ends, numeric)
    found = slice(kernels.hash_words(address(codes), n, address(classes), *columns))
    return HashedWords(
        hashes[found].copy(), starts[found].copy(), ends[found].copy(), numeric[found].copy()
    )


def code_points(text: str) -> NDArray[np.uint32]:
    """Return the code points of a text; lone surrogates stay."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def hash_words_by_numpy(codes: NDArray[np.uint32]) -> HashedWords:
    """Hash every word of a text in code points: the reference of the kernel.

    The hashes follow from the prefix sums of ``mix(c_i) * B**i``, for all words at once.
    """
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
    size = min(size, len(word_hashes))
    if not size:
        return np.empty(0, dtype=np.uint32)
    kernels = load_kernels()
    if kernels is None:
        return hash_shingles_by_numpy(word_hashes, size)
    shingles = np.empty(len(word_hashes) - size + 1, dtype=np.uint32)
    words, factors = np.ascontiguousarray(word_hashes), shingle_factors(size)
    kernels.hash_shingles(address(words), len(words), address(factors), size, address(shingles))
    return shingles


def hash_shingles_by_numpy(word_hashes: Hashes64, size: int) -> NDArray[np.uint32]:
    """Hash every run of words, at least one: the reference of the kernel."""
    total = np.zeros(len(word_hashes) - size + 1, dtype=np.uint64)
    for offset, factor in enumerate(shingle_factors(size)):
        total += word_hashes[offset : offset + len(total)] * factor
    return (_fmix64(total) >> np.uint64(32)).astype(np.uint32)


@cache
def shingle_factors(size: int) -> Hashes64:
    """Return what the hash of each word of a shingle is multiplied by."""
    return np.array([pow(_BASE, 2 * offset + 3, 1 << 64) for offset in range(size)], np.uint64)


def sort_unique(hashes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the different hashes, sorted: `numpy.unique`, compiled."""
    kernels = load_kernels()
    if kernels is None:
        return np.unique(hashes)
    values, spare = hashes.copy(), np.empty_like(hashes)
    return values[: kernels.sort_unique(address(values), len(values), address(spare))].copy()


def hash_chars(chars: str) -> Hashes64:
    """Return what each character of a word is mixed to, before it is multiplied by a power."""
    return _fmix64(code_points(chars).astype(np.uint64))


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
    kernels = load_kernels()
    if kernels is None:
        return digest_by_numpy(word_hashes)
    words = np.ascontiguousarray(word_hashes)
    return int(kernels.sum_words(address(words), len(words)))


def digest_by_numpy(word_hashes: Hashes64) -> int:
    """Hash a sequence of words: the reference of the kernel."""
    powers, _ = _powers(len(word_hashes))
    return int(_fmix64(np.sum(_fmix64(word_hashes) * powers[: len(word_hashes)], keepdims=True))[0])


def _word_boundaries(
    char_classes: NDArray[np.uint8],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each word starts and ends, in text order."""
    starts, ends = _runs((char_classes & _WORD) > 0)
    if not (char_classes & _UNSPACED).any():
        return starts, ends
    pieces = _unspaced_pieces(char_classes)
    starts, ends = np.append(starts, pieces[0]), np.append(ends, pieces[1])
    order = np.argsort(starts, kind="stable")
    return starts[order], ends[order]


def _runs(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each run of true values starts and ends."""
    edges = np.diff(mask.astype(np.int8), prepend=np.int8(0), append=np.int8(0))
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def _unspaced_pieces(
    char_classes: NDArray[np.uint8],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the pieces of unspaced scripts start and end: a few clusters of one run each."""
    run_starts, run_ends = _runs((char_classes & _UNSPACED) > 0)
    clusters = _cluster_starts(char_classes)
    first_of_run = clusters.searchsorted(run_starts)
    run = first_of_run.searchsorted(np.arange(len(clusters)), side="right") - 1
    end_of_run = np.append(first_of_run[1:], len(clusters))[run]
    is_syllabic = (char_classes[clusters] & _SYLLABIC) > 0
    following = np.arange(len(clusters)) + np.where(
        is_syllabic, _SYLLABIC_CLUSTERS, _IDEOGRAPHIC_CLUSTERS
    )
    is_first = clusters == run_starts[run]
    next_starts = np.append(clusters, len(char_classes))
    ends = np.where(
        following < end_of_run, next_starts[np.minimum(following, len(clusters))], run_ends[run]
    )
    kept = is_first | (following <= end_of_run)
    return clusters[kept], ends[kept]


def _cluster_starts(char_classes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return where the clusters of unspaced scripts start."""
    previous = np.append(np.uint8(0), char_classes[:-1])
    goes_on = ((char_classes & _EXTENDING) > 0) | ((previous & _JOINING) > 0)
    goes_on &= (previous & _UNSPACED) > 0
    return np.flatnonzero(((char_classes & _UNSPACED) > 0) & ~goes_on)


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
            table[code] |= _EXTENDING if category[0] == "M" else 0
    table[_MODIFIER_APOSTROPHES] = 0
    table[_CATEGORY_END : _IDEOGRAPHIC_SCRIPTS[-1][1] + 1] = _WORD
    _mark_unspaced(table, _SYLLABIC_SCRIPTS, _UNSPACED | _SYLLABIC)
    _mark_unspaced(table, _IDEOGRAPHIC_SCRIPTS, _UNSPACED)
    table[list(_JOINING_CHARS)] |= _JOINING
    table[table & _UNSPACED == 0] &= _WORD | _DIGIT
    return table


def _mark_unspaced(
    table: NDArray[np.uint8], scripts: tuple[tuple[int, int], ...], bits: int
) -> None:
    """Make the letters and marks of some scripts unspaced; digits form words of their own."""
    for first, last in scripts:
        script = table[first : last + 1]
        is_unspaced = (script & (_WORD | _DIGIT)) == _WORD
        script[is_unspaced] = (script[is_unspaced] & _EXTENDING) | np.uint8(bits)


class _WordPattern(NamedTuple):
    """Regular expressions of the same classes of characters.

    Attributes
    ----------
    word : re.Pattern
        A word, or a whole run of an unspaced script.
    unspaced, syllabic : re.Pattern
        A character of such a script.
    cluster : re.Pattern
        A cluster of such a run.
    """

    word: re.Pattern[str]
    unspaced: re.Pattern[str]
    syllabic: re.Pattern[str]
    cluster: re.Pattern[str]


@cache
def _word_pattern() -> _WordPattern:
    decimals = r"(?:[.,][0-9]{1,20}){0,4}"
    word = rf"[{_char_set(_WORD, _BMP)}]{{1,{_MAX_WORD_CHARS}}}{decimals}"
    # A set of the Basic Multilingual Plane alone is looked up in a table, which is much faster.
    rare_word = rf"(?![\0-\uffff])[{_char_set(_WORD, _SUPPLEMENT)}]{{1,{_MAX_WORD_CHARS}}}"
    unspaced = _char_set(_UNSPACED, _BMP) + _char_set(_UNSPACED, _SUPPLEMENT)
    goes_on = rf"[{_char_set(_EXTENDING, _BMP)}]|(?<=[{_char_set(_JOINING, _BMP)}])."
    return _WordPattern(
        re.compile(rf"{word}|[{unspaced}]+|{rare_word}"),
        re.compile(
            rf"[{_char_set(_UNSPACED, _BMP)}]|(?![\0-\uffff])[{_char_set(_UNSPACED, _SUPPLEMENT)}]"
        ),
        re.compile(rf"[{_char_set(_SYLLABIC, _BMP)}]"),
        re.compile(rf".(?:{goes_on})*"),
    )


def _char_set(bit: int, plane: range) -> str:
    """Return the code points of a class as the inside of a set of a regular expression."""
    starts, ends = _runs((_char_class_table()[plane.start : plane.stop] & bit) > 0)
    ranges = zip((starts + plane.start).tolist(), (ends + plane.start).tolist(), strict=True)
    return "".join(f"{chr(start)}-{chr(end - 1)}" for start, end in ranges)


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
