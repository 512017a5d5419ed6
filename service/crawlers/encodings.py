"""Decode the bytes of items, without depending on a library."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from typing import Final

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARATION: Final = re.compile(
    rb"<(?:meta|\?xml)\b[^>]{0,300}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE
)
_DECLARATION_BYTES: Final = 2048
"""A declaration stands at the beginning of a page."""
_BROWSERS_NAMES: Final = {
    **dict.fromkeys(("gb2312", "gbk", "x-gbk", "gb_2312-80"), "gb18030"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "ksc5601", "korean"), "cp949"),
    **dict.fromkeys(
        ("iso-8859-1", "latin1", "latin-1", "iso8859-1", "us-ascii", "ascii"), "cp1252"
    ),
    **dict.fromkeys(("big5", "big5-hkscs", "x-x-big5"), "big5hkscs"),
    **dict.fromkeys(("iso-8859-9", "latin5"), "cp1254"),
    **dict.fromkeys(("tis-620", "iso-8859-11"), "cp874"),
}
"""What browsers read where these are declared (WHATWG Encoding Standard), as Python names it."""
_GUESSED: Final = (
    *("gb18030", "big5", "cp932", "euc_jp", "cp949", "cp1250", "cp1251", "cp1252", "cp1253"),
    *("cp1254", "cp1255", "cp1256", "cp1257", "cp874", "koi8_r", "iso8859_2"),
)
"""Encodings that the web uses; a guess may be none of the others."""


def find_encoding(contents: Iterable[bytes], declared: str | None) -> str | None:
    """Return the encoding of an item's bytes, which is the same for all of them.

    Parameters
    ----------
    contents : iterable of bytes
    declared : str or None
        Name that the item gives.

    Returns
    -------
    str or None
        Python's name. None if nothing tells it and charset_normalizer, which Requests brings along,
        is not installed.
    """
    contents = list(contents)
    for bom, encoding in _BOMS:
        if any(content.startswith(bom) for content in contents):
            return encoding
    named = [declared] if declared else []
    named += [
        match[1].decode("ascii", "ignore")
        for content in contents
        if (match := _DECLARATION.search(content[:_DECLARATION_BYTES]))
    ]
    for known in ("utf-8", *map(_python_name, named)):
        if known is not None and _decodes(contents, known):
            return known
    return _guess(b"\n".join(contents))


def _python_name(name: str) -> str | None:
    name = name.strip().lower()
    try:
        return _BROWSERS_NAMES.get(name) or codecs.lookup(name).name
    except LookupError:
        return None


def _decodes(contents: Iterable[bytes], encoding: str) -> bool:
    try:
        for content in contents:
            content.decode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def _guess(content: bytes) -> str | None:
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return None
    best = from_bytes(content).best()
    if best is None or best.encoding not in _GUESSED:
        best = from_bytes(content, cp_isolation=list(_GUESSED)).best()
    return best.encoding if best is not None else None
