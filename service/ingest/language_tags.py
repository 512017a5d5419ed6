"""Read the language that an article is submitted with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

import langcodes

from clustering.features.language import canonical_code

_TAG: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})*\Z")
_NO_LANGUAGES: Final = frozenset({"und", "mul", "mis", "zxx"})
"""Codes of ISO 639 that say that a text is in no one known language."""
_COUNTRIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{"al": "sq", "by": "be", "cn": "zh", "cz": "cs", "dk": "da", "ge": "ka", "gr": "el"},
        **{"il": "he", "ir": "fa", "jp": "ja", "kr": "ko", "kz": "kk", "rs": "sr", "ua": "uk"},
        **{"vn": "vi"},
    }
)
"""Codes of countries that are no codes of languages, each with the language that it stands for."""


class LanguageTag(NamedTuple):
    """A tag as it was read.

    Attributes
    ----------
    code : str or None
        The shortest ISO 639 code of the language: "de" for "ger", "deu" and "de-AT". A language
        with several codes has one: "no" for "nb", "fil" for "tl", "he" for "iw". None if there is
        no such language, or if parts of the tag stand in the wrong places.
    is_country : bool
        Whether the tag names a country instead, as "jp" does.
    """

    code: str | None
    is_country: bool = False


@lru_cache(maxsize=1024)
def read_language_tag(tag: str) -> LanguageTag:
    """Read the tag that an article is submitted with, such as "en-US".

    Parameters
    ----------
    tag : str

    Returns
    -------
    LanguageTag
    """
    match = _TAG.match(tag)
    if match is None:
        return LanguageTag(None)
    country = _COUNTRIES.get(match[1].lower())
    return LanguageTag(_standard_code(tag)) if country is None else LanguageTag(country, True)


def _standard_code(tag: str) -> str | None:
    try:
        code = langcodes.standardize_tag(tag, macro=True).partition("-")[0]
    except ValueError:
        return None
    is_language = code not in _NO_LANGUAGES and langcodes.tag_is_valid(code)
    return canonical_code(code) if is_language else None
