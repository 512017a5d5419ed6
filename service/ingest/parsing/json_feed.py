"""The entries of a JSON Feed (jsonfeed.org), each as an article."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

_VERSION_PREFIX: Final = ("https://jsonfeed.org/version/", "http://jsonfeed.org/version/")


def is_json_feed(document: object) -> bool:
    """Whether a decoded JSON value is a JSON Feed."""
    return (
        isinstance(document, Mapping)
        and isinstance(document.get("items"), list)
        and str(document.get("version", "")).startswith(_VERSION_PREFIX)
    )


def iter_entries(feed: Mapping[str, Any]) -> Iterator[object]:
    """Yield the entries of a feed, with its title as their source, and its language.

    Parameters
    ----------
    feed : mapping
        A document for which `is_json_feed` is true.
    """
    common = {"source": feed.get("title"), "language": feed.get("language")}
    for entry in feed["items"]:
        yield {**common, **entry} if isinstance(entry, Mapping) else entry
