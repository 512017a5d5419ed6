"""Read RSS and Atom feeds with feedparser; news sitemaps are recognised by their root element."""

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
from service.ingest.readers.text_formats import ReaderItem, ReaderNote, Record, UnreadableRecord

MAX_FEED_BYTES: Final = 64 << 20
"""Largest feed or sitemap that is read; the protocol allows sitemaps 50 MB."""

_SITEMAP_ROOT: Final = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*<(?:[\w.-]+:)?(?:urlset|sitemapindex)\b",
    re.DOTALL,
)


def read_feed(stream: BinaryIO, name: str) -> Iterator[ReaderItem]:
    """Yield every entry of an RSS or Atom feed, or of a news sitemap."""
    content = stream.read(MAX_FEED_BYTES + 1)
    if len(content) > MAX_FEED_BYTES:
        yield UnreadableRecord(name, f"longer than {MAX_FEED_BYTES:,} bytes", is_fatal=True)
    elif _SITEMAP_ROOT.match(content):
        yield from sitemaps.read_sitemap(content, name)
    else:
        yield from _read_entries(content, name)


def _read_entries(content: bytes, name: str) -> Iterator[ReaderItem]:
    try:
        import feedparser
    except ImportError:
        raise MissingExtraError("reading feeds", "feeds") from None
    # A stream, since feedparser fetches a string that looks like an address.
    feed = feedparser.parse(io.BytesIO(content))
    if feed.bozo and not feed.entries:
        yield UnreadableRecord(name, f"not a feed: {feed.get('bozo_exception')}", is_fatal=True)
        return
    if not feed.get("version"):
        yield UnreadableRecord(name, "neither RSS nor Atom nor a news sitemap", is_fatal=True)
        return
    for number, entry in enumerate(feed.entries, start=1):
        yield Record(f"{name}:{number}", _map_entry(entry, feed.feed), is_excerpt=True)
    if feed.bozo and not isinstance(feed.bozo_exception, feedparser.CharacterEncodingOverride):
        yield ReaderNote(name, f"not well-formed, some entries may be lost: {feed.bozo_exception}")


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
    """The date of publication; one that feedparser cannot parse is passed on to validation."""
    for name in ("published", "updated"):
        if parsed := entry.get(f"{name}_parsed"):
            return dates.from_timestamp(timegm(parsed)).isoformat()
        if raw := entry.get(name):
            return str(raw)
    return None


def _detail_text(detail: Any) -> str:
    value = str(detail.get("value") or "")
    if detail.get("type") == "text/plain" and "<" not in value:
        return value.strip()
    return html_to_text(value)
