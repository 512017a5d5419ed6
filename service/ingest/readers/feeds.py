"""Read RSS and Atom feeds with feedparser; tell them from JSON Feeds and news sitemaps."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from service.common import strict_json
from service.common.missing_extra import MissingExtraError
from service.ingest.parsing.html_fragment import html_to_text
from service.ingest.parsing.json_feed import is_json_feed
from service.ingest.readers import charsets, sitemaps
from service.ingest.readers.feed_entries import Entry, Feed, build_records
from service.ingest.readers.items import ReaderItem, ReaderNote, UnreadableRecord
from service.ingest.readers.json_feed import read_json_feed

MAX_FEED_BYTES: Final = 16 << 20
"""Largest feed that is read; feedparser holds all of it in memory, many times over."""
MAX_SITEMAP_BYTES: Final = 64 << 20
"""Largest sitemap that is read; the protocol allows 50 MB."""

_SITEMAP_ROOTS: Final = frozenset({"urlset", "sitemapindex"})
_ROOT: Final = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
_PROLOG_CHARS: Final = 64 << 10
"""Characters in which the root element must begin."""
_LONG_TAG: Final = re.compile(r"<[^<>!]{8000,}")
_MAX_ATTRIBUTES: Final = 1000
_ENCODING: Final = re.compile(r"(\A<\?xml[^<>]{0,200}?)\s+encoding\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_DATE_NAMES: Final = ("published", "updated", "created")
_NO_FEED: Final = "neither RSS nor Atom nor JSON Feed nor a news sitemap"


def read_feed(
    stream: BinaryIO, name: str, *, address: str = "", base_url: str = "", content_type: str = ""
) -> Iterator[ReaderItem]:
    """Yield every entry of a feed or news sitemap.

    Parameters
    ----------
    stream : binary file
    name : str
        The source, as shown.
    address : str
        Where it was requested, if it was.
    base_url : str
        Where it was found, after redirects: what relative addresses refer to.
    content_type : str
        The HTTP header ``Content-Type``, if there was one.
    """
    content = stream.read(MAX_SITEMAP_BYTES + 1)
    if len(content) > MAX_SITEMAP_BYTES:
        yield UnreadableRecord(name, f"longer than {MAX_SITEMAP_BYTES:,} bytes", is_fatal=True)
        return
    decoded = charsets.decode(content, content_type)
    yield from (ReaderNote(name, warning) for warning in decoded.warnings)
    text = decoded.text.lstrip("\ufeff \t\r\n")
    is_sitemap = _find_root(text) in _SITEMAP_ROOTS
    if not is_sitemap and len(content) > MAX_FEED_BYTES:
        yield UnreadableRecord(name, f"longer than {MAX_FEED_BYTES:,} bytes", is_fatal=True)
    elif is_sitemap:
        yield from sitemaps.read_sitemap(_encode(text), name, base_url)
    elif text.startswith("{"):
        yield from _read_json(text, name, address, base_url)
    elif _has_huge_tag(text):
        yield UnreadableRecord(name, "not read: an element has too many attributes", is_fatal=True)
    else:
        yield from _read_xml(_encode(text), name, address, base_url)


def _has_huge_tag(text: str) -> bool:
    """Whether a tag has so many attributes that feedparser would take minutes to read them."""
    return any(tag[0].count("=") > _MAX_ATTRIBUTES for tag in _LONG_TAG.finditer(text))


def _find_root(text: str) -> str:
    """The name of the root element, without its prefix, or "" if there is none."""
    position = 0
    while 0 <= position < _PROLOG_CHARS:
        if root := _ROOT.match(text, position):
            return root[1].lower()
        end = "?>" if text.startswith("<?", position) else ">"
        end = "-->" if text.startswith("<!--", position) else end
        closed = text.find(end, position)
        position = -1 if closed < 0 else text.find("<", closed)
    return ""


def _encode(text: str) -> bytes:
    return _ENCODING.sub(r"\1", text, count=1).encode(errors="replace")


def _read_json(text: str, name: str, address: str, base_url: str) -> Iterator[ReaderItem]:
    try:
        document = strict_json.parse(text)
    except ValueError as error:
        yield UnreadableRecord(name, f"broken JSON: {error}", is_fatal=True)
        return
    if isinstance(document, dict) and is_json_feed(document):
        yield from read_json_feed(document, name, address, base_url)
    else:
        yield UnreadableRecord(name, _NO_FEED, is_fatal=True)


def _read_xml(content: bytes, name: str, address: str, base_url: str) -> Iterator[ReaderItem]:
    parsed = _parse(content)
    problem = str(parsed.get("bozo_exception") or "")
    if reason := _refusal(parsed, problem):
        yield UnreadableRecord(name, reason, is_fatal=True)
        return
    feed = _build_feed(parsed.feed, name, address, base_url)
    entries: dict[int, Entry | str] = {}
    for number, raw in enumerate(parsed.entries, start=1):
        try:
            entries[number] = _parse_entry(raw, parsed.feed)
        except Exception as error:  # one entry that a library cannot digest costs only itself
            entries[number] = f"cannot be read: {error}"
    yield from build_records(entries, feed)
    if parsed.bozo:
        yield ReaderNote(name, f"not well-formed, some entries may be lost: {problem}")


def _parse(content: bytes) -> Any:
    try:
        import feedparser
    except ImportError:
        raise MissingExtraError("reading feeds", "feeds") from None
    # A stream, since feedparser fetches a string that looks like an address. It is not told the
    # address of the feed, or it would make addresses of ids. Tags are removed later.
    return feedparser.parse(
        io.BytesIO(content),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _refusal(parsed: Any, problem: str) -> str:
    """Why a document cannot be read as a feed, or "" if it can."""
    if "amplification" in problem:
        return "not read: its entities would expand without bound"
    if parsed.bozo and not parsed.entries:
        return f"not a feed: {problem}"
    return "" if parsed.get("version") else _NO_FEED


def _build_feed(channel: Any, name: str, address: str, base_url: str) -> Feed:
    own_addresses = (
        str(link.get("href") or "")
        for link in channel.get("links", ())
        if link.get("rel") == "self"
    )
    return Feed(
        name=name,
        address=address or next(own_addresses, ""),
        base_url=base_url,
        site=str(channel.get("link") or ""),
        title=_detail_text(channel.get("title_detail") or {}),
    )


def _parse_entry(entry: Any, channel: Any) -> Entry:
    contents = (content for content in entry.get("content", ()) if content.get("value"))
    content = next(contents, None)
    detail = content or entry.get("summary_detail") or {}
    guid = str(entry.get("id") or "")
    return Entry(
        guid=guid,
        link=_link(entry, guid),
        title=_detail_text(entry.get("title_detail") or {}),
        text=_detail_text(detail),
        extent="content" if content else "summary",
        # Not feedparser's own reading of the dates: it takes unknown zones for UTC.
        dates=tuple(str(date) for name in _DATE_NAMES if (date := dict.get(entry, name))),
        source=str((entry.get("source") or {}).get("title") or ""),
        language=str(detail.get("language") or channel.get("language") or ""),
    )


def _link(entry: Any, guid: str) -> str:
    """The address of an entry; feedparser also takes a guid for one, such as "101"."""
    link = str(entry.get("feedburner_origlink") or dict.get(entry, "link") or "")
    return "" if link == guid and not link.startswith(("http:", "https:", "/")) else link


def _detail_text(detail: Any) -> str:
    value = str(detail.get("value") or "")
    if detail.get("type") == "text/plain" and "<" not in value:
        return value.strip()
    return html_to_text(value)
