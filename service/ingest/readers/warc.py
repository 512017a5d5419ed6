"""Web archives (WARC and ARC, such as CC-NEWS), read by warcio."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit

from service.common.optional import MissingExtraError
from service.ingest.readers.text_formats import ReaderItem, Record, Unreadable

MAX_PAGE_BYTES: Final = 16 << 20
"""Bytes after which a page can't be an article."""

_HTML_CONTENT_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
_CHARSET: Final = re.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_CHARSET_SCAN_BYTES: Final = 4096
_CHUNK_BYTES: Final = 64 << 10


def read_web_archive(stream: BinaryIO, name: str) -> Iterator[ReaderItem]:
    """Every page that a site answered with success. Images, scripts and errors are passed over."""
    try:
        from warcio.archiveiterator import ArchiveIterator
        from warcio.exceptions import ArchiveLoadFailed
    except ImportError:
        raise MissingExtraError("reading web archives", "warc") from None
    if find_spec("trafilatura") is None:  # or each page would be refused for it
        raise MissingExtraError("reading the pages of web archives", "html")
    behind = 0
    try:
        for number, record in enumerate(_iter_records(ArchiveIterator(stream)), start=1):
            found = _parse_page(record, f"{name}:{number}") if _is_page(record) else None
            if _is_truncated(record):
                raise ValueError("the file ends within the next")
            if found:
                yield found
            behind = number
    except (ArchiveLoadFailed, ValueError) as error:
        yield Unreadable(name, f"stopped after record {behind}: {error}", is_fatal=True)


def _iter_records(archive: Iterator[Any]) -> Iterator[Any]:
    first = next(archive, None)
    # Any line of words passes for a record of ARC.
    if first is None or (first.format == "arc" and first.rec_type != "arc_header"):
        raise ValueError("not a web archive")
    yield first
    yield from archive


def _is_page(record: Any) -> bool:
    if record.rec_type != "response" or record.http_headers is None:
        return False
    kind = (record.http_headers.get_header("Content-Type") or "").partition(";")[0]
    return (
        record.http_headers.get_statuscode() == "200"
        and kind.strip().lower() in _HTML_CONTENT_TYPES
    )


def _is_truncated(record: Any) -> bool:
    """Whether the file ends within a record, which warcio passes over in silence."""
    while record.raw_stream.read(_CHUNK_BYTES):
        pass
    return bool(getattr(record.raw_stream, "limit", 0))


def _parse_page(record: Any, origin: str) -> ReaderItem:
    address = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<> ")
    content = record.content_stream().read(MAX_PAGE_BYTES + 1)
    if len(content) > MAX_PAGE_BYTES:
        return Unreadable(origin, f"{address}: longer than {MAX_PAGE_BYTES:,} bytes")
    kind = (record.http_headers.get_header("Content-Type") or "").encode()
    article = {"url": address, "html": decode_page(content, kind), "source": _outlet_of(address)}
    return Record(origin, {field: value for field, value in article.items() if value})


def _outlet_of(url: str) -> str | None:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.") or None
    except ValueError:  # such as a bracket that is not closed
        return None


def decode_page(content: bytes, content_type: bytes) -> str:
    """Decode a page by its HTTP header, or else by what stands in it, or else as it can be.

    Parameters
    ----------
    content : bytes
    content_type : bytes
        The header ``Content-Type``.
    """
    for stated in (_CHARSET.search(content_type), _CHARSET.search(content[:_CHARSET_SCAN_BYTES])):
        try:
            return content.decode(stated[1].decode() if stated else "utf-8")
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("utf-8", errors="replace")
