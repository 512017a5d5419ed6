"""Clean and case-fold raw text."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache

from clustering.features.markup import decode_entities, strip_comments

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,1000}>")
_DATE_LINE = re.compile(r"\A\s*date \d{4}-\d\d-\d\d\s*$", re.MULTILINE)
_ONLY_PLAIN = re.compile(r"[\t\n\r -~\u00a0-\u00ac\u00ae-\u05ff\u2010-\u2027\u2030-\u205e]*\Z")


def clean(raw: str) -> str:
    """Return `raw` as a reader would see it.

    Entities are decoded, tags and invisible characters removed, compatibility forms (ligatures,
    full-width letters) brought together (NFKC), and the date line that some crawlers put in front
    is dropped. Line breaks stay, since paragraphs carry meaning.

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
    if not _ONLY_PLAIN.match(text):
        text = text.translate(_invisible_char_map())
    return _DATE_LINE.sub("", text, count=1).strip()


@cache
def _invisible_char_map() -> dict[int, None]:
    return {
        code: None
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in ("Cf", "Cc", "Cs")
        and chr(code) not in "\t\n\r\f\v\x85"
    }


def fold_case(text: str) -> str:
    """Return `text` without the differences of case that desks introduce (ALL CAPS, Title Case)."""
    return text.lower() if text.isascii() else text.casefold()
