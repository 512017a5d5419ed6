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

TITLE, LEAD, BODY, NAME, NUMBER, PAIR = (1 << place for place in range(6))
"""Where a term stands, and what it is: bits of `Terms.places`."""

LEAD_WORDS: Final = 60
READ_CHARACTERS: Final = 9000
"""What stands further back adds nothing to the recognition of an event."""
READ_OF_TITLE: Final = 500
BODY_TERMS: Final = 72
PAIR_TERMS: Final = 48
TYPICAL_LENGTH: Final = 400
"""Words of a typical article: turns the frequency of a word into a share of articles."""
RAREST: Final = 1e-8
NUMBER_FREQUENCY: Final = 2e-5
MOST_REMEMBERED: Final = 1 << 18

_TYPICAL: Final = log(TYPICAL_LENGTH)
_RAREST: Final = log(RAREST)
_TOGETHER: Final = log(30)
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
    numbers : ndarray of uint32, shape (n_terms,)
    prior : ndarray of float32, shape (n_terms,)
        Share of articles expected to carry the term, before any article was seen.
    counts : ndarray of uint8, shape (n_terms,)
        How often the term stands in title and text, at most 255.
    places : ndarray of uint8, shape (n_terms,)
        Bits `TITLE`, `LEAD`, `BODY`, `NAME`, `NUMBER`, `PAIR`.
    names : tuple of str
        The terms as people read them.
    """

    numbers: NDArray[np.uint32]
    prior: NDArray[np.float32]
    counts: NDArray[np.uint8]
    places: NDArray[np.uint8]
    names: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Pack the terms for the store."""
        head = np.array([len(self.numbers)], dtype="<u4")
        columns = (head, self.numbers, self.prior, self.counts, self.places)
        names = "\n".join(self.names).encode()
        return b"".join([*(column.tobytes() for column in columns), names])

    def renumbered(self) -> Terms:
        """The same terms by the numbers that their names have now."""
        named = np.array([_number(name) for name in self.names], dtype=np.uint32)
        numbers, at = np.unique(named, return_index=True)
        names = tuple(self.names[place] for place in at.tolist())
        return Terms(numbers, self.prior[at], self.counts[at], self.places[at], names)

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


def extract(title: str, text: str, language: str) -> Terms:
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
    title, text = title[:READ_OF_TITLE], text[:READ_CHARACTERS]
    headline, body = _words(title), _words(text)
    frequency = _frequencies(language)
    counts = Counter(headline + body)
    first = {*headline, *body[:LEAD_WORDS]}
    rest = {word: _weight(n, frequency[word]) for word, n in counts.items() if word not in first}
    pairs = Counter([*pairwise(headline), *pairwise(body)])
    together = {pair: _weight(n, frequency.pair(*pair)) for pair, n in pairs.items()}
    words = first.union(_heaviest(rest, BODY_TERMS))
    places = _places(words, headline, body, _capitals(text))
    chosen = _heaviest(together, PAIR_TERMS)
    places |= {" ".join(pair): PAIR for pair in chosen}
    counts |= {" ".join(pair): pairs[pair] for pair in chosen}
    return _pack(places, counts, frequency)


def _words(text: str) -> list[str]:
    """The folded words of a text; unspaced scripts give overlapping pairs of characters."""
    words: list[str] = _TOKEN.findall(text.casefold())
    if not _STARTS_UNSPACED.search(text):
        return words
    return [part for word in words for part in _parts(word)]


def _parts(word: str) -> list[str]:
    if len(word) < 3 or not _STARTS_UNSPACED.match(word):
        return [word]
    return [word[at : at + 2] for at in range(len(word) - 1)]


def _capitals(text: str) -> set[str]:
    """Words written with a capital inside a sentence: names, in most languages that have case."""
    found = (
        word
        for before, word in pairwise(text.split())
        if word[0].isupper() and before[-1] not in _SENTENCE_END
    )
    return set(_words(" ".join(found)))


def _places(
    words: set[str], headline: Sequence[str], body: Sequence[str], names: set[str]
) -> dict[str, int]:
    places = dict.fromkeys(sorted(words), 0)
    parts = ((headline, TITLE), (body[:LEAD_WORDS], LEAD), (body, BODY), (names, NAME))
    for part, place in parts:
        for word in words.intersection(part):
            places[word] |= place
    for word in words:
        if word[0].isdigit():
            places[word] |= NUMBER
    return places


def _heaviest(weights: Mapping[_Term, float], count: int) -> list[_Term]:
    ranked = sorted(zip(weights.values(), weights, strict=True))
    return [term for _, term in ranked[:count]]


def _weight(count: int, log_frequency: float) -> float:
    """How telling a term is, the less the more: frequent here, rare elsewhere."""
    if count == 1:
        return log_frequency + _TYPICAL
    return (1 + log(count)) * (log_frequency + _TYPICAL)


def _pack(
    places: Mapping[str, int], counts: Mapping[str, int], frequency: _LogFrequencies
) -> Terms:
    numbered = {_number(term): term for term in places}
    numbers = sorted(numbered)
    names = tuple(numbered[number] for number in numbers)
    logs = np.array([_log_frequency(name, frequency) for name in names], dtype=np.float64)
    return Terms(
        np.array(numbers, dtype=np.uint32),
        (-np.expm1(-np.exp(logs + _TYPICAL))).astype(np.float32),
        np.array([min(counts[name], 255) for name in names], dtype=np.uint8),
        np.array([places[name] for name in names], dtype=np.uint8),
        names,
    )


def _number(term: str) -> int:
    return mmh3.hash(term.encode(), signed=False)  # it crashes at a str that can't be encoded


def _log_frequency(term: str, frequency: _LogFrequencies) -> float:
    first, space, second = term.partition(" ")
    return frequency.pair(first, second) if space else frequency[first]


class _LogFrequencies(dict[str, float]):
    """Logarithms of the frequencies of words in one language, looked up once each."""

    def __init__(self, known: Mapping[str, float]) -> None:
        super().__init__()
        self._known = known

    def pair(self, first: str, second: str) -> float:
        """Logarithm of how frequently one word follows another."""
        together = _TOGETHER + self[first] + self[second]
        return together if together > _RAREST else _RAREST

    def __missing__(self, word: str) -> float:
        frequency = NUMBER_FREQUENCY if word[0].isdigit() else self._known.get(word, RAREST)
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[word] = log(max(frequency, RAREST))
        return self[word]


@cache
def _frequencies(language: str) -> _LogFrequencies:
    from wordfreq import get_frequency_dict

    known = get_frequency_dict(language, "best") if language in _languages() else {}
    return _LogFrequencies(known)


@cache
def _languages() -> frozenset[str]:
    from wordfreq import available_languages

    return frozenset(available_languages("best"))
