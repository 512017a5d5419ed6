"""The date of publication that a page declares.

Only declarations count: JSON-LD, meta elements, `<time>` elements that are marked as the date of
publication, and a day in the address. A date in the text, a footer or a sidebar may be any date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from service.common import dates
from service.ingest.parsing import page_json_ld
from service.ingest.parsing.field_mapping import schema_org

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_JSON_NAMES: Final = ("datePublished", "dateCreated", "uploadDate")
_META_NAMES: Final = (
    *("article:published_time", "article:published", "article:published_date"),
    *("og:article:published_time", "og:published_time", "og:pubdate", "datepublished"),
    *("date_published", "publish-date", "publish_date", "publication_date", "publication-date"),
    *("pubdate", "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "bt:pubdate"),
    *("citation_publication_date", "citation_date", "dcterms.issued", "dc.date.issued"),
    *("dcterms.created", "dc.date.created", "dcterms.date", "dc.date", "datecreated", "date"),
)
"""Names of meta elements for the date of publication, the most telling first: Open Graph,
schema.org, analytics, Highwire, Dublin Core."""
_PUBLISHED_ELEMENTS: Final = (
    "//*[translate(@itemprop, 'DP', 'dp')='datepublished'][@datetime or @content]"
    "|//*[translate(@itemprop, 'DP', 'dp')='datepublished'][not(@datetime or @content)]"
    "|//abbr[contains(concat(' ', normalize-space(@class), ' '), ' published ')][@title]"
    "|//time[@pubdate][@datetime]"
    "|//time[contains(concat(' ', normalize-space(@class), ' '), ' published ')][@datetime]"
    "|//time[contains(concat(' ', normalize-space(@class), ' '), ' dt-published ')][@datetime]"
)
_JSON_DATE: Final = re.compile(r'"datePublished"\s*:\s*"([^"]{4,60})"')
_DAY_IN_PATH: Final = re.compile(r"/((?:19|20)\d\d)([/-])(\d\d?)\2(\d\d?)(?=[/-])")


def find_date(tree: HtmlElement, url: str | None) -> str | None:
    """Return the date of publication as the page declares it, with its time.

    Parameters
    ----------
    tree : lxml.html.HtmlElement
    url : str or None
        Address of the page.

    Returns
    -------
    str or None
        The first declaration that can be read; if none can, the first of them.
    """
    first = None
    for declared in _iter_declared(tree, url):
        if dates.read_stored(declared) is not None:
            return declared
        first = first or declared
    return first


def _iter_declared(tree: HtmlElement, url: str | None) -> Iterator[str]:
    yield from _iter_json_dates(tree)
    yield from _iter_meta_dates(tree)
    yield from _marked_dates(tree)
    day = _DAY_IN_PATH.search(url or "")
    if day is not None:
        yield f"{day[1]}-{int(day[3]):02}-{int(day[4]):02}"


def _iter_json_dates(tree: HtmlElement) -> Iterator[str]:
    """Yield the dates of articles, then those of pages; a picture or a site may be of any age."""
    of_pages: list[str] = []
    for script in page_json_ld.iter_scripts(tree):
        try:
            nodes = page_json_ld.parse_articles(script)
        except (ValueError, RecursionError):
            yield from _JSON_DATE.findall(script)[:1]
            continue
        for node in nodes:
            if schema_org.is_article(node):
                yield from _iter_article_dates(node)
            elif str(node.get("@type", "WebPage")).endswith("Page"):
                of_pages += _iter_article_dates(node)
    yield from of_pages


def _iter_article_dates(article: Mapping[str, Any]) -> Iterator[str]:
    for name in _JSON_NAMES:
        if isinstance(value := article.get(name), str) and value.strip():
            yield value.strip()


def _iter_meta_dates(tree: HtmlElement) -> Iterator[str]:
    content_by_name: dict[str, str] = {}
    for element in tree.iterfind(".//meta[@content]"):
        for attribute in ("property", "name", "itemprop"):
            name = element.get(attribute, "").lower()
            content_by_name.setdefault(name, element.get("content", "").strip())
    return (value for name in _META_NAMES if (value := content_by_name.get(name)))


def _marked_dates(tree: HtmlElement) -> set[str]:
    """The date that all marked elements agree on; where they do not, some are of other articles."""
    elements = tree.xpath(_PUBLISHED_ELEMENTS)
    found = {_value_of(element) for element in elements} - {""}
    return found if len(found) == 1 else set()


def _value_of(element: HtmlElement) -> str:
    declared = (element.get(name) for name in ("datetime", "content", "title"))
    value = next(filter(None, declared), None) or element.text_content()
    return " ".join(value.split())
