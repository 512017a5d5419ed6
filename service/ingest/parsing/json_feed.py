"""Tell JSON Feeds (https://www.jsonfeed.org/version/1.1/) from other JSON documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_VERSION_PREFIXES: Final = ("https://jsonfeed.org/version/", "http://jsonfeed.org/version/")


def is_json_feed(document: object) -> bool:
    """Whether a decoded JSON document is a JSON Feed."""
    version = document.get("version") if isinstance(document, Mapping) else None
    return isinstance(version, str) and version.strip().replace("://www.", "://").startswith(
        _VERSION_PREFIXES
    )
