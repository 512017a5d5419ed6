"""Words of a text as search compares them: folded, in any script.

Neither database's own tokenizer is used: FTS5 breaks Indic words at vowel signs, PostgreSQL's
parser depends on the locale of the server, and neither finds a word inside Chinese or Thai, which
are written without spaces. Here, every character of those scripts is a word of its own, and so is
every Korean syllable, as particles are attached to nouns; a query of several is then a phrase.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

FOLDING_VERSION: Final = f"1-{unicodedata.unidata_version}"
"""Changes with the words of a text; an index of another version is built anew."""
MAX_WORD_CHARS: Final = 40
"""Characters of a word that are compared; longer ones are addresses or encoded data."""

_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\uff66-\uff9f"  # Hiragana, Katakana, narrow Katakana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # CJK
    "\uac00-\ud7a3"  # Hangul
)
_ACCENT_RANGES: Final = ((0x300, 0x8FF), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF))
"""Marks that may be left out in writing: accents, and vowels of Arabic and Hebrew. Those of Indic
scripts, which follow, are letters."""
_BMP_END: Final = 0x10000
_LETTERS: Final[Mapping[str, str]] = {
    **{"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "þ": "th"},
    **{"æ": "ae", "œ": "oe", "ə": "e", "ґ": "г"},
    **{"ی": "ي", "ى": "ي", "ک": "ك", "ة": "ه", "ٱ": "ا", "ـ": ""},
}
"""Letters with a common plain spelling that Unicode does not decompose."""


def normalise(text: str) -> str:
    """Return a text in NFC: the form in which words are found."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def fold_words(text: str) -> list[str]:
    """Return the folded words of a text that `normalise` returned, in order."""
    return list(filter(None, map(fold, _word_pattern().findall(text))))


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return where each of the words stands that `fold_words` returns: its start and end."""
    return [match.span() for match in _word_pattern().finditer(text) if fold(match[0])]


@lru_cache(maxsize=1 << 16)
def fold(word: str) -> str:
    """Return a word without case and accents; ligatures, wide letters and digits made plain."""
    if word.isascii():
        return word.lower()[:MAX_WORD_CHARS]
    decomposed = unicodedata.normalize("NFKD", word).casefold().translate(_folding_table())
    folded = unicodedata.normalize("NFC", decomposed)[:MAX_WORD_CHARS]
    return "".join(char for char in folded if char.isalnum() or _is_mark(char))


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"


@cache
def _word_pattern() -> re.Pattern[str]:
    marks = "".join(re.escape(char) for char in _bmp_chars("Mn", "Mc", "Me", "Cf"))
    return re.compile(
        f"[{_UNSPACED}][{marks}]*|[^\\W_{_UNSPACED}](?:[^\\W_{_UNSPACED}]|[{marks}])*"
    )


@cache
def _folding_table() -> dict[int, str]:
    accents = (
        code
        for start, end in _ACCENT_RANGES
        for code in range(start, end + 1)
        if _is_mark(chr(code))
    )
    return {
        **dict.fromkeys(accents, ""),
        **dict.fromkeys(map(ord, _bmp_chars("Cf")), ""),
        **{ord(char): str(unicodedata.decimal(char)) for char in _bmp_chars("Nd")},
        **{ord(letter): plain for letter, plain in _LETTERS.items()},
    }


def _bmp_chars(*categories: str) -> list[str]:
    chars = map(chr, range(_BMP_END))
    return [char for char in chars if unicodedata.category(char) in categories]
