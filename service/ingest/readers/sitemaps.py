"""Read news sitemaps: titles, addresses and dates of a site's recent articles.

Parsed with lxml, without entities and without network access. The libraries made for sitemaps
fetch whole trees of sitemaps by themselves.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Final

from service.common.optional import MissingExtraError
from service.ingest.readers.text_formats import (
    ReaderItem,
    ReaderNote,
    Record,
    SitemapRef,
    UnreadableRecord,
)

_ENTRY_TAGS: Final = ("{*}url", "{*}sitemap")


def read_sitemap(content: bytes, name: str) -> Iterator[ReaderItem]:
    """Yield every news entry of a sitemap, and every sitemap that an index lists."""
    try:
        from lxml import etree
    except ImportError:
        raise MissingExtraError("reading sitemaps", "feeds") from None
    number, skipped = 0, 0
    elements = etree.iterparse(
        io.BytesIO(content), tag=_ENTRY_TAGS, resolve_entities=False, no_network=True
    )
    try:
        for number, (_, element) in enumerate(elements, start=1):
            entry = _parse_entry(element, f"{name}:{number}")
            if entry is None:
                skipped += 1
            else:
                yield entry
            element.clear()
    except etree.XMLSyntaxError as error:
        yield UnreadableRecord(
            name, f"broken XML after {number} entries: {error.msg}", is_fatal=True
        )
    if skipped:
        yield ReaderNote(name, f"{skipped:,} entries without news are skipped")


def _parse_entry(element: Any, origin: str) -> Record | SitemapRef | None:
    url = (element.findtext("{*}loc") or "").strip()
    if element.tag.endswith("}sitemap") or element.tag == "sitemap":
        return SitemapRef(origin, url)
    news = element.find("{*}news")
    if news is None:
        return None
    fields = {
        "url": url,
        "title": news.findtext("{*}title"),
        "published_at": news.findtext("{*}publication_date"),
        "source": news.findtext("{*}publication/{*}name"),
        "language": news.findtext("{*}publication/{*}language"),
    }
    article = {field: value.strip() for field, value in fields.items() if value and value.strip()}
    return Record(origin, article, is_excerpt=True)
