"""Decode bytes as browsers do, and detect the encoding where none is declared.

In order: byte order mark, HTTP header, XML declaration or ``<meta>``, UTF-8, detection. Labels are
those of the WHATWG Encoding Standard: pages labelled gb2312 are GBK, and iso-8859-1 is
windows-1252. A declaration that does not fit the bytes is passed over.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import chardet
import webencodings
from chardet.enums import EncodingEra

_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEADER_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:+-]+)", re.IGNORECASE)
_DECLARED_CHARSET: Final = re.compile(
    rb"\A\s{0,99}<\?xml[^<>]{0,200}?encoding\s*=\s*[\"']\s*([\w.:+-]+)"
    rb"|<meta\b[^<>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:+-]+)",
    re.IGNORECASE,
)
_DECLARATION_BYTES: Final = 4096
"""Bytes that are searched for a declaration; HTML asks for the first 1024."""
_DETECTION_BYTES: Final = 256 << 10
_LAST_ASCII: Final = 0x7F
_FEW_BYTES: Final = 10
_FEW_BYTES_SHARE: Final = 0.2
"""Fewer bytes beyond ASCII, and a smaller share of them, do not tell one encoding from another."""
_MANY_REPLACED: Final = 0.1
"""Share of the characters beyond ASCII that may be undecodable before an encoding is doubted."""
_ZERO_SHARE_OF_UTF16: Final = 0.2
_WIDER_CODECS: Final = {"gbk": "gb18030"}
"""Python codecs with a superset, which the standard prescribes for decoding."""
_OTHER_CODECS: Final = {
    **{"cp932": "cp932", "cp936": "gb18030", "cp949": "cp949", "cp950": "cp950"},
    **{"cp437": "cp437", "cp850": "cp850", "cp852": "cp852"},
    **{"hz-gb-2312": "hz", "iso-2022-kr": "iso2022_kr", "utf-32": "utf-32"},
}
"""Labels that the standard leaves out, or maps to nothing since browsers must fear them."""

Evidence = Literal["mark", "declaration", "validity", "detection"]


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec of Python, and how it was found."""

    codec: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A text, and what became of its bytes."""

    text: str
    encoding: Encoding
    replaced: int
    """Number of U+FFFD in place of bytes that could not be decoded."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the text should know."""
        return tuple(
            describe_encoding(self.encoding) + describe_replaced(self.replaced, self.encoding.codec)
        )


def decode(content: bytes, content_type: str = "") -> DecodedText:
    """Decode a whole document.

    Parameters
    ----------
    content : bytes
    content_type : str
        The HTTP header ``Content-Type``, if there was one.
    """
    encoding = find_encoding(content, content_type)
    text = content.decode(encoding.codec, errors="replace")
    return DecodedText(text, encoding, _count_replaced(content, text, encoding.codec))


def find_encoding(sample: bytes, content_type: str = "", *, is_whole: bool = True) -> Encoding:
    """Return the encoding of a document.

    Parameters
    ----------
    sample : bytes
        The document or its beginning.
    content_type : str
        The HTTP header ``Content-Type``, if there was one.
    is_whole : bool
        Whether the sample is the whole document; otherwise it may end inside a character.
    """
    if mark := next((codec for bom, codec in _BYTE_ORDER_MARKS if sample.startswith(bom)), None):
        return Encoding(mark, "mark")
    if utf16 := _find_utf16(sample[:1024]):
        return Encoding(utf16, "detection")
    declared = list(dict.fromkeys(_iter_declared(sample, content_type)))
    is_utf8 = _replaced_share(sample, "utf-8", is_whole) == 0
    # Many servers declare Latin-1 by default, and bytes of Latin-1 are not UTF-8 by chance.
    if is_utf8 and (not declared or (declared[0] == "cp1252" and not sample.isascii())):
        return Encoding("utf-8", "validity" if not declared else "declaration")
    shares = {codec: _replaced_share(sample, codec, is_whole) for codec in (*declared, "utf-8")}
    best = min(shares, key=lambda codec: shares[codec])
    if shares[best] <= _MANY_REPLACED:
        return Encoding(best, "declaration" if best in declared else "validity")
    return _detect(sample)


def codec_of(label: str) -> str | None:
    """Return Python's codec for a label of the WHATWG standard, or None if it is unknown."""
    encoding = webencodings.lookup(label)
    if encoding is None or encoding.name in ("replacement", "x-user-defined"):
        return _OTHER_CODECS.get(label.strip().lower())
    name: str = encoding.codec_info.name
    return _WIDER_CODECS.get(name, name)


def describe_encoding(encoding: Encoding) -> list[str]:
    """Say so if an encoding is only a guess."""
    if encoding.evidence != "detection":
        return []
    return [f"encoding: none is declared that fits; read as {encoding.codec}"]


def describe_replaced(count: int, codec: str) -> list[str]:
    """Say how many characters were replaced, if any."""
    if not count:
        return []
    characters = "1 character" if count == 1 else f"{count:,} characters"
    return [f"encoding: {characters} could not be read as {codec}, replaced by U+FFFD"]


def _iter_declared(sample: bytes, content_type: str) -> Iterator[str]:
    labels = []
    if header := _HEADER_CHARSET.search(content_type):
        labels.append(header[1])
    if declared := _DECLARED_CHARSET.search(sample[:_DECLARATION_BYTES]):
        labels.append((declared[1] or declared[2]).decode("ascii", errors="replace"))
    for label in labels:
        # A declaration that can be read as ASCII is not written in UTF-16.
        if (codec := codec_of(label)) and not codec.startswith(("utf-16", "utf-32")):
            yield codec


def _replaced_share(sample: bytes, codec: str, is_whole: bool) -> float:
    """The share of characters beyond ASCII that a codec cannot decode."""
    if codec == "cp1252":  # its five undefined bytes are control characters for browsers
        return 0.0
    text = codecs.getincrementaldecoder(codec)("replace").decode(sample, final=is_whole)
    replaced = _count_replaced(sample, text, codec)
    return replaced / max(1, sum(map(_is_beyond_ascii, text))) if replaced else 0.0


def _find_utf16(head: bytes) -> str | None:
    """UTF-16 without a byte order mark, in which every second byte of Latin letters is 0."""
    zeros = {"utf-16-be": head[0::2].count(0), "utf-16-le": head[1::2].count(0)}
    codec = max(zeros, key=lambda name: zeros[name])
    return codec if zeros[codec] > len(head) * _ZERO_SHARE_OF_UTF16 else None


def _is_beyond_ascii(character: str) -> bool:
    return character > "\x7f"


def _count_replaced(content: bytes, text: str, codec: str) -> int:
    """Count U+FFFD in the text, except those that the bytes themselves hold."""
    count = text.count("\ufffd")
    if count and codec in ("utf-8", "utf-8-sig", "gb18030"):
        count -= content.count("\ufffd".encode(codec.removesuffix("-sig")))
    return max(0, count)


def _detect(sample: bytes) -> Encoding:
    content = sample[:_DETECTION_BYTES]
    n_telling = sum(byte > _LAST_ASCII for byte in content)
    if n_telling < _FEW_BYTES and n_telling < len(content) * _FEW_BYTES_SHARE:
        return Encoding("cp1252", "detection")  # as browsers read what nobody declares
    for era in (EncodingEra.ALL, EncodingEra.MODERN_WEB):
        label = (chardet.detect(content, encoding_era=era)["encoding"] or "ascii").lower()
        names = (label, label.replace("cp", "windows-"))
        codec = next(filter(None, map(codec_of, names)), None)
        if codec and label != "ascii":
            return Encoding(codec, "detection")
    return Encoding("cp1252", "detection")
