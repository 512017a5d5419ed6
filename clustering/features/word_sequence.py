"""The words of a text in their order, two bytes each, to compare two texts word by word.

A word is kept as the hash of its first letters, so that inflected forms of one word are mostly
equal ("sepulta" and "sepultó"), with two marks: whether it is a number, and whether it is a
*name*, a word that says which case of its kind the text is about. In a script with capitals names
are the capitalised words; where capitals say nothing, because the script has none or because the
language capitalises every noun, they are the rare words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.features.normalize import fold
from clustering.features.terms import BIGRAM, BODY, LEAD, NAME, NUMBER, TITLE, Terms
from clustering.features.tokenize import HashedWords, code_points, hash_words
from clustering.kernels.library import address, addresses, load_kernels

NUMBER_MARK: Final = 1
NAME_MARK: Final = 2
"""Bits of a word in a sequence, below its hash."""
MARK_BITS: Final = 2
WORD_BITS: Final = 14
"""Bits of the hash of a word: few enough that three words fit one integer, and that the sequences
of all articles take little room; two given words are taken for one another once in 16,000."""
STEM_LETTERS: Final = 6
"""Letters by which a word is told from others; inflections mostly come after them."""
MAX_TITLE_WORD_SHARE: Final = 0.2
"""Share of articles that contain a word, up to which a word of the title says what it is about."""
FIRST_WORDS: Final = 12
"""Words at the beginning of a text that stand for a title."""
MAX_CAPITALIZED_SHARE: Final = 0.3
"""Share of capitalised words from which capitals do not tell names, as in German."""
MAX_NAME_SHARE: Final = 0.002
"""Share of articles that contain a word, up to which it is a name if most nouns are capitalised."""
MAX_LOWER_CASE_NAME_SHARE: Final = 0.0005
"""The same in a text without capitals within its sentences: hardly any but unknown words."""
MAX_UNCASED_NAME_SHARE: Final = 0.03
"""The same in a script without capitals. Capital cities are in more articles, but there are few."""
MAX_HEADLINE_NAME_SHARE: Final = 5e-5
"""The same in a headline that stands alone: few but names are that rare."""
MAX_CAPITALIZED_HEADLINE_SHARE: Final = 0.6
"""Share of capitalised words, the first left out, from which a headline capitalises any word."""
MIN_HEADLINE_WORDS: Final = 4
"""Words of a headline before a separator, from which the name of a site may follow."""

_WORD: Final = re.compile(r"\b[^\W\d_]+\b")
_SEPARATOR: Final = re.compile(r"\s(?:[-–—|·•]|::)\s")
Words16 = NDArray[np.uint16]

_MARK_SHIFT: Final = np.uint16(MARK_BITS)
_NO_WORDS: Final = np.empty(0, dtype=np.uint16)
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(64 - WORD_BITS)


class WordSequence(NamedTuple):
    """The words of a text and those of its title.

    Attributes
    ----------
    words : ndarray of uint16, shape (n_words,)
        In text order: the hash in the upper 14 bits, below it `NAME_MARK` and `NUMBER_MARK`.
    title_words : ndarray of uint16, shape (n_title_words,)
        Hashes of the distinct words of the title, without those that occur everywhere; sorted. An
        article without a title has the beginning of its text for one.
    term_words : ndarray of uint16, shape (n_terms,)
        Hash of each term, of the first word of a bigram, in the order of the terms.
    headline_names : ndarray of uint16, shape (n_headline_names,)
        In the headline of an article without a text: the words that are capitalised though not the
        first, and those that are very rare, with `NAME_MARK`; sorted. Empty if capitals tell
        nothing, as in a headline that capitalises most words or in a script without them.
    """

    words: Words16
    title_words: Words16
    term_words: Words16
    headline_names: Words16 = _NO_WORDS


def encode_words(
    folded: str, words: HashedWords, title: str = "", terms: Terms | None = None
) -> WordSequence:
    """Encode the words of a text.

    Parameters
    ----------
    folded : str
        The text as `clustering.features.normalize.fold` returns it.
    words : HashedWords
        Its words.
    title : str
        The title of its article, cleaned.
    terms : Terms or None
        The terms of its article; without them no word is marked as a name or counts as one of the
        title.

    Returns
    -------
    WordSequence
    """
    stems = hash_stems(folded, words)
    marks = words.numeric * np.uint16(NUMBER_MARK)
    if terms is None:
        return WordSequence(stems << _MARK_SHIFT | marks, _NO_WORDS, _NO_WORDS)
    term_words, headline = _hash_terms_and_headline(terms.names, title)
    text_names = term_words[_are_names(terms)]
    marks |= _contains(text_names, stems) * np.uint16(NAME_MARK)
    first_words = headline if title else stems[:FIRST_WORDS]
    distinctive = term_words[_are_distinctive(terms, TITLE if title else LEAD)]
    title_words = np.unique(first_words[_contains(distinctive, first_words)])
    stands_alone = not (terms.field_flags & (LEAD | BODY)).any()
    names = _find_headline_names(terms, term_words, title, headline) if stands_alone else _NO_WORDS
    return WordSequence(stems << _MARK_SHIFT | marks, title_words, term_words, names)


def _without_site_name(title: str) -> str:
    """Cut what many pages append to the headline: "Ferry runs aground off Skarn - Tarvo Post"."""
    for separator in _SEPARATOR.finditer(title):
        if len(title[: separator.start()].split()) >= MIN_HEADLINE_WORDS:
            return title[: separator.start()]
    return title


def _are_names(terms: Terms) -> NDArray[np.bool_]:
    """Mask the names: the capitalised words, or the rare ones where capitals tell nothing."""
    is_word = terms.field_flags & (BIGRAM | NUMBER) == 0
    is_capitalized: NDArray[np.bool_] = is_word & (terms.field_flags & NAME > 0)
    n_capitalized, n_words = np.count_nonzero(is_capitalized), np.count_nonzero(is_word)
    if 0 < n_capitalized <= MAX_CAPITALIZED_SHARE * n_words:
        return is_capitalized
    if n_capitalized:
        return is_capitalized & (terms.prior <= MAX_NAME_SHARE)
    has_capitals = any(name.upper() != name for name in terms.names)
    max_share = MAX_LOWER_CASE_NAME_SHARE if has_capitals else MAX_UNCASED_NAME_SHARE
    is_rare: NDArray[np.bool_] = is_word & (terms.prior <= max_share)
    return is_rare


def _find_headline_names(
    terms: Terms, term_words: Words16, title: str, headline: Words16
) -> Words16:
    """The words of a headline that stands alone which are capitalised or very rare."""
    words = _WORD.findall(_without_site_name(title))
    capitalized = [word for word in words[1:] if word[0].isupper()]
    if not capitalized or len(capitalized) > MAX_CAPITALIZED_HEADLINE_SHARE * len(words):
        return _NO_WORDS
    folded = fold(" ".join(capitalized))
    is_word = terms.field_flags & (BIGRAM | NUMBER) == 0
    very_rare = term_words[is_word & (terms.prior <= MAX_HEADLINE_NAME_SHARE)]
    rare = headline[_contains(very_rare, headline)]
    names = np.union1d(rare, hash_stems(folded, hash_words(folded)))
    return names << _MARK_SHIFT | _contains(rare, names) * np.uint16(NAME_MARK)


def _are_distinctive(terms: Terms, field: int) -> NDArray[np.bool_]:
    """Mask the words of a field that do not occur everywhere."""
    in_field = (terms.field_flags & BIGRAM == 0) & (terms.field_flags & field > 0)
    distinctive: NDArray[np.bool_] = in_field & (terms.prior <= MAX_TITLE_WORD_SHARE)
    return distinctive


def _contains(hashes: Words16, words: Words16) -> NDArray[np.bool_]:
    """Mask the words whose hash is among some hashes; faster than `numpy.isin`, which sorts."""
    is_member = np.zeros(1 << WORD_BITS, dtype=np.bool_)
    is_member[hashes] = True
    return is_member[words]


def _hash_terms_and_headline(names: Sequence[str], title: str) -> tuple[Words16, Words16]:
    """Hash the first word of each term, which has at least one, and the words of the headline."""
    text = "\n".join([*names, fold(_without_site_name(title))])
    words = hash_words(text)
    hashed = hash_stems(text, words)
    ends = np.array([len(name) + 1 for name in names], dtype=np.int64).cumsum()
    first = words.starts.searchsorted(np.append(0, ends))
    headline = hashed[first[-1] :]
    return np.append(hashed, np.uint16(0))[first[:-1]], headline


def hash_stems(folded: str, words: HashedWords) -> Words16:
    """Hash the first letters of each word, and the whole of each number.

    Parameters
    ----------
    folded : str
    words : HashedWords
        Its words.

    Returns
    -------
    ndarray of uint16, shape (n_words,)
    """
    kernels = load_kernels()
    if kernels is None:
        return hash_stems_by_numpy(folded, words)
    codes, stems = code_points(folded), np.empty(len(words.hashes), dtype=np.uint16)
    columns = addresses(codes, words.hashes, words.starts, words.ends, words.numeric)
    kernels.hash_stems(*columns, len(stems), STEM_LETTERS, 64 - WORD_BITS, address(stems))
    return stems


def hash_stems_by_numpy(folded: str, words: HashedWords) -> Words16:
    """Hash the first letters of each word: the reference of the kernel."""
    codes = code_points(folded)
    lengths = np.minimum(words.ends - words.starts, STEM_LETTERS)
    total = np.zeros(len(lengths), dtype=np.uint64)
    for offset in range(STEM_LETTERS):
        inside = lengths > offset
        letters = codes[np.where(inside, words.starts + offset, 0)] if len(codes) else codes
        total = np.where(inside, (total + letters + np.uint64(1)) * _MULTIPLIER, total)
        total ^= total >> np.uint64(29)
    total = np.where(words.numeric, words.hashes, total) * _MULTIPLIER
    return (total >> _SHIFT).astype(np.uint16)
