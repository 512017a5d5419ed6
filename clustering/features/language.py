"""Language detection, language codes, and which languages are compared.

Articles in two different languages are never compared for events: their terms have little in
common, and what they share (names, numbers) misleads the model. Closely related languages, which
share most words and are easily mistaken for each other, count as one. An article whose language
could not be detected is compared with articles in every language.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNDETERMINED: Final = "und"
"""The ISO 639 code of a language that could not be detected."""
UNDETERMINED_CODE: Final = 0
"""Its number (see `language_code`)."""
MIN_LANGUAGE_CONFIDENCE: Final = 0.9
"""Minimum probability for a detected language; below it the language is undetermined. The language
identifier often divides it between closely related ones."""
MAX_DETECTION_CHARS: Final = 2000
"""Characters of a text that detection reads; bounds its time."""

_SYNONYMS: Final = MappingProxyType({"nb": "no", "tl": "fil", "sh": "sr", "cmn": "zh"})
"""Codes of the language identifier, of older standards and of crawlers, each with the one used."""
_RELATED: Final = (
    ("da", "no", "nb", "nn"),
    ("sr", "sh", "hr", "bs"),
    ("id", "ms"),
    ("cs", "sk"),
    ("pt", "gl"),
    ("fil", "tl"),
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
_GROUP_OF: Final = MappingProxyType(
    {language: group[0] for group in _RELATED for language in group}
)


def detect_language(text: str, min_confidence: float = MIN_LANGUAGE_CONFIDENCE) -> str:
    """Detect the language of a text.

    Parameters
    ----------
    text : str
    min_confidence : float
        Probability that the language and those closely related to it must have together.

    Returns
    -------
    str
        ISO 639-1 code; "und" if detection is not confident enough.
    """
    ranked = _language_identifier().rank(text[:MAX_DETECTION_CHARS])
    language = canonical_code(ranked[0][0])
    likelihood = sum(share for other, share in ranked if are_related(language, other))
    return language if likelihood >= min_confidence else UNDETERMINED


def canonical_code(language: str) -> str:
    """Return the one code of a language: "no" for "nb" and "nb-NO", "fil" for "tl"."""
    code = language.replace("_", "-").partition("-")[0].lower()
    return _SYNONYMS.get(code, code)


def are_related(first: str, second: str) -> bool:
    """Whether two languages are the same, or closely related, as Danish and Norwegian are."""
    return _GROUP_OF.get(first, first) == _GROUP_OF.get(second, second)


def language_code(language: str) -> int:
    """Return a language as a 16-bit number, one for closely related ones; 0 for an unknown one."""
    if language == UNDETERMINED:
        return UNDETERMINED_CODE
    group = _GROUP_OF.get(language.lower(), language.lower())
    return int.from_bytes(group[:2].encode("ascii", "replace"), "big")


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


@cache
def _language_identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
