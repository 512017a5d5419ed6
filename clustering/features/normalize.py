"""Clean raw text, and fold it for matching."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.features.markup import decode_entities, strip_comments
from clustering.features.spelling import fold_spelling, is_serbian

_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,1000}>")
_RUN_OR_SPACE: Final = re.compile(r"\s+|\S+")
_DATE: Final = re.compile(r"date \d{4}-\d\d-\d\d")
_DATE_LINE: Final = re.compile(rf"\A\s*{_DATE.pattern}\s*$", re.MULTILINE)
_DATE_CHARS: Final = len("date 2000-01-01")
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
    text = strip_markup(raw)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if not _NOTHING_INVISIBLE.match(text):
        text = text.translate(_invisible_char_map())
    return _DATE_LINE.sub("", text, count=1).strip()


def strip_markup(raw: str) -> str:
    """Decode entities, and remove tags and comments: the first step of `clean`."""
    text = decode_entities(raw) if "&" in raw else raw
    if "<" in text:
        text = _TAG.sub(" ", strip_comments(text, replacement=" "))
    return text


def may_have_date_line(text: str) -> bool:
    """Whether `clean` may remove a line with a date from the beginning.

    Parameters
    ----------
    text : str
        Without markup. Characters that cleaning leaves out are not looked through.
    """
    start = text.lstrip()[:_DATE_CHARS]
    plain = start if start.isascii() else unicodedata.normalize("NFKC", start)
    return _DATE.match(plain) is not None


def fold(text: str) -> str:
    """Return a cleaned text as it is matched: without differences of case and of spelling.

    Outlets write in capitals, without accents, or in another alphabet of the language (see
    `clustering.features.spelling`).
    """
    return text.lower() if text.isascii() else fold_spelling(text.casefold())


def fold_aligned(text: str) -> tuple[str, NDArray[np.int64]]:
    """Fold a text as `fold` does, and tell where each folded character comes from.

    Parameters
    ----------
    text : str
        Cleaned.

    Returns
    -------
    folded : str
    offsets : ndarray of int64, shape (len(folded) + 1,)
        Position in `text` of each character of `folded`, and of the end.
    """
    folded = fold(text)
    if len(folded) == len(text):
        return folded, np.arange(len(text) + 1)
    transliterate = is_serbian(text.casefold())
    pieces = [
        run.start() + _align_run(run[0], transliterate) for run in _RUN_OR_SPACE.finditer(text)
    ]
    return folded, np.concatenate([*pieces, [len(text)]])


def _align_run(run: str, transliterate: bool) -> NDArray[np.int64]:
    """Return where each folded character of a run without spaces comes from, in the run."""
    n_folded = len(fold_spelling(run.casefold(), transliterate=transliterate))
    lengths = [len(fold_spelling(char.casefold(), transliterate=transliterate)) for char in run]
    if sum(lengths) == n_folded:
        return np.repeat(np.arange(len(run)), lengths)
    return np.minimum(np.arange(n_folded), len(run) - 1)  # characters that fold together


@cache
def _invisible_char_map() -> dict[int, None]:
    return {
        code: None
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in ("Cf", "Cc", "Cs")
        and chr(code) not in "\t\n\r\f\v\x85"
    }
