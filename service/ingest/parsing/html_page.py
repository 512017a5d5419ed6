"""Extract the article from a whole web page, with trafilatura."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from service.ingest.parsing import page_date, urls

if TYPE_CHECKING:
    from lxml.html import HtmlElement


_MIN_NAME_CHARS: Final = 3
"""Shortest name, or initials, that is looked for within a longer one."""
_WORD: Final = re.compile(r"\w+")


class HtmlUnavailableError(RuntimeError):
    """The extra that extracts articles from HTML is not installed."""


class Page(NamedTuple):
    """The article of a page; a part that was not found is empty or None."""

    text: str
    title: str
    published_at: str | None
    """As the page declares it; a date that only stands somewhere on the page is not taken."""
    url: str | None
    """Canonical address that the page declares."""
    source: str | None
    is_own_url: bool = True
    """Whether `url` is the page's own; False if it may be the page of another outlet, of which
    this one has a copy."""


EXTRACTION_OPTIONS: Final[dict[str, Any]] = {"include_comments": False, "favor_precision": True}
"""Chosen with benchmarks/html_extraction.py. `deduplicate` must stay off: it remembers earlier
pages, so that the same page would give another text."""
_FAST_DATE_SEARCH: Final = {"extensive_search": False, "original_date": True}
"""For trafilatura's own search for a date, whose result is not used: it guesses, and loses the
time of day."""
EMPTY_PAGE: Final = Page("", "", None, None, None)


def extract(html: str, url: str | None = None) -> Page:
    """Extract the article from a page, without menus, advertisements and comments.

    Parameters
    ----------
    html : str
    url : str, optional
        Address of the page; it may contain the date.

    Raises
    ------
    HtmlUnavailableError
        If the extra ``html`` (trafilatura) is not installed.
    """
    try:
        from trafilatura import bare_extraction, load_html
    except ImportError:
        raise HtmlUnavailableError(
            "reading html needs an extra. In the checkout, run: .venv/bin/pip install '.[html]'"
        ) from None
    tree = load_html(html)
    if tree is None:
        return EMPTY_PAGE
    declared_url = _find_url(tree)
    published_at = page_date.find_date(tree, url or declared_url)
    document = bare_extraction(
        tree,
        url=url,
        with_metadata=True,
        date_extraction_params=_FAST_DATE_SEARCH,
        **EXTRACTION_OPTIONS,
    )
    if document is None or isinstance(document, dict):
        return EMPTY_PAGE
    source = document.sitename or document.hostname
    return Page(
        document.text or "",
        document.title or "",
        published_at,
        declared_url,
        source,
        not source or not declared_url or is_name_of_host(source, declared_url),
    )


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


def _find_url(tree: HtmlElement) -> str | None:
    """The address that the page declares as its own: that of Open Graph, if it differs in site.

    A syndicated copy names the original as canonical, and itself in Open Graph.
    """
    canonical = _article_url(next(iter(tree.xpath("//link[@rel='canonical']/@href")), None))
    own = _article_url(next(iter(tree.xpath("//meta[@property='og:url']/@content")), None))
    if canonical is None or (own is not None and not urls.is_same_site(own, canonical)):
        return own
    return canonical


def _article_url(url: str | None) -> str | None:
    """The declared address, or None if it is a front page, which many pages declare by mistake."""
    try:
        is_front_page = url is None or urls.is_front_page(url)
    except ValueError:
        return None
    return None if is_front_page else url
