"""The terms of an article: its words and word pairs, where they stand and how rare they are.

An event is recognised by terms that are rare elsewhere. How rare a word is before anything has
been seen is known from the `wordfreq` package, so that the first two articles of an empty store
compare well; what the stream then shows is blended in by `clustering.rarity`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import murmurhash3_32
from wordfreq import available_languages, get_frequency_dict

TITLE, LEAD, BODY, NAME, NUMBER, PAIR = (1 << place for place in range(6))
"""Where a term stands, and what it is: bits of `Terms.places`."""

HASH_BITS: Final = 22
"""Terms are numbered by hash; four million numbers keep strangers apart."""
LEAD_WORDS: Final = 60
READ_WORDS: Final = 1500
"""What stands further back adds nothing to the recognition of an event."""
BODY_TERMS: Final = 72
PAIR_TERMS: Final = 48
TYPICAL_LENGTH: Final = 400
"""Words of a typical article: turns the frequency of a word into a share of articles."""
RAREST: Final = 1e-8
NUMBER_FREQUENCY: Final = 2e-5

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
_TOKEN = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+(?:[.,][0-9]+)*")
_STARTS_UNSPACED = re.compile(rf"[{_UNSPACED}]")
_SENTENCE_END: Final = frozenset('.!?:\n"“”„«»|')


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
        return self.unnamed() + "\n".join(self.names).encode()

    def unnamed(self) -> bytes:
        """Pack the terms without their names, which only people need."""
        head = np.array([len(self.numbers)], dtype="<u4").tobytes()
        columns = (self.numbers, self.prior, self.counts, self.places)
        return head + b"".join(column.tobytes() for column in columns)

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


@dataclass(slots=True)
class _Sighting:
    """What is known of one term while an article is read."""

    places: int = 0
    count: int = 0


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
    seen: dict[str, _Sighting] = {}
    headline, _ = _read(title, 10_000)
    body, capitals = _read(text, READ_WORDS)
    _note(seen, headline, TITLE)
    _note(seen, body[:LEAD_WORDS], LEAD)
    _note(seen, body, BODY)
    for word, count in Counter(headline + body).items():
        seen[word].count = count
    for word in capitals:
        seen[word].places |= NAME
    pairs = Counter(_pairs(headline)) + Counter(_pairs(body))
    return _pack(_choose(seen, pairs, language), language)


def document_share(term: str, language: str) -> float:
    """Share of articles expected to carry a term, from how frequent it is in its language."""
    if " " in term:
        first, _, second = term.partition(" ")
        together = 30 * _frequency(first, language) * _frequency(second, language)
        return _share(max(together, RAREST))
    return _share(_frequency(term, language))


def _read(text: str, limit: int) -> tuple[list[str], set[str]]:
    """Return the folded words of a text, and those written with a capital inside a sentence."""
    tokens: list[str] = []
    capitals: set[str] = set()
    for match in _TOKEN.finditer(text):
        token = match.group()
        if _STARTS_UNSPACED.match(token):
            tokens += _characters(token)
        else:
            folded = token.casefold()
            tokens.append(folded)
            if token[0] != folded[0] and not _opens_sentence(text, match.start()):
                capitals.add(folded)
        if len(tokens) >= limit:
            break
    return tokens, capitals


def _characters(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


def _opens_sentence(text: str, start: int) -> bool:
    before = text[max(start - 3, 0) : start].rstrip(" \t")
    return not before or before[-1] in _SENTENCE_END


def _note(seen: dict[str, _Sighting], words: Iterable[str], place: int) -> None:
    for word in set(words):
        sighting = seen.setdefault(word, _Sighting())
        sighting.places |= place | (NUMBER if word[0].isdigit() else 0)


def _pairs(words: Sequence[str]) -> Iterable[str]:
    return (f"{first} {second}" for first, second in pairwise(words) if first != second)


def _choose(seen: dict[str, _Sighting], pairs: Counter[str], language: str) -> dict[str, _Sighting]:
    """Keep title and lead whole; of the rest, what is frequent here and rare elsewhere."""
    chosen = {w: s for w, s in seen.items() if s.places & (TITLE | LEAD)}
    rest = {w: _weight(w, s.count, language) for w, s in seen.items() if w not in chosen}
    for word in _heaviest(rest, BODY_TERMS):
        chosen[word] = seen[word]
    telling = {p: _weight(p, count, language) for p, count in pairs.items()}
    for pair in _heaviest(telling, PAIR_TERMS):
        chosen[pair] = _Sighting(PAIR, pairs[pair])
    return chosen


def _heaviest(weights: dict[str, float], count: int) -> list[str]:
    return sorted(weights, key=lambda term: (-weights[term], term))[:count]


def _weight(term: str, count: int, language: str) -> float:
    return float((1 + np.log(count)) * -np.log(document_share(term, language)))


def _pack(chosen: dict[str, _Sighting], language: str) -> Terms:
    numbered = {
        murmurhash3_32(term, seed=0, positive=True) >> (32 - HASH_BITS): term
        for term in sorted(chosen)
    }
    numbers = sorted(numbered)
    names = tuple(numbered[number] for number in numbers)
    return Terms(
        np.array(numbers, dtype=np.uint32),
        np.array([document_share(name, language) for name in names], dtype=np.float32),
        np.array([min(chosen[name].count, 255) for name in names], dtype=np.uint8),
        np.array([chosen[name].places for name in names], dtype=np.uint8),
        names,
    )


def _share(frequency: float) -> float:
    return float(-np.expm1(-frequency * TYPICAL_LENGTH))


@lru_cache(maxsize=1 << 17)
def _frequency(word: str, language: str) -> float:
    if word[0].isdigit():
        return NUMBER_FREQUENCY
    return max(_frequencies(language).get(word, RAREST), RAREST)


@cache
def _frequencies(language: str) -> dict[str, float]:
    return get_frequency_dict(language, "best") if language in _languages() else {}


@cache
def _languages() -> frozenset[str]:
    return frozenset(available_languages("best"))
