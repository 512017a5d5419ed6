"""Terms of an article: its words and bigrams, the fields they occur in, and how rare they are.

Events are recognised by terms that are rare elsewhere. The `wordfreq` package gives the frequency
of a word before any article was seen, so that the first two articles of an empty store compare
well. `clustering.similarity.idf` blends in what the stream then shows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import log
from typing import Final, TypeVar

import mmh3
import numpy as np
from numpy.typing import NDArray

from clustering.features.tokenize import UNSPACED_SCRIPTS

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
TYPICAL_ARTICLE_WORDS: Final = 400
"""Words of a typical article: converts the frequency of a word to a share of articles."""
MIN_WORD_FREQUENCY: Final = 1e-8
"""Frequency of a word that `wordfreq` does not list; also the lower bound of all others."""
NUMBER_FREQUENCY: Final = 2e-5
"""Frequency of every term that begins with a digit."""
MAX_CACHED_WORDS: Final = 1 << 18
"""Words of one language whose frequency is cached; bounds memory."""

_LOG_TYPICAL_WORDS: Final = log(TYPICAL_ARTICLE_WORDS)
_LOG_MIN_FREQUENCY: Final = log(MIN_WORD_FREQUENCY)
_LOG_BIGRAM_FACTOR: Final = log(30)
"""Two words follow each other more often than their frequencies alone would give."""
_UNSPACED: Final = "".join(f"{chr(first)}-{chr(last)}" for first, last in UNSPACED_SCRIPTS)
_TOKEN = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]{{1,40}}(?:[.,][0-9]{{1,20}}){{0,4}}")
_STARTS_UNSPACED = re.compile(rf"[{_UNSPACED}]")
_SENTENCE_END: Final = frozenset('.!?:"“”„«»|')

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
        The terms as text.
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

    def with_current_ids(self) -> Terms:
        """Return the same terms with the ids that this version of storyfold gives their names."""
        ids_by_position = np.array([_term_id(name) for name in self.names], dtype=np.uint32)
        term_ids, positions = np.unique(ids_by_position, return_index=True)
        names = tuple(self.names[position] for position in positions.tolist())
        return Terms(
            term_ids,
            self.prior[positions],
            self.counts[positions],
            self.field_flags[positions],
            names,
        )

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


def extract_terms(title: str, text: str, language: str) -> Terms:
    """Extract the terms of a cleaned article.

    Parameters
    ----------
    title, text : str
        As `clustering.features.normalize.clean` returns them.
    language : str
        ISO 639-1 code, for the prior frequencies.

    Returns
    -------
    Terms
        All words of title and lead, the `MAX_BODY_TERMS` most distinctive other words, and the
        `MAX_BIGRAMS` most distinctive bigrams.
    """
    title, text = title[:MAX_TITLE_CHARS], text[:MAX_BODY_CHARS]
    title_words, body_words = _tokenize(title), _tokenize(text)
    log_frequencies = _load_frequencies(language)
    counts = Counter(title_words + body_words)
    head_words = {*title_words, *body_words[:LEAD_WORDS]}
    other_weights = {
        word: _term_weight(count, log_frequencies[word])
        for word, count in counts.items()
        if word not in head_words
    }
    bigram_counts = Counter([*pairwise(title_words), *pairwise(body_words)])
    bigram_weights = {
        bigram: _term_weight(count, log_frequencies.bigram(*bigram))
        for bigram, count in bigram_counts.items()
    }
    words = head_words.union(_top_terms(other_weights, MAX_BODY_TERMS))
    field_flags = _flag_fields(words, title_words, body_words, _find_capitalized(text))
    bigrams = _top_terms(bigram_weights, MAX_BIGRAMS)
    field_flags |= {" ".join(bigram): BIGRAM for bigram in bigrams}
    counts |= {" ".join(bigram): bigram_counts[bigram] for bigram in bigrams}
    return _build_terms(field_flags, counts, log_frequencies)


def _tokenize(text: str) -> list[str]:
    """Return the folded words of a text; unspaced scripts give overlapping character bigrams."""
    words: list[str] = _TOKEN.findall(text.casefold())
    if not _STARTS_UNSPACED.search(text):
        return words
    return [token for word in words for token in _char_bigrams(word)]


def _char_bigrams(word: str) -> list[str]:
    if len(word) < 3 or not _STARTS_UNSPACED.match(word):
        return [word]
    return [word[start : start + 2] for start in range(len(word) - 1)]


def _find_capitalized(text: str) -> set[str]:
    """Return words capitalised inside a sentence: names, in most languages that have case."""
    capitalized = (
        word
        for before, word in pairwise(text.split())
        if word[0].isupper() and before[-1] not in _SENTENCE_END
    )
    return set(_tokenize(" ".join(capitalized)))


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


def _top_terms(weights: Mapping[_Term, float], count: int) -> list[_Term]:
    """Return the terms of the lowest weight: the most distinctive ones (see `_term_weight`)."""
    ranked = sorted(zip(weights.values(), weights, strict=True))
    return [term for _, term in ranked[:count]]


def _term_weight(count: int, log_frequency: float) -> float:
    """Weight a term: the more frequent here and the rarer elsewhere, the lower."""
    if count == 1:
        return log_frequency + _LOG_TYPICAL_WORDS
    return (1 + log(count)) * (log_frequency + _LOG_TYPICAL_WORDS)


def _build_terms(
    field_flags: Mapping[str, int], counts: Mapping[str, int], log_frequencies: _LogFrequencies
) -> Terms:
    name_of = {_term_id(term): term for term in field_flags}
    term_ids = sorted(name_of)
    names = tuple(name_of[term_id] for term_id in term_ids)
    logs = np.array([_log_frequency(name, log_frequencies) for name in names], dtype=np.float64)
    return Terms(
        np.array(term_ids, dtype=np.uint32),
        (-np.expm1(-np.exp(logs + _LOG_TYPICAL_WORDS))).astype(np.float32),
        np.array([min(counts[name], 255) for name in names], dtype=np.uint8),
        np.array([field_flags[name] for name in names], dtype=np.uint8),
        names,
    )


def _term_id(term: str) -> int:
    # Encoded first: mmh3 crashes at a str that has no UTF-8 form.
    return mmh3.hash(term.encode(), signed=False)


def _log_frequency(term: str, log_frequencies: _LogFrequencies) -> float:
    first, space, second = term.partition(" ")
    return log_frequencies.bigram(first, second) if space else log_frequencies[first]


class _LogFrequencies(dict[str, float]):
    """Cached logarithms of the word frequencies of one language."""

    def __init__(self, frequencies: Mapping[str, float]) -> None:
        super().__init__()
        self._frequencies = frequencies

    def bigram(self, first: str, second: str) -> float:
        """Return the log frequency of one word followed by another."""
        log_frequency = _LOG_BIGRAM_FACTOR + self[first] + self[second]
        return log_frequency if log_frequency > _LOG_MIN_FREQUENCY else _LOG_MIN_FREQUENCY

    def __missing__(self, word: str) -> float:
        frequency = (
            NUMBER_FREQUENCY
            if word[0].isdigit()
            else self._frequencies.get(word, MIN_WORD_FREQUENCY)
        )
        if len(self) >= MAX_CACHED_WORDS:
            self.clear()
        self[word] = log(max(frequency, MIN_WORD_FREQUENCY))
        return self[word]


@cache
def _load_frequencies(language: str) -> _LogFrequencies:
    from wordfreq import get_frequency_dict

    known_language = language in _wordfreq_languages()
    return _LogFrequencies(get_frequency_dict(language, "best") if known_language else {})


@cache
def _wordfreq_languages() -> frozenset[str]:
    from wordfreq import available_languages

    return frozenset(available_languages("best"))
