"""RSS and Atom feeds, read by feedparser; news sitemaps take the same way in."""

from __future__ import annotations

import io
import re
from calendar import timegm
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from service.common import dates
from service.common.optional import MissingExtraError
from service.ingest.parsing.html_fragment import html_to_text
from service.ingest.readers import sitemaps
from service.ingest.readers.text_formats import Note, ReaderItem, Record, Unreadable

MAX_FEED_BYTES: Final = 64 << 20
"""Bytes of the longest feed or sitemap that is read; sitemaps are allowed 50 MB."""

_SITEMAP_ROOT: Final = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*<(?:[\w.-]+:)?(?:urlset|sitemapindex)\b",
    re.DOTALL,
)


def read_feed(stream: BinaryIO, name: str) -> Iterator[ReaderItem]:
    """Every entry of an RSS or Atom feed, or of a news sitemap, as its root element says."""
    content = stream.read(MAX_FEED_BYTES + 1)
    if len(content) > MAX_FEED_BYTES:
        yield Unreadable(name, f"longer than {MAX_FEED_BYTES:,} bytes", is_fatal=True)
    elif _SITEMAP_ROOT.match(content):
        yield from sitemaps.read_sitemap(content, name)
    else:
        yield from _read_entries(content, name)


def _read_entries(content: bytes, name: str) -> Iterator[ReaderItem]:
    try:
        import feedparser
    except ImportError:
        raise MissingExtraError("reading feeds", "feeds") from None
    # As a stream: a string might be taken for an address to fetch.
    found = feedparser.parse(io.BytesIO(content))
    if found.bozo and not found.entries:
        yield Unreadable(name, f"not a feed: {found.get('bozo_exception')}", is_fatal=True)
        return
    if not found.get("version"):
        yield Unreadable(name, "neither RSS nor Atom nor a news sitemap", is_fatal=True)
        return
    for number, entry in enumerate(found.entries, start=1):
        yield Record(f"{name}:{number}", _map_entry(entry, found.feed), is_excerpt=True)
    if found.bozo and not isinstance(found.bozo_exception, feedparser.CharacterEncodingOverride):
        yield Note(name, f"not well-formed, some entries may be lost: {found.bozo_exception}")


def _map_entry(entry: Any, channel: Any) -> dict[str, object]:
    content = next(iter(entry.get("content", ())), None) or entry.get("summary_detail") or {}
    link = entry.get("link")
    fields = {
        "id": None if link else entry.get("id"),
        "url": link,
        "title": _detail_text(entry.get("title_detail") or {}),
        "text": _detail_text(content),
        "published_at": _publication_date(entry),
        "source": (entry.get("source") or {}).get("title") or channel.get("title"),
        "language": content.get("language") or channel.get("language"),
    }
    return {name: value for name, value in fields.items() if value}


def _publication_date(entry: Any) -> str | None:
    """When it was published; what feedparser can't read is handed on to be judged."""
    for name in ("published", "updated"):
        if parsed := entry.get(f"{name}_parsed"):
            return dates.from_timestamp(timegm(parsed)).isoformat()
        if given := entry.get(name):
            return str(given)
    return None


def _detail_text(detail: Any) -> str:
    value = str(detail.get("value") or "")
    if detail.get("type") == "text/plain" and "<" not in value:
        return value.strip()
    return html_to_text(value)
