"""Extract the article from a whole web page, with trafilatura."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from service.ingest.parsing import urls


class HtmlUnavailableError(RuntimeError):
    """The extra that extracts articles from HTML is not installed."""


class Page(NamedTuple):
    """The article of a page; a part that was not found is empty or None."""

    text: str
    title: str
    published_at: str | None
    url: str | None
    """Canonical address that the page declares."""
    source: str | None


EXTRACTION_OPTIONS: Final[dict[str, Any]] = {"include_comments": False, "favor_precision": True}
"""Chosen with benchmarks/html_extraction.py. `deduplicate` must stay off: it remembers earlier
pages, so that the same page would give another text."""
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
        from trafilatura import bare_extraction
    except ImportError:
        raise HtmlUnavailableError(
            "reading html needs an extra. In the checkout, run: .venv/bin/pip install '.[html]'"
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
    """The declared address, or None if it is a front page, which many pages declare by mistake."""
    try:
        is_front_page = url is None or urls.is_front_page(url)
    except ValueError:
        return None
    return None if is_front_page else url
