"""Clean raw text, and fold it for matching."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache
from typing import Final

from clustering.features.markup import decode_entities, strip_comments
from clustering.features.spelling import fold_spelling

_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,1000}>")
_DATE_LINE: Final = re.compile(r"\A\s*date \d{4}-\d\d-\d\d\s*$", re.MULTILINE)
_NOTHING_INVISIBLE: Final = re.compile(
    r"[\t\n\r -~\u00a0-\u00ac\u00ae-\u05ff\u2010-\u2027\u2030-\u205e]*\Z"
)
"""Texts of these characters need no translation: a quick test that most texts pass."""


def clean(raw: str) -> str:
    """Return `raw` as a reader would see it.

    Entities are decoded. Tags, comments and invisible characters are removed. Compatibility forms
    (ligatures, full-width letters) are normalised (NFKC). The date line that some crawlers put
    first is dropped. Line breaks stay, since paragraphs carry meaning.

    Parameters
    ----------
    raw : str

    Returns
    -------
    str
    """
    text = raw
    if "&" in text:
        text = decode_entities(text)
    if "<" in text:
        text = _TAG.sub(" ", strip_comments(text, replacement=" "))
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if not _NOTHING_INVISIBLE.match(text):
        text = text.translate(_invisible_char_map())
    return _DATE_LINE.sub("", text, count=1).strip()


def fold(text: str) -> str:
    """Return a cleaned text as it is matched: without differences of case and of spelling.

    Outlets write in capitals, without accents, or in another alphabet of the language (see
    `clustering.features.spelling`).
    """
    return text.lower() if text.isascii() else fold_spelling(text.casefold())


@cache
def _invisible_char_map() -> dict[int, None]:
    return {
        code: None
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in ("Cf", "Cc", "Cs")
        and chr(code) not in "\t\n\r\f\v\x85"
    }
