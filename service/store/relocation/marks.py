"""Marks of a move in `meta`: on the store that is left, and on the one that is not complete yet."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.engine import make_url

from service.store.schema import (
    META_COPIED_FROM,
    META_MOVED_TO,
    META_SCHEMA,
    META_SEARCH_VERSION,
    meta,
)

OWN_NAMES: Final = frozenset({META_COPIED_FROM, META_MOVED_TO, META_SCHEMA, META_SEARCH_VERSION})
"""Rows of `meta` that say something about one database, so that they are not copied."""


def read(connection: Connection, name: str) -> str | None:
    """Return a mark; None if it is not set."""
    return connection.scalar(select(meta.c.value).where(meta.c.name == name))


def write(connection: Connection, name: str, value: str) -> None:
    """Set a mark, in a write transaction."""
    clear(connection, name)
    connection.execute(insert(meta), [{"name": name, "value": value}])


def clear(connection: Connection, name: str) -> None:
    """Remove a mark, in a write transaction."""
    connection.execute(delete(meta).where(meta.c.name == name))


def describe(path_or_url: str) -> str:
    """Return the path or URL of a store as it may be shown: without a password."""
    if "://" not in path_or_url:
        return path_or_url
    return make_url(path_or_url).render_as_string(hide_password=True)
