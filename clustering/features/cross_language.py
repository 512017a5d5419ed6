"""Cross-language keys: what an article has in common with reports of its event in other languages.

Names and figures are much the same in all languages. A word is transliterated to Latin letters and
reduced to its consonants, letters of similar sound taken as one: Merkel, Меркель and ميركل all give
"mrkl". Endings that differ by language are cut off by keeping the first consonants only.

References
----------
Freeman, A., Condon, S. and Ackerman, C. (2006). Cross linguistic name matching in English and
Arabic.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import Final

import mmh3
import numpy as np
from anyascii import anyascii
from numpy.typing import NDArray

from clustering.features.terms import BIGRAM, NAME, Terms

MAX_KEYS: Final = 24
"""Keys of an article, those of its most distinctive names, words and figures; bounds memory."""
MAX_CONSONANTS: Final = 5
"""Consonants of a word that make up its key: the beginning carries over to other languages."""
NAME_FACTOR: Final = 2.0
"""Factor of the weight of names: they are kept in translation, unlike other words."""
MAX_COUNTED_OCCURRENCES: Final = 3
"""Occurrences of a word from which on more do not add to its weight."""
MIN_PRIOR: Final = 1e-6
"""Lower bound of the share of articles in which a word is expected."""
MAX_SCRIPT_WORDS: Final = 9
"""Words that tell the script of an article."""
MAX_CACHED_WORDS: Final = 1 << 16
"""Words whose keys are cached; bounds memory."""

WEIGHT_BITS: Final = 6
"""Last bits of a packed key, which hold its weight."""
NUMBER_BIT: Final = 1 << WEIGHT_BITS
"""The bit of a packed key that marks a figure."""
_WEIGHT_MASK: Final = NUMBER_BIT - 1
_HASH_MASK: Final = ~(NUMBER_BIT | _WEIGHT_MASK) & 0xFFFFFFFF
_MIN_SHORT_WORD: Final = 4
"""Letters that a word of only two consonants has at least."""
_NOT_ALPHANUMERIC: Final = re.compile(r"[^a-z0-9]+")
_VOWELS: Final = re.compile(r"[aeiouyh]+")
_REPEATED: Final = re.compile(r"(.)\1+")
_DIGRAPHS: Final = re.compile("tsch|sch|[kcg]h|ph|th|[stz]s?h|ts")
_DIGRAPH_SOUNDS: Final = {"tsch": "k", "ph": "b", "th": "t", "kh": "k", "ch": "k", "gh": "k"}
_SOUNDS: Final = str.maketrans("qcgxzwfpdj", "kkkksvvbty")

Keys = NDArray[np.uint32]


def extract_keys(terms: Terms) -> Keys:
    """Extract the keys of an article, each packed with its weight.

    Parameters
    ----------
    terms : Terms
        With their names.

    Returns
    -------
    ndarray of uint32, shape (n_keys,)
        At most `MAX_KEYS`, the heaviest first; no two have the same hash. From the first bit on: a
        hash of 25 bits, `NUMBER_BIT`, and the weight in `WEIGHT_BITS` bits.
    """
    weights = _weights(terms)
    heaviest = np.argsort(-weights, kind="stable")
    keys: dict[int, int] = {}
    for position in heaviest[: np.count_nonzero(weights)].tolist():
        key = _hash_key(terms.names[position])
        if key and key not in keys:
            keys[key] = key | int(weights[position])
            if len(keys) == MAX_KEYS:
                break
    return np.array([*keys.values()], dtype=np.uint32)


def hashes(keys: Keys) -> Keys:
    """Return packed keys without their weights."""
    return keys & np.uint32(~_WEIGHT_MASK & 0xFFFFFFFF)


def weights(keys: Keys) -> NDArray[np.float64]:
    """Return the weights of packed keys."""
    return (keys & np.uint32(_WEIGHT_MASK)).astype(np.float64)


def are_numbers(keys: Keys) -> NDArray[np.bool_]:
    """Tell which packed keys are those of figures."""
    return (keys & np.uint32(NUMBER_BIT)) > 0


def script_code(terms: Terms) -> int:
    """Return the script of most words as a 16-bit number; 0 without a letter.

    It tells two languages apart where a text is too short to detect its language.
    """
    letters = (name[0] for name in terms.names[:MAX_SCRIPT_WORDS] if name[0].isalpha())
    scripts = Counter(map(_script, letters))
    if not scripts:
        return 0
    (script, _), *_ = scripts.most_common(1)
    return mmh3.hash(script, signed=False) & 0xFFFF


def consonants(word: str) -> str:
    """Return the first consonants of a word in Latin letters, similar sounds as one letter.

    Parameters
    ----------
    word : str
        In any script.
    """
    spelt = _DIGRAPHS.sub(lambda match: _DIGRAPH_SOUNDS.get(match[0], "s"), _to_latin(word))
    without_vowels = _VOWELS.sub("", spelt.translate(_SOUNDS))
    return _REPEATED.sub(r"\1", without_vowels)[:MAX_CONSONANTS]


def _weights(terms: Terms) -> NDArray[np.float64]:
    """Weigh terms by rarity, number of occurrences and whether they are names; 0 for bigrams.

    Rounded down to whole numbers, so that terms of one weight are ordered by their ids.
    """
    rarity = -np.log(np.maximum(terms.prior.astype(np.float64), MIN_PRIOR))
    repetition = 1 + np.log(np.minimum(terms.counts, MAX_COUNTED_OCCURRENCES))
    emphasis = np.where(terms.field_flags & NAME, NAME_FACTOR, 1.0)
    is_word = (terms.field_flags & BIGRAM) == 0
    weights: NDArray[np.float64] = np.floor(rarity * repetition * emphasis * is_word)
    return np.minimum(weights, _WEIGHT_MASK)


@lru_cache(MAX_CACHED_WORDS)
def _hash_key(word: str) -> int:
    """Return the key of a word without its weight; 0 if it says too little."""
    latin = _to_latin(word)
    if word[0].isdigit():
        figure = latin.lstrip("0")
        return _hash(figure) | NUMBER_BIT if len(figure) > 1 else 0
    sounds = consonants(word)
    is_long_enough = len(sounds) > 2 or (len(sounds) > 1 and len(latin) >= _MIN_SHORT_WORD)
    return _hash(sounds) if is_long_enough else 0


def _script(letter: str) -> str:
    return "LATIN" if letter.isascii() else unicodedata.name(letter, "").partition(" ")[0]


def _to_latin(word: str) -> str:
    return _NOT_ALPHANUMERIC.sub("", anyascii(word).lower())


def _hash(key: str) -> int:
    return mmh3.hash(key, signed=False) & _HASH_MASK
