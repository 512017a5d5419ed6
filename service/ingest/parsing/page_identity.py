"""Whose page it is: the address and the outlet that a page declares.

A copy of another outlet's article names the original as canonical. Then its own address and its
outlet may stand elsewhere on the page, and keep the articles of two outlets apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from service.ingest.parsing import page_json_ld, urls
from service.ingest.parsing.field_mapping import values

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MIN_NAME_CHARS: Final = 3
"""Shortest name, or initials, that is looked for within a longer one."""
_MAX_SITE_NAME_CHARS: Final = 40
_WORD: Final = re.compile(r"\w+")
_SAVED_FROM: Final = re.compile(
    r"<!--\s{0,9}(?:saved from url=\(\d+\)|Page saved with SingleFile\s{0,9}url:\s{0,9})"
    r"(https?://[^\s<>]+)"
)
"""Comments of browsers and of SingleFile in pages that they save."""
_SAVED_FROM_CHARS: Final = 4096
_TITLE_SEPARATOR: Final = re.compile(r"\s*[|\-–—·:•»«]+\s*")
_OWN_LINKS: Final = (
    "//base/@href"
    "|//link[@rel='shortlink' or @rel='amphtml']/@href"
    "|//link[@rel='alternate'][contains(@type, 'rss') or contains(@type, 'atom')]/@href"
)
"""Addresses that are of the site that shows the page."""


def find_saved_url(html: str) -> str | None:
    """Return the address from which a browser saved a page, if it says so."""
    saved = _SAVED_FROM.search(html, 0, _SAVED_FROM_CHARS)
    return saved and _article_url(saved[1])


class DeclaredUrl(NamedTuple):
    """An address that a page declares."""

    url: str | None
    is_own: bool
    """Whether it is certainly that of the page, not of an article that it copies."""


def find_url(tree: HtmlElement, saved_url: str | None = None) -> DeclaredUrl:
    """Return the address that a page declares: the canonical one, unless its own is elsewhere.

    A syndicated copy names the original as canonical, and itself in Open Graph or JSON-LD.

    Parameters
    ----------
    tree : lxml.html.HtmlElement
    saved_url : str, optional
        Where a browser saved the page.
    """
    canonical = _article_url(next(iter(tree.xpath("//link[@rel='canonical']/@href")), None))
    candidates = map(_article_url, [saved_url, *_iter_own_urls(tree)])
    for own in filter(None, candidates):
        if canonical is None or not urls.is_same_site(own, canonical):
            return DeclaredUrl(own, is_own=True)
    return DeclaredUrl(canonical, is_own=canonical is None)


def find_outlet(tree: HtmlElement) -> str | None:
    """Return the name of the outlet as JSON-LD, the title, or links to the own site have it."""
    for article in page_json_ld.find_articles(tree):
        publisher = article.get("publisher")
        name = publisher if isinstance(publisher, str) else values.read_nested("source", publisher)
        if name:
            return (name if isinstance(name, str) else name[1]).strip()
    return _name_in_title(tree) or _own_host(tree)


def is_name_of_host(name: str, url: str) -> bool:
    """Whether an outlet's name fits the host of an address.

    Parameters
    ----------
    name : str
        "The Salt Marsh Times" fits saltmarsh.example, salt-marsh-times.example and smt.example.
    url : str
    """
    words = _WORD.findall(name.lower())
    words = words[1:] if words[:1] == ["the"] else words
    whole, initials = "".join(words), "".join(word[0] for word in words)
    labels = [label.replace("-", "") for label in (urlsplit(url).hostname or "").split(".")[:-1]]
    return any(
        label in (whole, initials)
        or (len(label) >= _MIN_NAME_CHARS and label in whole)
        or any(len(name) >= _MIN_NAME_CHARS and name in label for name in (whole, initials))
        for label in labels
        if label != "www"
    )


def host_of(url: str | None) -> str | None:
    """Return the host of an address without "www", or None if it has none."""
    try:
        return (urlsplit(url or "").hostname or "").removeprefix("www.") or None
    except ValueError:  # for example an unclosed bracket
        return None


def _iter_own_urls(tree: HtmlElement) -> Iterator[str]:
    yield from tree.xpath("//meta[@property='og:url']/@content")
    for article in page_json_ld.find_articles(tree):
        for name in ("url", "mainEntityOfPage"):
            value = article.get(name)
            nested = ("", value) if isinstance(value, str) else values.read_nested("url", value)
            if nested:
                yield nested[1]


def _name_in_title(tree: HtmlElement) -> str | None:
    """What follows the headline in the title of the window."""
    title = " ".join("".join(tree.xpath("//head/title[1]//text()")).split())
    for heading in tree.iterfind(".//h1"):
        headline = " ".join(heading.text_content().split())
        rest = title[len(headline) :]
        separator = _TITLE_SEPARATOR.match(rest)
        if headline and separator and title.startswith(headline):
            name = rest[separator.end() :]
            return name if 0 < len(name) <= _MAX_SITE_NAME_CHARS else None
    return None


def _own_host(tree: HtmlElement) -> str | None:
    return next(filter(None, map(host_of, tree.xpath(_OWN_LINKS))), None)


def _article_url(url: str | None) -> str | None:
    """The declared address, or None if it is a front page, which many pages declare by mistake."""
    url = f"https:{url}" if url and url.startswith("//") else url
    try:
        is_front_page = url is None or urls.is_front_page(url)
    except ValueError:
        return None
    return None if is_front_page else url
