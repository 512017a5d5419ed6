"""Fold the spellings of one word to one: accents, letter forms, alphabets, digits.

Outlets write one text in several ways: without accents, in simplified or traditional characters,
with Persian or Arabic letters, in Serbian Cyrillic or Latin. Folded text is for matching only and
is never shown. Folding maps each letter alone, so that a letter is folded alike in every language
and in capitals too; what distinguishes words in most texts stays, such as й in Russian.

References
----------
Unicode Technical Report 30, Character Foldings.
Larkey, L., Ballesteros, L. and Connell, M. (2007). Light stemming for Arabic information retrieval.
Larkey, L., Connell, M. and Abduljaleel, N. (2003). Hindi CLIR in thirty days.
Apache Lucene: ArabicNormalizer, PersianNormalizer, HindiNormalizer.
"""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, NamedTuple

_PLAIN: Final = re.compile(
    r"[\x00-\x7f\u00a0-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2010-\u205e\u20a0-\u20bf]*\Z"
)
"""Texts of ASCII and the commonest punctuation: a quick test that most English texts pass."""
_FOLDED_PLANE: Final = 0x10000
"""Only the Basic Multilingual Plane is folded; what lies beyond are rare characters."""
SERBIAN_LANGUAGES: Final = frozenset({"sr", "sh", "hr", "bs", "mk"})
"""Languages whose Cyrillic becomes Latin."""
_SERBIAN_OR_MACEDONIAN: Final = re.compile("[ђћљњџјѓќѕ]")
"""Cyrillic letters of these languages alone. Any text of some sentences has one."""
_DEVANAGARI_NASAL: Final = re.compile("[ङञणनम]\u094d(?=[क-ह])")
"""A nasal consonant before another one, which may be written as the dot above as well."""
_ANUSVARA: Final = "\u0902"
_VIRAMA: Final = "\u094d"

_MARK_RANGES: Final = (
    (0x0300, 0x036F),  # accents of Latin, Greek and Cyrillic
    (0x0591, 0x05C7),  # vowel points of Hebrew
    (0x0610, 0x061A),
    (0x064B, 0x065F),  # vowel marks of Arabic
    (0x06D6, 0x06ED),
)
_ACCENTED_SCRIPTS: Final = ("LATIN", "GREEK", "ARABIC", "HEBREW")
"""Scripts whose letters fold to their base; a Japanese or Indic mark makes another letter."""

_LETTERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict(zip("łđøħŧıðə", "ldohtide", strict=True)),
        **{"æ": "ae", "œ": "oe", "þ": "th", "ĳ": "ij", "ŀ": "l"},
        **{"ё": "е", "ѐ": "е", "ѝ": "и"},  # й, ї or ў are never written without their mark
        **{"ک": "ك", "ی": "ي", "ى": "ي", "ہ": "ه", "ۃ": "ه", "ة": "ه", "ۀ": "ه", "ە": "ه"},
        **{"ٱ": "ا", "ٰ": "", "ـ": ""},
        **{"\u093c": "", "\u0901": _ANUSVARA},  # Devanagari nukta; two signs of nasal vowels
        **{"ऩ": "न", "ऱ": "र", "ऴ": "ळ"},
        **{"ൺ": "ണ്", "ൻ": "ന്", "ർ": "ര്", "ൽ": "ല്", "ൾ": "ള്", "ൿ": "ക്", "ৎ": "ত্"},
    }
)
"""Letters that Unicode does not decompose as needed here, lower-case."""


def fold_spelling(folded_case: str, *, transliterate: bool | None = None) -> str:
    """Fold the spelling of a case-folded text.

    Parameters
    ----------
    folded_case : str
        Cleaned and case-folded.
    transliterate : bool, optional
        Whether Cyrillic is that of Serbian or Macedonian, and becomes Latin. By default it is if
        the text has a letter that only these languages have.

    Returns
    -------
    str
    """
    if is_plain(folded_case):
        return folded_case
    if transliterate is None:
        transliterate = is_serbian(folded_case)
    folding = _folding(transliterate)
    folded = folding.foldable.sub(lambda letter: folding.letters[letter[0]], folded_case)
    return _DEVANAGARI_NASAL.sub(_ANUSVARA, folded) if _VIRAMA in folded else folded


def is_plain(text: str) -> bool:
    """Whether a text is of ASCII and common punctuation, as most English ones are."""
    return _PLAIN.match(text) is not None


def changes_in_folding(folded_case: str, *, transliterate: bool) -> bool:
    """Whether `fold_spelling` would change a text."""
    is_foldable = _folding(transliterate).foldable.search(folded_case) is not None
    return is_foldable or _VIRAMA in folded_case


def is_serbian(folded_case: str, language: str | None = None) -> bool:
    """Whether a text is in Serbian or Macedonian, by its language or by its Cyrillic letters."""
    return language in SERBIAN_LANGUAGES or _SERBIAN_OR_MACEDONIAN.search(folded_case) is not None


class _Folding(NamedTuple):
    """What letters fold to, and a pattern that finds one of them."""

    letters: Mapping[str, str]
    foldable: re.Pattern[str]


@cache
def _folding(transliterate: bool) -> _Folding:
    from wordfreq.transliterate import SR_LATN_TABLE

    letters = dict(_common_letters())
    if transliterate:
        letters |= {
            chr(code): fold_spelling(latin.casefold().strip("'"), transliterate=False)
            for code, latin in SR_LATN_TABLE.items()
        }
    return _Folding(letters, re.compile(f"[{''.join(sorted(letters))}]"))


@cache
def _common_letters() -> Mapping[str, str]:
    """Return every letter that folding changes, whatever the language."""
    letters = map(chr, range(0x80, _FOLDED_PLANE))
    return MappingProxyType(
        {letter: folded for letter in letters if (folded := _fold_letter(letter)) != letter}
    )


def _fold_letter(letter: str) -> str:
    if letter in _LETTERS:
        return _LETTERS[letter]
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    if _is_removable_mark(letter):
        return ""
    base = unicodedata.normalize("NFD", letter)[0]
    if base != letter and unicodedata.name(letter, "").startswith(_ACCENTED_SCRIPTS):
        return _fold_letter(base)
    return _simplified_characters().get(ord(letter), letter)


def _is_removable_mark(letter: str) -> bool:
    in_range = any(first <= ord(letter) <= last for first, last in _MARK_RANGES)
    return in_range and unicodedata.category(letter) == "Mn"


@cache
def _simplified_characters() -> dict[int, str]:
    """Return the simplified form of each traditional Chinese character: the table of `wordfreq`.

    The function of `wordfreq` that applies it needs jieba, which is not installed.
    """
    import msgpack

    packed = (files("wordfreq") / "data" / "_chinese_mapping.msgpack.gz").read_bytes()
    table: dict[int, str] = msgpack.unpackb(gzip.decompress(packed), strict_map_key=False)
    return table
