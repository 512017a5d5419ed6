"""Compare two databases: rows of every table, and digests of what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Column, Connection, Table, func, select

from service.store import meta_values
from service.store.schema import META_MOVED_TO, articles, assignments, changes, meta, metadata

_ROWS_PER_FETCH: Final = 1000
_HASHED: Final[Mapping[Table, Sequence[str]]] = MappingProxyType(
    {
        articles: ("key", "id", "version", "content_hash"),
        assignments: ("key", "group_number", "event_number", "duplicate_of", "arrived_seq"),
        changes: ("seq", "kind", "key", "group_number", "event_number", "source", "target"),
    }
)
"""Columns that are hashed; of the other tables, the primary key."""


@dataclass(frozen=True, slots=True)
class TableDigest:
    """How many rows a table has, and a hash of those columns that identify them."""

    n_rows: int
    digest: str


def digest_tables(connection: Connection) -> dict[str, TableDigest]:
    """Count and hash all tables, those of articles by keys, content hashes and assignments.

    The other columns of the large tables are compared slice by slice while they are copied.

    Parameters
    ----------
    connection : Connection
        A transaction that sees one state of the store.

    Returns
    -------
    dict of str to TableDigest
        By the name of the table.
    """
    return {
        table.name: _digest(connection, table, _columns_to_hash(table))
        for table in metadata.sorted_tables
        if table is not meta
    }


def find_differences(source: dict[str, TableDigest], target: dict[str, TableDigest]) -> list[str]:
    """Return the names of the tables that differ."""
    return [name for name, digest in source.items() if target.get(name) != digest]


def count_articles(connection: Connection) -> int:
    """Count the stored articles; 0 in a new store."""
    return connection.scalar(select(func.count()).select_from(articles)) or 0


def is_new(connection: Connection) -> bool:
    """Whether nothing has ever been stored, nor a copy begun."""
    if meta_values.read(connection, META_MOVED_TO) is not None:
        return False
    return count_articles(connection) == 0


def _columns_to_hash(table: Table) -> Sequence[Column[Any]]:
    if table in _HASHED:
        return [table.c[name] for name in _HASHED[table]]
    return list(table.primary_key)


def _digest(connection: Connection, table: Table, columns: Sequence[Column[Any]]) -> TableDigest:
    query = select(*columns).order_by(*table.primary_key)
    hasher, n_rows = blake2b(digest_size=16), 0
    with connection.execute(query.execution_options(yield_per=_ROWS_PER_FETCH)) as rows:
        for row in rows:
            hasher.update(repr(tuple(row)).encode())
            n_rows += 1
    return TableDigest(n_rows, hasher.hexdigest())
