"""The terms of an article: its words and word pairs, where they stand and how rare they are.

An event is recognised by terms that are rare elsewhere. How rare a word is before anything has
been seen is known from the `wordfreq` package, so that the first two articles of an empty store
compare well; what the stream then shows is blended in by `clustering.rarity`.
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

TITLE, LEAD, BODY, NAME, NUMBER, BIGRAM = (1 << place for place in range(6))
"""Where a term stands, and what it is: bits of `Terms.places`."""

LEAD_WORDS: Final = 60
MAX_BODY_CHARS: Final = 9000
"""What stands further back adds nothing to the recognition of an event."""
MAX_TITLE_CHARS: Final = 500
MAX_BODY_TERMS: Final = 72
MAX_BIGRAMS: Final = 48
TYPICAL_ARTICLE_WORDS: Final = 400
"""Words of a typical article: turns the frequency of a word into a share of articles."""
MIN_WORD_FREQUENCY: Final = 1e-8
NUMBER_FREQUENCY: Final = 2e-5
MAX_CACHED_WORDS: Final = 1 << 18

_LOG_TYPICAL_WORDS: Final = log(TYPICAL_ARTICLE_WORDS)
_LOG_MIN_FREQUENCY: Final = log(MIN_WORD_FREQUENCY)
_LOG_BIGRAM_FACTOR: Final = log(30)
"""Words that follow one another do so more often than chance has it."""
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
_TOKEN = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]{{1,40}}(?:[.,][0-9]{{1,20}}){{0,4}}")
_STARTS_UNSPACED = re.compile(rf"[{_UNSPACED}]")
_SENTENCE_END: Final = frozenset('.!?:"“”„«»|')

_Term = TypeVar("_Term", str, tuple[str, str])


@dataclass(frozen=True, slots=True)
class Terms:
    """The most telling terms of one article, in ascending order of their numbers.

    Attributes
    ----------
    term_ids : ndarray of uint32, shape (n_terms,)
    prior : ndarray of float32, shape (n_terms,)
        Share of articles expected to carry the term, before any article was seen.
    counts : ndarray of uint8, shape (n_terms,)
        How often the term stands in title and text, at most 255.
    field_flags : ndarray of uint8, shape (n_terms,)
        Bits `TITLE`, `LEAD`, `BODY`, `NAME`, `NUMBER`, `PAIR`.
    names : tuple of str
        The terms as people read them.
    """

    term_ids: NDArray[np.uint32]
    prior: NDArray[np.float32]
    counts: NDArray[np.uint8]
    field_flags: NDArray[np.uint8]
    names: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Pack the terms for the store."""
        head = np.array([len(self.term_ids)], dtype="<u4")
        columns = (head, self.term_ids, self.prior, self.counts, self.field_flags)
        names = "\n".join(self.names).encode()
        return b"".join([*(column.tobytes() for column in columns), names])

    def with_current_ids(self) -> Terms:
        """The same terms by the numbers that their names have now."""
        named = np.array([_term_id(name) for name in self.names], dtype=np.uint32)
        numbers, at = np.unique(named, return_index=True)
        names = tuple(self.names[place] for place in at.tolist())
        return Terms(numbers, self.prior[at], self.counts[at], self.field_flags[at], names)

    @classmethod
    def from_bytes(cls, packed: bytes) -> Terms:
        """Unpack what `to_bytes` packed."""
        count = int(np.frombuffer(packed, dtype="<u4", count=1)[0])
        numbers = np.frombuffer(packed, "<u4", count, 4)
        prior = np.frombuffer(packed, "<f4", count, 4 + 4 * count)
        counts = np.frombuffer(packed, np.uint8, count, 4 + 8 * count)
        places = np.frombuffer(packed, np.uint8, count, 4 + 9 * count)
        names = packed[4 + 10 * count :].decode()
        return cls(numbers, prior, counts, places, tuple(names.split("\n")) if names else ())


def extract_terms(title: str, text: str, language: str) -> Terms:
    """Read the terms of a cleaned article.

    Parameters
    ----------
    title, text : str
        As `clustering.text.clean` returns them.
    language : str
        ISO 639-1 code, for the prior frequencies.

    Returns
    -------
    Terms
        All terms of the title and the lead, the `BODY_TERMS` and `PAIR_TERMS` most telling others.
    """
    title, text = title[:MAX_TITLE_CHARS], text[:MAX_BODY_CHARS]
    headline, body = _tokenize(title), _tokenize(text)
    frequency = _load_frequencies(language)
    counts = Counter(headline + body)
    first = {*headline, *body[:LEAD_WORDS]}
    rest = {
        word: _term_weight(n, frequency[word]) for word, n in counts.items() if word not in first
    }
    pairs = Counter([*pairwise(headline), *pairwise(body)])
    together = {pair: _term_weight(n, frequency.bigram(*pair)) for pair, n in pairs.items()}
    words = first.union(_top_terms(rest, MAX_BODY_TERMS))
    places = _flag_fields(words, headline, body, _find_capitalized(text))
    chosen = _top_terms(together, MAX_BIGRAMS)
    places |= {" ".join(pair): BIGRAM for pair in chosen}
    counts |= {" ".join(pair): pairs[pair] for pair in chosen}
    return _build_terms(places, counts, frequency)


def _tokenize(text: str) -> list[str]:
    """The folded words of a text; unspaced scripts give overlapping pairs of characters."""
    words: list[str] = _TOKEN.findall(text.casefold())
    if not _STARTS_UNSPACED.search(text):
        return words
    return [part for word in words for part in _char_bigrams(word)]


def _char_bigrams(word: str) -> list[str]:
    if len(word) < 3 or not _STARTS_UNSPACED.match(word):
        return [word]
    return [word[at : at + 2] for at in range(len(word) - 1)]


def _find_capitalized(text: str) -> set[str]:
    """Words written with a capital inside a sentence: names, in most languages that have case."""
    found = (
        word
        for before, word in pairwise(text.split())
        if word[0].isupper() and before[-1] not in _SENTENCE_END
    )
    return set(_tokenize(" ".join(found)))


def _flag_fields(
    words: set[str], title_words: Sequence[str], body_words: Sequence[str], names: set[str]
) -> dict[str, int]:
    places = dict.fromkeys(sorted(words), 0)
    parts = (
        (title_words, TITLE),
        (body_words[:LEAD_WORDS], LEAD),
        (body_words, BODY),
        (names, NAME),
    )
    for part, place in parts:
        for word in words.intersection(part):
            places[word] |= place
    for word in words:
        if word[0].isdigit():
            places[word] |= NUMBER
    return places


def _top_terms(weights: Mapping[_Term, float], count: int) -> list[_Term]:
    ranked = sorted(zip(weights.values(), weights, strict=True))
    return [term for _, term in ranked[:count]]


def _term_weight(count: int, log_frequency: float) -> float:
    """How telling a term is, the less the more: frequent here, rare elsewhere."""
    if count == 1:
        return log_frequency + _LOG_TYPICAL_WORDS
    return (1 + log(count)) * (log_frequency + _LOG_TYPICAL_WORDS)


def _build_terms(
    field_flags: Mapping[str, int], counts: Mapping[str, int], log_frequencies: _LogFrequencies
) -> Terms:
    numbered = {_term_id(term): term for term in field_flags}
    numbers = sorted(numbered)
    names = tuple(numbered[number] for number in numbers)
    logs = np.array([_log_frequency(name, log_frequencies) for name in names], dtype=np.float64)
    return Terms(
        np.array(numbers, dtype=np.uint32),
        (-np.expm1(-np.exp(logs + _LOG_TYPICAL_WORDS))).astype(np.float32),
        np.array([min(counts[name], 255) for name in names], dtype=np.uint8),
        np.array([field_flags[name] for name in names], dtype=np.uint8),
        names,
    )


def _term_id(term: str) -> int:
    return mmh3.hash(term.encode(), signed=False)  # it crashes at a str that can't be encoded


def _log_frequency(term: str, log_frequencies: _LogFrequencies) -> float:
    first, space, second = term.partition(" ")
    return log_frequencies.bigram(first, second) if space else log_frequencies[first]


class _LogFrequencies(dict[str, float]):
    """Logarithms of the frequencies of words in one language, looked up once each."""

    def __init__(self, frequencies: Mapping[str, float]) -> None:
        super().__init__()
        self._frequencies = frequencies

    def bigram(self, first: str, second: str) -> float:
        """Logarithm of how frequently one word follows another."""
        together = _LOG_BIGRAM_FACTOR + self[first] + self[second]
        return together if together > _LOG_MIN_FREQUENCY else _LOG_MIN_FREQUENCY

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

    known = get_frequency_dict(language, "best") if language in _wordfreq_languages() else {}
    return _LogFrequencies(known)


@cache
def _wordfreq_languages() -> frozenset[str]:
    from wordfreq import available_languages

    return frozenset(available_languages("best"))
