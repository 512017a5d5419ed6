"""Read news sitemaps: titles, addresses and dates of a site's recent articles.

Parsed with lxml, without entities and without network access. The libraries made for sitemaps
fetch whole trees of sitemaps by themselves.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Final

from service.common.missing_extra import MissingExtraError
from service.ingest.readers.feed_entries import resolve_url
from service.ingest.readers.items import (
    PassedOver,
    ReaderItem,
    Record,
    SitemapRef,
    UnreadableRecord,
)

_ENTRY_TAGS: Final = ("{*}url", "{*}sitemap")


def read_sitemap(content: bytes, name: str, base_url: str = "") -> Iterator[ReaderItem]:
    """Yield every news entry of a sitemap, and every sitemap that an index lists.

    Parameters
    ----------
    content : bytes
        XML in UTF-8.
    name : str
        The source, as shown.
    base_url : str
        What relative addresses refer to.
    """
    try:
        from lxml import etree
    except ImportError:
        raise MissingExtraError("reading sitemaps", "feeds") from None
    number = 0
    elements = etree.iterparse(
        io.BytesIO(content), tag=_ENTRY_TAGS, resolve_entities=False, no_network=True
    )
    try:
        for number, (_, element) in enumerate(elements, start=1):
            yield _parse_entry(element, f"{name}:{number}", base_url)
            element.clear()
    except etree.XMLSyntaxError as error:
        yield UnreadableRecord(
            name, f"broken XML after {number} entries: {error.msg}", is_fatal=True
        )


def _parse_entry(element: Any, origin: str, base_url: str) -> ReaderItem:
    location = (element.findtext("{*}loc") or "").strip()
    if element.tag.endswith("}sitemap") or element.tag == "sitemap":
        return SitemapRef(origin, location)
    news = element.find("{*}news")
    if news is None:
        return PassedOver(origin, "an address without news")
    url = resolve_url(location, base_url)
    fields = {
        "url": url,
        "title": news.findtext("{*}title"),
        "published_at": news.findtext("{*}publication_date"),
        "source": news.findtext("{*}publication/{*}name"),
        "language": news.findtext("{*}publication/{*}language"),
    }
    article = {field: value.strip() for field, value in fields.items() if value and value.strip()}
    is_left_out = bool(location) and not url
    warnings = (f"loc: not a web address, left out: {location!r}",) if is_left_out else ()
    return Record(origin, article, "summary", warnings)
