"""Many rows at once, in and out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam
from sqlalchemy import insert as sql_insert
from sqlalchemy import update as sql_update

RowValues = dict[str, Any]

_MAX_IN_VALUES: Final = 500
"""Values in one IN list; databases have a limit."""


def chunked(values: Iterable[int]) -> Iterator[Sequence[int]]:
    """Cut values, sorted, into lists that an IN can take."""
    ordered = sorted(values)
    for at in range(0, len(ordered), _MAX_IN_VALUES):
        yield ordered[at : at + _MAX_IN_VALUES]


def insert(connection: Connection, table: Table, rows: Sequence[RowValues]) -> None:
    """Insert rows that have the same columns."""
    if rows:
        connection.execute(sql_insert(table), list(rows))


def update(connection: Connection, table: Table, rows: Sequence[RowValues]) -> None:
    """Update rows that have the same columns, among them the (single) primary key."""
    if not rows:
        return
    (key,) = table.primary_key
    # A parameter must not have the name of a column that is set.
    found = [{**row, "which": row[key.name]} for row in rows]
    values: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != key.name}
    connection.execute(sql_update(table).where(key == bindparam("which")).values(values), found)
