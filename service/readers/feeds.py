"""RSS and Atom feeds, read by feedparser; news sitemaps take the same way in."""

from __future__ import annotations

import io
import re
from calendar import timegm
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from service import dates
from service.extras import MissingExtraError
from service.readers import sitemaps
from service.readers.formats import Note, Reading, Record, Unreadable

LARGEST: Final = 64 << 20
"""Bytes of the longest feed or sitemap that is read; sitemaps are allowed 50 MB."""

_SITEMAP: Final = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*<(?:[\w.-]+:)?(?:urlset|sitemapindex)\b",
    re.DOTALL,
)
_BLOCKS: Final = frozenset(
    {
        *("address", "article", "blockquote", "dd", "div", "dl", "dt", "figcaption", "figure"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "section", "table"),
        *("td", "tr", "ul"),
    }
)


def feed(stream: BinaryIO, name: str) -> Iterator[Reading]:
    """Every entry of an RSS or Atom feed, or of a news sitemap, as its root element says."""
    content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        yield Unreadable(name, f"longer than {LARGEST:,} bytes", ends=True)
    elif _SITEMAP.match(content):
        yield from sitemaps.entries(content, name)
    else:
        yield from _entries(content, name)


def _entries(content: bytes, name: str) -> Iterator[Reading]:
    try:
        import feedparser
    except ImportError:
        raise MissingExtraError("reading feeds", "feeds") from None
    # As a stream: a string might be taken for an address to fetch.
    found = feedparser.parse(io.BytesIO(content))
    if found.bozo and not found.entries:
        yield Unreadable(name, f"not a feed: {found.get('bozo_exception')}", ends=True)
        return
    if not found.get("version"):
        yield Unreadable(name, "neither RSS nor Atom nor a news sitemap", ends=True)
        return
    for number, entry in enumerate(found.entries, start=1):
        yield Record(f"{name}:{number}", _article(entry, found.feed), excerpt=True)
    if found.bozo and not isinstance(found.bozo_exception, feedparser.CharacterEncodingOverride):
        yield Note(name, f"not well-formed, some entries may be lost: {found.bozo_exception}")


def _article(entry: Any, channel: Any) -> dict[str, object]:
    content = next(iter(entry.get("content", ())), None) or entry.get("summary_detail") or {}
    link = entry.get("link")
    fields = {
        "id": None if link else entry.get("id"),
        "url": link,
        "title": _text(entry.get("title_detail") or {}),
        "text": _text(content),
        "published_at": _date(entry),
        "source": (entry.get("source") or {}).get("title") or channel.get("title"),
        "language": content.get("language") or channel.get("language"),
    }
    return {name: value for name, value in fields.items() if value}


def _date(entry: Any) -> str | None:
    """When it was published; what feedparser can't read is handed on to be judged."""
    for name in ("published", "updated"):
        if parsed := entry.get(f"{name}_parsed"):
            return dates.moment(timegm(parsed)).isoformat()
        if given := entry.get(name):
            return str(given)
    return None


def _text(detail: Any) -> str:
    value = str(detail.get("value") or "")
    if detail.get("type") == "text/plain" and "<" not in value:
        return value.strip()
    return plain(value)


def plain(fragment: str) -> str:
    """Return a piece of HTML as text, its blocks as paragraphs."""
    if not fragment.strip():
        return ""
    from lxml import html

    root = html.fragment_fromstring(fragment, create_parent="div")
    for element in root.iter():
        if element.tag in _BLOCKS:
            element.text = f"\n\n{element.text or ''}"
            element.tail = f"\n\n{element.tail or ''}"
        elif element.tag == "br":
            element.tail = f"\n{element.tail or ''}"
    lines = (" ".join(line.split()) for line in root.text_content().splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
