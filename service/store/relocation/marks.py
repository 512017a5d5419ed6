"""Marks of a move in `meta`: on the store that is left, and on the one that is not complete yet."""

from __future__ import annotations

from typing import Final

from sqlalchemy.engine import make_url

from service.store.schema import (
    META_COPIED_FROM,
    META_GENERATION,
    META_MOVED_TO,
    META_SCHEMA,
    META_SEARCH_VERSION,
)

OWN_NAMES: Final = frozenset(
    {META_COPIED_FROM, META_GENERATION, META_MOVED_TO, META_SCHEMA, META_SEARCH_VERSION}
)
"""Rows of `meta` that say something about one database, so that they are not copied."""


def describe(path_or_url: str) -> str:
    """Return the path or URL of a store as it may be shown: without a password."""
    if "://" not in path_or_url:
        return path_or_url
    return make_url(path_or_url).render_as_string(hide_password=True)
