"""Language detection, language codes, and which languages are compared.

Articles in two different languages are never compared for events: their terms have little in
common, and what they share (names, numbers) misleads the model. Closely related languages, which
share most words and are easily mistaken for each other, count as one. An article whose language
could not be detected is compared with articles in every language.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, reduce
from itertools import islice
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clustering.features.language_identifier import language_identifier

UNDETERMINED: Final = "und"
"""The ISO 639 code of a language that could not be detected."""
UNDETERMINED_CODE: Final = 0
"""Its number (see `language_code`)."""
MIN_LANGUAGE_CONFIDENCE: Final = 0.9
"""Minimum probability for a detected language; below it the language is undetermined. The language
identifier often divides it between closely related ones."""
MIN_LIKELIHOOD: Final = 0.05
"""Least probability of the likeliest language; a text without words has as much in every one."""
MIN_LEAD: Final = 1.25
"""How much likelier than any other the likeliest language of a text must be that is too short to be
sure, those closely related to each taken together."""
MAX_DETECTION_CHARS: Final = 2000
"""Characters of a text that detection reads; bounds its time."""

_DIGITS: Final = 28
"""Base of the numbers of languages: a digit for each letter, one for all else, none of them 0."""
_SYNONYMS: Final = MappingProxyType({"nb": "no", "tl": "fil", "sh": "sr", "cmn": "zh"})
"""Codes of the language identifier, of older standards and of crawlers, each with the one used."""
_RELATED: Final = (
    ("da", "no", "nb", "nn"),
    ("sr", "sh", "hr", "bs"),
    ("id", "ms"),
    ("cs", "sk"),
    ("pt", "gl"),
    ("fil", "tl", "bcl"),
    ("zh", "yue", "wuu"),
    ("ar", "ary", "arz"),
    ("rw", "rn"),
    ("zu", "xh"),
    ("lv", "ltg"),
    ("en", "pcm"),
    ("es", "ast", "an", "ext"),
    ("it", "vec", "lij"),
    ("tr", "crh"),
)
"""Groups of closely related languages."""
_GROUPS: Final = MappingProxyType({language: group for group in _RELATED for language in group})


class DetectedLanguage(NamedTuple):
    """What a text tells of its language.

    Attributes
    ----------
    code : str
        ISO 639-1 code; "und" if detection is not confident enough.
    likeliest : str
        The language whose words the text probably has, as a headline is too short to be confident;
        of closely related ones the one with most speakers. "und" if none is clearly ahead.
    """

    code: str
    likeliest: str


def detect_language(text: str, min_confidence: float = MIN_LANGUAGE_CONFIDENCE) -> DetectedLanguage:
    """Detect the language of a text.

    Parameters
    ----------
    text : str
    min_confidence : float
        Probability that the language and those closely related to it must have together.

    Returns
    -------
    DetectedLanguage
    """
    likelihoods = language_identifier().likelihoods(text[:MAX_DETECTION_CHARS])
    known = _known_languages()
    best = int(likelihoods.argmax())
    language, group = known.languages[best], known.groups[best]
    shares = np.bincount(known.groups, likelihoods)
    likelihood, shares[group] = shares[group], 0
    if likelihood >= min_confidence:
        return DetectedLanguage(language, language)
    is_ahead = likelihood >= max(MIN_LIKELIHOOD, MIN_LEAD * shares.max())
    return DetectedLanguage(UNDETERMINED, _group(language)[0] if is_ahead else UNDETERMINED)


def canonical_code(language: str) -> str:
    """Return the one code of a language: "no" for "nb" and "nb-NO", "fil" for "tl"."""
    code = language.replace("_", "-").partition("-")[0].lower()
    return _SYNONYMS.get(code, code)


def are_related(first: str, second: str) -> bool:
    """Whether two languages are the same, or closely related, as Danish and Norwegian are."""
    return second in _group(first)


def language_code(language: str) -> int:
    """Return a language as a 16-bit number, one for closely related ones; 0 for an unknown one."""
    if language == UNDETERMINED:
        return UNDETERMINED_CODE
    digits = ("abcdefghijklmnopqrstuvwxyz".find(char) + 2 for char in _group(language.lower())[0])
    return reduce(lambda number, digit: number * _DIGITS + digit, islice(digits, 3))


def _group(language: str) -> Sequence[str]:
    """Return the languages that are closely related to one, with itself."""
    return _GROUPS.get(language, (language,))


def are_comparable(first_codes: ArrayLike, second_codes: ArrayLike) -> NDArray[np.bool_]:
    """Tell which articles have languages that can be compared.

    Parameters
    ----------
    first_codes, second_codes : int or ndarray of int
        Codes as `language_code` returns them; the shapes are broadcast.

    Returns
    -------
    ndarray of bool
        True where the codes are equal or one of them is undetermined. Two numbers give one
        NumPy bool.
    """
    first, second = np.asarray(first_codes), np.asarray(second_codes)
    comparable: NDArray[np.bool_] = (
        (first == second) | (first == UNDETERMINED_CODE) | (second == UNDETERMINED_CODE)
    )
    return comparable


class _KnownLanguages(NamedTuple):
    """The languages of the identifier, and a number for those closely related to one another."""

    languages: tuple[str, ...]
    groups: NDArray[np.int64]


@cache
def _known_languages() -> _KnownLanguages:
    languages = tuple(map(canonical_code, language_identifier().nb_classes))
    heads = [_group(language)[0] for language in languages]
    return _KnownLanguages(languages, np.unique(heads, return_inverse=True)[1])
