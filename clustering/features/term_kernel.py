"""Extract terms by a kernel, from texts whose characters fold alike whatever their context."""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.features.spelling import fold_spelling, is_serbian
from clustering.features.tokenize import code_points, is_unspaced, is_word_char
from clustering.features.word_frequency import (
    LOG_BIGRAM_FACTOR,
    LOG_MIN_FREQUENCY,
    LOG_TYPICAL_WORDS,
    LogFrequencies,
)
from clustering.kernels.library import addresses

_UNKNOWN, _UPPER, _SPACE, _SENTENCE_END, _LETTER, _NUMERIC = (1 << bit for bit in range(6))
"""Bits of the kind of a character."""
SENTENCE_END: Final = frozenset('.!?:"“”„«»|')
"""Characters after which a word is capitalised though it is no name."""

_KNOWN_CHARS: Final = 0x3000
"""Characters below are folded by a table, unless their context matters."""
_FOLDED_CHARS: Final = 3
"""Characters that one becomes at most."""
_VIRAMA: Final = "\u094d"
"""It changes how the letters before and after it fold."""
_NOT_KNOWN, _NO_MEMORY, _FREQUENCIES_MISSING = -1, -2, -3


class ExtractedTerms(NamedTuple):
    """The columns of `clustering.features.terms.Terms`."""

    term_ids: NDArray[np.uint32]
    prior: NDArray[np.float32]
    counts: NDArray[np.uint8]
    field_flags: NDArray[np.uint8]
    names: tuple[str, ...]


def extract_terms_by_kernel(
    kernels: Any, title: str, text: str, log_frequencies: LogFrequencies
) -> ExtractedTerms | None:
    """Extract the terms of an article; see `clustering.features.terms.extract_terms`.

    Parameters
    ----------
    kernels : SimpleNamespace
    title, text : str
        Cleaned, and no longer than what is read of them.
    log_frequencies : LogFrequencies
        Of the words of the language.

    Returns
    -------
    ExtractedTerms or None
        None if the texts have a character whose folding depends on its context, or is not known.
    """
    codes = code_points(title + text)
    room = 3 * len(codes) // 2 + 64
    term_ids, prior = np.empty(room, np.uint32), np.empty(room, np.float32)
    counts, field_flags = np.empty(room, np.uint8), np.empty(room, np.uint8)
    n_name_chars = np.zeros(1, np.int64)
    names, missing = np.empty(12 * len(codes) + 13_000, np.uint16), np.empty(room, np.uint64)
    chars = _fold_chars()
    weights = np.array([LOG_TYPICAL_WORDS, LOG_BIGRAM_FACTOR, LOG_MIN_FREQUENCY])
    table = log_frequencies.table
    while True:
        n_terms = kernels.extract_terms(
            *addresses(codes),
            *(len(title), len(text), _KNOWN_CHARS),
            *addresses(chars.kinds, chars.cases, chars.spellings),
            table.size,
            *addresses(table.hashes, table.logs, weights),
            *addresses(term_ids, prior, counts, field_flags, names, n_name_chars, missing),
        )
        if n_terms != _FREQUENCIES_MISSING:
            break
        words = _lines(names[: n_name_chars[0]])
        table.add(missing[: len(words)].tolist(), log_frequencies.look_up_all(words))
    if n_terms == _NO_MEMORY:
        raise MemoryError
    if n_terms == _NOT_KNOWN:
        return None
    found = slice(n_terms)
    columns = (term_ids[found].copy(), prior[found].copy(), counts[found].copy())
    return ExtractedTerms(
        *columns, field_flags[found].copy(), tuple(_lines(names[: n_name_chars[0]]))
    )


def _lines(names: NDArray[np.uint16]) -> list[str]:
    """Return lines that have a line break at the end of each."""
    return names.tobytes().decode("utf-16-le").split("\n")[:-1]


class _CharFolding(NamedTuple):
    """What is known of each character.

    Attributes
    ----------
    kinds : ndarray of uint8, shape (n_chars,)
    cases, spellings : ndarray of uint16, shape (n_chars, 4)
        What it becomes by folding its case, and its spelling; zeros after the last.
    """

    kinds: NDArray[np.uint8]
    cases: NDArray[np.uint16]
    spellings: NDArray[np.uint16]


@cache
def _fold_chars() -> _CharFolding:
    kinds = np.zeros(_KNOWN_CHARS, np.uint8)
    cases, spellings = np.zeros((2, _KNOWN_CHARS, _FOLDED_CHARS + 1), np.uint16)
    for code, char in enumerate(map(chr, range(_KNOWN_CHARS))):
        case, spelling = char.casefold(), fold_spelling(char, transliterate=False)
        if _is_known(case) and _is_known(spelling):
            kinds[code] = _kind_of(char)
            cases[code, : len(case)] = code_points(case)
            spellings[code, : len(spelling)] = code_points(spelling)
        else:
            kinds[code] = _UNKNOWN
    return _CharFolding(kinds, cases, spellings)


def _is_known(folded: str) -> bool:
    return len(folded) <= _FOLDED_CHARS and not (
        is_serbian(folded)
        or any(ord(char) >= _KNOWN_CHARS or is_unspaced(char) for char in folded)
        or _VIRAMA in folded
    )


def _kind_of(char: str) -> int:
    return (
        _UPPER * char.isupper()
        | _SPACE * char.isspace()
        | _SENTENCE_END * (char in SENTENCE_END)
        | _LETTER * is_word_char(char)
        | _NUMERIC * char.isdigit()
    )
