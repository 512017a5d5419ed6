"""The article inside a web page."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from service.ingest.parsing import urls


class HtmlUnavailableError(RuntimeError):
    """The extra that reads HTML is not installed."""


class Page(NamedTuple):
    """What was found in a page; empty or None where nothing was."""

    text: str
    title: str
    published_at: str | None
    url: str | None
    """What the page calls its own address."""
    source: str | None


EXTRACTION_OPTIONS: Final[dict[str, Any]] = {"include_comments": False, "favor_precision": True}
"""As measured by benchmarks/html_text.py. Never `deduplicate`: it remembers the pages before, so
that the same page gives another text."""
EMPTY_PAGE: Final = Page("", "", None, None, None)


def extract(html: str, url: str | None = None) -> Page:
    """Take the article out of a page: no menus, no advertisements, no comments.

    Parameters
    ----------
    html : str
    url : str, optional
        Where the page was found; it may tell the date.

    Raises
    ------
    HtmlUnavailableError
        Without the extra ``html`` (trafilatura).
    """
    try:
        from trafilatura import bare_extraction
    except ImportError:
        raise HtmlUnavailableError(
            "reading html needs the extra: pip install 'storyfold[html]'"
        ) from None
    document = bare_extraction(html, url=url, with_metadata=True, **EXTRACTION_OPTIONS)
    if document is None or isinstance(document, dict):
        return EMPTY_PAGE
    return Page(
        document.text or "",
        document.title or "",
        document.date,
        _article_url(document.url),
        document.sitename or document.hostname,
    )


def _article_url(url: str | None) -> str | None:
    """What a page gives as its address, unless that is the front page: then it names no article."""
    try:
        is_front = url is None or urls.is_front_page(url)
    except ValueError:
        return None
    return None if is_front else url
