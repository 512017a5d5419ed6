"""Read web archives (WARC and ARC, such as CC-NEWS) with warcio."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit

from service.common.optional import MissingExtraError
from service.ingest.readers.text_formats import ReaderItem, Record, UnreadableRecord

MAX_PAGE_BYTES: Final = 16 << 20
"""Largest page that is read; no article is that long, and a page is held in memory."""

_HTML_CONTENT_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
_CHARSET: Final = re.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_CHARSET_SCAN_BYTES: Final = 4096
"""Bytes of a page that are searched for a declared encoding; HTML asks for the first 1024."""
_CHUNK_BYTES: Final = 64 << 10


def read_web_archive(stream: BinaryIO, name: str) -> Iterator[ReaderItem]:
    """Yield every HTML page with status 200; images, scripts and errors are skipped."""
    try:
        from warcio.archiveiterator import ArchiveIterator
        from warcio.exceptions import ArchiveLoadFailed
    except ImportError:
        raise MissingExtraError("reading web archives", "warc") from None
    if find_spec("trafilatura") is None:  # otherwise every page would be refused for this reason
        raise MissingExtraError("reading the pages of web archives", "html")
    records_read = 0
    try:
        for number, record in enumerate(_iter_records(ArchiveIterator(stream)), start=1):
            page = _parse_page(record, f"{name}:{number}") if _is_page(record) else None
            if _is_truncated(record):
                raise ValueError("the file ends inside the next record")
            if page:
                yield page
            records_read = number
    except (ArchiveLoadFailed, ValueError) as error:
        yield UnreadableRecord(name, f"stopped after record {records_read}: {error}", is_fatal=True)


def _iter_records(archive: Iterator[Any]) -> Iterator[Any]:
    first = next(archive, None)
    # warcio accepts any line of words as an ARC record.
    if first is None or (first.format == "arc" and first.rec_type != "arc_header"):
        raise ValueError("not a web archive")
    yield first
    yield from archive


def _is_page(record: Any) -> bool:
    if record.rec_type != "response" or record.http_headers is None:
        return False
    content_type = (record.http_headers.get_header("Content-Type") or "").partition(";")[0]
    return (
        record.http_headers.get_statuscode() == "200"
        and content_type.strip().lower() in _HTML_CONTENT_TYPES
    )


def _is_truncated(record: Any) -> bool:
    """Whether the file ends inside a record; warcio itself does not report that."""
    while record.raw_stream.read(_CHUNK_BYTES):
        pass
    return bool(getattr(record.raw_stream, "limit", 0))


def _parse_page(record: Any, origin: str) -> ReaderItem:
    url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<> ")
    content = record.content_stream().read(MAX_PAGE_BYTES + 1)
    if len(content) > MAX_PAGE_BYTES:
        return UnreadableRecord(origin, f"{url}: longer than {MAX_PAGE_BYTES:,} bytes")
    content_type = (record.http_headers.get_header("Content-Type") or "").encode()
    article = {"url": url, "html": decode_page(content, content_type), "source": _outlet_of(url)}
    return Record(origin, {field: value for field, value in article.items() if value})


def _outlet_of(url: str) -> str | None:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.") or None
    except ValueError:  # for example an unclosed bracket
        return None


def decode_page(content: bytes, content_type: bytes) -> str:
    """Decode a page by its HTTP header, else by its own declaration, else as UTF-8.

    Parameters
    ----------
    content : bytes
    content_type : bytes
        The header ``Content-Type``.
    """
    for charset in (_CHARSET.search(content_type), _CHARSET.search(content[:_CHARSET_SCAN_BYTES])):
        try:
            return content.decode(charset[1].decode() if charset else "utf-8")
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("utf-8", errors="replace")
