"""MinHash signatures of raw texts, for programs that need nothing else of an article."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import accumulate, zip_longest
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.features.minhash import (
    PERMUTATIONS,
    Hashes32,
    compute_signature,
    permutation_coefficients,
)
from clustering.features.normalize import clean, fold, may_have_date_line, strip_markup
from clustering.features.spelling import is_serbian
from clustering.features.tokenize import (
    SHINGLE_WORDS,
    Hashes64,
    hash_chars,
    hash_shingles,
    hash_words,
    is_unspaced,
    shingle_factors,
)
from clustering.kernels.library import address, addresses, load_kernels

_KNOWN_CHARS: Final = 0x3000
"""Characters below are folded by a table, unless their context matters."""
_SEPARATES, _UNKNOWN = 0, 1
_MAX_LETTERS: Final = 3
_TEXTS_AT_ONCE: Final = 256
"""Texts of one call of the kernel: enough to share its cost."""
_JAMO: Final = range(0x1100, 0x1200)
"""Letters of Hangul, which normalisation joins to syllables."""


def signatures(texts: Iterable[str]) -> Hashes32:
    """Compute the MinHash signature of each text.

    The texts are cleaned and folded as those of articles are. Each signature is bit for bit the one
    that datasketch computes from the same shingle hashes (scheme "affine32", seed 1).

    Parameters
    ----------
    texts : iterable of str
        As they were published, with or without markup.

    Returns
    -------
    ndarray of uint32, shape (n_texts, 128)
        A text without words has the signature of the empty set.

    Examples
    --------
    >>> signatures(["The ferry Alma ran aground.", "the ferry ALMA ran aground"]).shape
    (2, 128)
    """
    rows = list(texts)
    computed = np.empty((len(rows), PERMUTATIONS), dtype=np.uint32)
    kernels = load_kernels()
    for start in range(0, len(rows), _TEXTS_AT_ONCE):
        chunk = slice(start, start + _TEXTS_AT_ONCE)
        is_signed = _sign_by_kernel(kernels, rows[chunk], computed[chunk]) if kernels else []
        for text, signature, done in zip_longest(rows[chunk], computed[chunk], is_signed):
            if not done:
                signature[:] = _sign(text)
    return computed


def _sign(text: str) -> Hashes32:
    return compute_signature(hash_shingles(hash_words(fold(clean(text))).hashes))


def _sign_by_kernel(kernels: Any, texts: Sequence[str], computed: Hashes32) -> list[int]:
    """Sign texts in one pass; return which have no character whose context matters."""
    # The kernel does not know a lone surrogate, and leaves the text out.
    stripped = ["\ud800" if may_have_date_line(text) else text for text in map(strip_markup, texts)]
    codes = "".join(stripped).encode("utf-32-le", "surrogatepass")
    ends = np.fromiter(accumulate(map(len, stripped)), np.int64, len(stripped))
    is_signed = np.zeros(len(stripped), dtype=np.uint8)
    sizes, tables = (address(ends), len(stripped)), _kernel_tables()
    if not kernels.sign_texts(codes, *sizes, *tables, *addresses(computed, is_signed)):
        raise MemoryError
    return is_signed.tolist()


@cache
def _kernel_tables() -> tuple[int, ...]:
    """Return the addresses of the tables that the kernel takes, and the sizes between them."""
    folding = _fold_chars()
    return (
        len(folding.kind_of),
        *addresses(folding.letter_of, folding.kind_of, folding.letters),
        *(address(shingle_factors(SHINGLE_WORDS)), SHINGLE_WORDS),
        *addresses(*permutation_coefficients()),
    )


class _CharFolding(NamedTuple):
    """What cleaning and folding make of each character.

    Attributes
    ----------
    letter_of : ndarray of uint64, shape (n_chars,)
        The hash of the letter, where it is one; else 0.
    kind_of : ndarray of uint16, shape (n_chars,)
        Row of `letters`; 0 for what separates words, 1 where the context matters.
    letters : ndarray of uint64, shape (n_kinds, 4)
        The hashes of the letters of a kind, with zeros after the last.
    """

    letter_of: Hashes64
    kind_of: NDArray[np.uint16]
    letters: Hashes64


@cache
def _fold_chars() -> _CharFolding:
    kinds = {" ": _SEPARATES, None: _UNKNOWN}
    kind_of = np.array(
        [kinds.setdefault(_letters_of(chr(code)), len(kinds)) for code in range(_KNOWN_CHARS)],
        dtype=np.uint16,
    )
    letters = np.zeros((len(kinds), _MAX_LETTERS + 1), dtype=np.uint64)
    for text, kind in kinds.items():
        if kind > _UNKNOWN and text:
            letters[kind, : len(text)] = hash_chars(text)
    letter_of = np.where(letters[:, 1] == 0, letters[:, 0], 0)[kind_of]
    return _CharFolding(letter_of, kind_of, letters)


def _letters_of(char: str) -> str | None:
    """Return what a character becomes inside a word: " " if it ends the word, None if it depends.

    Marks join the letter before them, and a letter of Serbian changes how others are read.
    """
    if unicodedata.category(char)[0] == "M" or ord(char) in _JAMO or is_serbian(char.casefold()):
        return None
    folded = fold(clean(f"a{char}b"))
    letters = folded[1:-1]
    n_words = len(hash_words(folded).hashes)
    if n_words == 1 and len(letters) <= _MAX_LETTERS and not any(map(is_unspaced, letters)):
        return letters or None  # what is left out may stand inside of a line with a date
    return " " if not len(hash_words(letters).hashes) else None
