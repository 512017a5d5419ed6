"""Read web archives (WARC and ARC, such as CC-NEWS) with warcio."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, BinaryIO, Final

from service.common.missing_extra import MissingExtraError
from service.ingest.parsing import page_identity
from service.ingest.readers import charsets
from service.ingest.readers.items import PassedOver, ReaderItem, Record, UnreadableRecord

MAX_PAGE_BYTES: Final = 16 << 20
"""Largest page that is read; no article is that long, and a page is held in memory."""

_HTML_CONTENT_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
_UNKNOWN_CONTENT_TYPES: Final = frozenset({"", "application/octet-stream", "unk", "no-type"})
"""What servers and crawlers write if they do not know; the content itself is looked at then."""
_HTML_BEGINNING: Final = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s{0,999}(?:<!--[^>]{0,999}-->\s{0,99})?<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE,
)
_SNIFFED_BYTES: Final = 4096
_ARCHIVE_RECORDS: Final = frozenset({"warcinfo", "arc_header", "request", "metadata"})
"""Records about the archive and its requests, which hold no page and are not counted."""
_BARE_TEXT: Final = "bare text of a page, in which menus cannot be told from the article"
_CHUNK_BYTES: Final = 64 << 10


def read_web_archive(stream: BinaryIO, name: str) -> Iterator[ReaderItem]:
    """Yield every HTML page with status 200, and pass over images, scripts and errors."""
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
            item = _parse_record(record, f"{name}:{number}")
            if _is_truncated(record):
                raise ValueError("the file ends inside the next record")
            if item:
                yield item
            records_read = number
    except (ArchiveLoadFailed, ValueError, RecursionError) as error:
        yield UnreadableRecord(name, f"stopped after record {records_read}: {error}", is_fatal=True)
    except AttributeError:  # warcio does not expect it
        reason = f"stopped after record {records_read}: a record lacks headers that it needs"
        yield UnreadableRecord(name, reason, is_fatal=True)


def _iter_records(archive: Iterator[Any]) -> Iterator[Any]:
    first = next(archive, None)
    # warcio accepts any line of words as an ARC record.
    if first is None or (first.format == "arc" and first.rec_type != "arc_header"):
        raise ValueError("not a web archive")
    yield first
    yield from archive


def _parse_record(record: Any, origin: str) -> ReaderItem | None:
    """The page of a record, or why it holds none; None if it is not meant to hold one."""
    if record.rec_type in _ARCHIVE_RECORDS:
        return None
    if record.rec_type == "conversion":
        return PassedOver(origin, _BARE_TEXT)
    if record.rec_type not in ("response", "resource"):
        return PassedOver(origin, f"record of type {record.rec_type}, which holds no page")
    if record.rec_type == "response" and record.http_headers is None:
        return PassedOver(origin, "not a response to an HTTP request")
    if record.http_headers is not None and record.http_headers.get_statuscode() != "200":
        return PassedOver(origin, f"status {record.http_headers.get_statuscode()}")
    return _parse_page(record, origin)


def _content_type(record: Any) -> str:
    """The content type of the page; that of the record itself is of the HTTP message around it."""
    headers = record.http_headers or record.rec_headers
    return headers.get_header("Content-Type") or ""


def _is_truncated(record: Any) -> bool:
    """Whether the file ends inside a record; warcio itself does not report that."""
    while record.raw_stream.read(_CHUNK_BYTES):
        pass
    return bool(getattr(record.raw_stream, "limit", 0))


def _parse_page(record: Any, origin: str) -> ReaderItem:
    url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<> ")
    content_type = _content_type(record)
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in _HTML_CONTENT_TYPES | _UNKNOWN_CONTENT_TYPES:
        return PassedOver(origin, f"not a page: {media_type}")
    content = record.content_stream().read(MAX_PAGE_BYTES + 1)
    is_html = media_type in _HTML_CONTENT_TYPES or _HTML_BEGINNING.match(content[:_SNIFFED_BYTES])
    if not is_html:
        return PassedOver(origin, "not a page, and without a content type")
    if len(content) > MAX_PAGE_BYTES:
        return UnreadableRecord(origin, f"{url}: longer than {MAX_PAGE_BYTES:,} bytes")
    decoded = charsets.decode(content, content_type)
    article = {"url": url, "html": decoded.text, "source": page_identity.host_of(url)}
    fields: dict[str, object] = {field: value for field, value in article.items() if value}
    return Record(origin, fields, warnings=decoded.warnings)
