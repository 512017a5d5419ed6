"""Extract the article from a whole web page, with trafilatura."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any, Final, NamedTuple

from service.ingest.parsing import page_date, page_identity


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


@cache
def _silence_dateutil() -> None:
    """Ignore warnings of time zones in the dates that trafilatura reads, which are not used."""
    warnings.filterwarnings("ignore", "tzname .* identified but not understood")


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
    _silence_dateutil()
    tree = load_html(html)
    if tree is None:
        return EMPTY_PAGE
    declared = page_identity.find_url(tree, page_identity.find_saved_url(html))
    outlet = page_identity.find_outlet(tree) or page_identity.host_of(url or declared.url)
    published_at = page_date.find_date(tree, url or declared.url)
    document = bare_extraction(
        tree,
        url=url,
        with_metadata=True,
        date_extraction_params=_FAST_DATE_SEARCH,
        **EXTRACTION_OPTIONS,
    )
    if document is None or isinstance(document, dict):
        return EMPTY_PAGE
    # Without a name, trafilatura takes the host of the canonical address, which may be another's.
    is_named = document.sitename and document.sitename not in (document.url or "")
    source = document.sitename if is_named else outlet
    return Page(
        document.text or "",
        document.title or "",
        published_at,
        declared.url,
        source,
        declared.is_own or not source or page_identity.is_name_of_host(source, declared.url or ""),
    )
