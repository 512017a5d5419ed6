"""Terms of an article: its words and bigrams, the fields they occur in, and how rare they are.

Events are recognised by terms that are rare elsewhere. `clustering.features.word_frequency` gives
the frequency of a word before any article was seen, so that the first two articles of an empty
store compare well. `clustering.similarity.idf` blends in what the stream then shows.

Terms are told apart by their folded spelling, and shown as the article first spells them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress, pairwise
from math import log
from typing import Final, TypeVar

import mmh3
import numpy as np
from numpy.typing import NDArray

from clustering.features.language import UNDETERMINED
from clustering.features.spelling import (
    SERBIAN_LANGUAGES,
    changes_in_folding,
    fold_spelling,
    is_plain,
    is_serbian,
)
from clustering.features.term_kernel import SENTENCE_END, extract_terms_by_kernel
from clustering.features.tokenize import find_words
from clustering.features.word_frequency import (
    LOG_TYPICAL_WORDS,
    LogFrequencies,
    load_log_frequencies,
)
from clustering.kernels.library import load_kernels

TITLE, LEAD, BODY, NAME, NUMBER, BIGRAM = (1 << bit for bit in range(6))
"""Bits of `Terms.field_flags`: the fields that a term occurs in, and what kind of term it is."""

LEAD_WORDS: Final = 60
"""Words at the beginning of the text that make up the lead."""
MAX_BODY_CHARS: Final = 9000
"""Characters of the text that are read; what comes later does not help to recognise an event."""
MAX_TITLE_CHARS: Final = 500
"""Characters of the title that are read."""
MAX_BODY_TERMS: Final = 72
"""Words kept besides those of title and lead; bounds memory and the time of a comparison."""
MAX_BIGRAMS: Final = 48
"""Bigrams kept; bounds the same."""

_Term = TypeVar("_Term", str, tuple[str, str])


@dataclass(frozen=True, slots=True)
class Terms:
    """The most distinctive terms of one article, sorted by id.

    Attributes
    ----------
    term_ids : ndarray of uint32, shape (n_terms,)
    prior : ndarray of float32, shape (n_terms,)
        Share of articles expected to contain the term, before any article was seen.
    counts : ndarray of uint8, shape (n_terms,)
        Occurrences in title and text, at most 255.
    field_flags : ndarray of uint8, shape (n_terms,)
        Bits `TITLE`, `LEAD`, `BODY`, `NAME`, `NUMBER`, `BIGRAM`.
    names : tuple of str
        The terms as the article first spells them, in lower case.
    """

    term_ids: NDArray[np.uint32]
    prior: NDArray[np.float32]
    counts: NDArray[np.uint8]
    field_flags: NDArray[np.uint8]
    names: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Pack the terms for the store."""
        header = np.array([len(self.term_ids)], dtype="<u4")
        columns = (header, self.term_ids, self.prior, self.counts, self.field_flags)
        names = "\n".join(self.names).encode()
        return b"".join([*(column.tobytes() for column in columns), names])

    @classmethod
    def from_bytes(cls, packed: bytes) -> Terms:
        """Unpack what `to_bytes` packed."""
        count = int(np.frombuffer(packed, dtype="<u4", count=1)[0])
        term_ids = np.frombuffer(packed, "<u4", count, 4)
        prior = np.frombuffer(packed, "<f4", count, 4 + 4 * count)
        counts = np.frombuffer(packed, np.uint8, count, 4 + 8 * count)
        field_flags = np.frombuffer(packed, np.uint8, count, 4 + 9 * count)
        names = packed[4 + 10 * count :].decode()
        return cls(term_ids, prior, counts, field_flags, tuple(names.split("\n")) if names else ())


def extract_terms(title: str, text: str, language: str, likeliest: str = UNDETERMINED) -> Terms:
    """Extract the terms of a cleaned article.

    Parameters
    ----------
    title, text : str
        As `clustering.features.normalize.clean` returns them.
    language : str
        ISO 639-1 code, for the prior frequencies; "und" if it is not known.
    likeliest : str
        The likeliest language of a text whose language is not known.

    Returns
    -------
    Terms
        All words of title and lead, the `MAX_BODY_TERMS` most distinctive other words, and the
        `MAX_BIGRAMS` most distinctive bigrams.
    """
    title, text = title[:MAX_TITLE_CHARS], text[:MAX_BODY_CHARS]
    log_frequencies = load_log_frequencies(language, likeliest)
    kernels = load_kernels()
    if kernels is not None and language not in SERBIAN_LANGUAGES:
        extracted = extract_terms_by_kernel(kernels, title, text, log_frequencies)
        if extracted is not None:
            return Terms(*extracted)
    return extract_terms_by_python(title, text, language, log_frequencies)


def extract_terms_by_python(
    title: str, text: str, language: str, log_frequencies: LogFrequencies
) -> Terms:
    """Extract the terms of texts of any script: the reference of the kernel."""
    spellings = _Spellings(f"{title}\n{text}".casefold(), language)
    title_words = spellings.fold_words(title.casefold())
    body_words = spellings.fold_words(text.casefold())
    counts = Counter(title_words + body_words)
    head_words = {*title_words, *body_words[:LEAD_WORDS]}
    other_counts = {word: count for word, count in counts.items() if word not in head_words}
    bigram_counts = Counter([*pairwise(title_words), *pairwise(body_words)])
    words = head_words.union(
        _top_terms(other_counts, log_frequencies.of_words(other_counts), MAX_BODY_TERMS)
    )
    capitalized = {*spellings.fold_words(_find_capitalized(text).casefold())}
    field_flags = _flag_fields(words, title_words, body_words, capitalized)
    bigram_logs = log_frequencies.of_bigrams(bigram_counts)
    bigrams = _top_terms(bigram_counts, bigram_logs, MAX_BIGRAMS)
    field_flags |= {" ".join(bigram): BIGRAM for bigram in bigrams}
    counts |= {" ".join(bigram): bigram_counts[bigram] for bigram in bigrams}
    return _build_terms(field_flags, counts, log_frequencies, spellings)


class _Spellings:
    """Folds the words of one article, and keeps how it first spells each.

    Parameters
    ----------
    folded_case : str
        Title and text, case-folded.
    language : str
        ISO 639-1 code.
    """

    def __init__(self, folded_case: str, language: str) -> None:
        plain = is_plain(folded_case)
        self._transliterate = not plain and is_serbian(folded_case, language)
        self._changes = not plain and changes_in_folding(
            folded_case, transliterate=self._transliterate
        )
        self._shown: dict[str, str] = {}

    def fold_words(self, folded_case: str) -> list[str]:
        """Return the folded words of a text, in text order."""
        words = find_words(folded_case)
        if not (words and self._changes):
            return words
        folded = fold_spelling(" ".join(words), transliterate=self._transliterate).split(" ")
        self._shown = {**dict(zip(folded[::-1], words[::-1], strict=True)), **self._shown}
        return list(filter(None, folded))  # a word of marks alone leaves nothing

    def show(self, terms: Sequence[str]) -> tuple[str, ...]:
        """Return folded words and bigrams as the article spells them."""
        if not self._changes:
            return tuple(terms)
        shown = self._shown
        return tuple(
            " ".join(map(shown.__getitem__, term.split(" "))) if " " in term else shown[term]
            for term in terms
        )


def _find_capitalized(text: str) -> str:
    """Return words capitalised inside a sentence: names, in most languages that have case."""
    return " ".join(
        word
        for before, word in pairwise(text.split())
        if word[0].isupper() and before[-1] not in SENTENCE_END
    )


def _flag_fields(
    words: set[str], title_words: Sequence[str], body_words: Sequence[str], names: set[str]
) -> dict[str, int]:
    flags_of = dict.fromkeys(sorted(words), 0)
    fields = (
        (title_words, TITLE),
        (body_words[:LEAD_WORDS], LEAD),
        (body_words, BODY),
        (names, NAME),
    )
    for field_words, flag in fields:
        for word in words.intersection(field_words):
            flags_of[word] |= flag
    for word in words:
        if word[0].isdigit():
            flags_of[word] |= NUMBER
    return flags_of


def _top_terms(
    counts: Mapping[_Term, int], log_frequencies: NDArray[np.float64], limit: int
) -> list[_Term]:
    """Return the most distinctive terms: the more frequent here and the rarer elsewhere."""
    factors = np.array(list(map(_count_factor, counts.values())), dtype=np.float64)
    weights = factors * (log_frequencies + LOG_TYPICAL_WORDS)
    ranked = sorted(compress(zip(weights.tolist(), counts, strict=True), _lowest(weights, limit)))
    return [term for _, term in ranked[:limit]]


@lru_cache(maxsize=1 << 12)
def _count_factor(count: int) -> float:
    return 1 + log(count)


def _lowest(weights: NDArray[np.float64], limit: int) -> NDArray[np.bool_]:
    """Mask the lowest weights and their ties, so that only few terms are sorted."""
    if len(weights) <= limit:
        return np.ones(len(weights), dtype=np.bool_)
    mask: NDArray[np.bool_] = weights <= np.partition(weights, limit - 1)[limit - 1]
    return mask


def _build_terms(
    field_flags: Mapping[str, int],
    counts: Mapping[str, int],
    log_frequencies: LogFrequencies,
    spellings: _Spellings,
) -> Terms:
    term_of = {_term_id(term): term for term in field_flags}
    term_ids = sorted(term_of)
    terms = [term_of[term_id] for term_id in term_ids]
    logs = np.array([_log_frequency(term, log_frequencies) for term in terms], dtype=np.float64)
    return Terms(
        np.array(term_ids, dtype=np.uint32),
        (-np.expm1(-np.exp(logs + LOG_TYPICAL_WORDS))).astype(np.float32),
        np.array([min(counts[term], 255) for term in terms], dtype=np.uint8),
        np.array([field_flags[term] for term in terms], dtype=np.uint8),
        spellings.show(terms),
    )


def _term_id(term: str) -> int:
    # Encoded first: mmh3 crashes at a str that has no UTF-8 form.
    return mmh3.hash(term.encode(), signed=False)


def _log_frequency(term: str, log_frequencies: LogFrequencies) -> float:
    first, space, second = term.partition(" ")
    return log_frequencies.bigram(first, second) if space else log_frequencies[first]
