"""News sitemaps: headlines, addresses and dates of what a site has published lately.

Read with lxml, without entities and without the network: the libraries made for sitemaps fetch
whole trees by themselves.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Final

from service.common.optional import MissingExtraError
from service.ingest.readers.text_formats import Note, ReaderItem, Record, SitemapRef, Unreadable

_ENTRY_TAGS: Final = ("{*}url", "{*}sitemap")


def read_sitemap(content: bytes, name: str) -> Iterator[ReaderItem]:
    """Every news entry of a sitemap, and every sitemap that an index names."""
    try:
        from lxml import etree
    except ImportError:
        raise MissingExtraError("reading sitemaps", "feeds") from None
    number, others = 0, 0
    elements = etree.iterparse(
        io.BytesIO(content), tag=_ENTRY_TAGS, resolve_entities=False, no_network=True
    )
    try:
        for number, (_, element) in enumerate(elements, start=1):
            found = _parse_entry(element, f"{name}:{number}")
            if found is None:
                others += 1
            else:
                yield found
            element.clear()
    except etree.XMLSyntaxError as error:
        yield Unreadable(name, f"broken XML after {number} entries: {error.msg}", is_fatal=True)
    if others:
        yield Note(name, f"{others:,} entries without news are left out")


def _parse_entry(element: Any, origin: str) -> Record | SitemapRef | None:
    address = (element.findtext("{*}loc") or "").strip()
    if element.tag.endswith("}sitemap") or element.tag == "sitemap":
        return SitemapRef(origin, address)
    news = element.find("{*}news")
    if news is None:
        return None
    fields = {
        "url": address,
        "title": news.findtext("{*}title"),
        "published_at": news.findtext("{*}publication_date"),
        "source": news.findtext("{*}publication/{*}name"),
        "language": news.findtext("{*}publication/{*}language"),
    }
    article = {field: value.strip() for field, value in fields.items() if value and value.strip()}
    return Record(origin, article, is_excerpt=True)
