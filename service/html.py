"""The article inside a web page."""

from __future__ import annotations

from typing import Final, NamedTuple

_MISSING: Final = "html is read by an extra that is not installed: pip install 'storyfold[html]'"


class HtmlUnavailableError(RuntimeError):
    """The extra that reads HTML is not installed."""


class Page(NamedTuple):
    """What was found in a page; empty or None where nothing was."""

    text: str
    title: str
    published_at: str | None


def extract(html: str) -> Page:
    """Take the article out of a page: no menus, no advertisements, no comments.

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
    document = bare_extraction(html, with_metadata=True, include_comments=False)
    if document is None or isinstance(document, dict):
        return Page("", "", None)
    return Page(document.text or "", document.title or "", document.date)
