"""Many rows at once, in and out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam
from sqlalchemy import insert as sql_insert
from sqlalchemy import update as sql_update

Row = dict[str, Any]

_IN_LIST: Final = 500
"""Values in one IN list; databases have a limit."""


def in_steps(values: Iterable[int]) -> Iterator[Sequence[int]]:
    """Cut values, sorted, into lists that an IN can take."""
    ordered = sorted(values)
    for at in range(0, len(ordered), _IN_LIST):
        yield ordered[at : at + _IN_LIST]


def insert(transaction: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that have the same columns."""
    if rows:
        transaction.execute(sql_insert(table), list(rows))


def update(transaction: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Update rows that have the same columns, among them the (single) primary key."""
    if not rows:
        return
    (key,) = table.primary_key
    # A parameter must not have the name of a column that is set.
    found = [{**row, "which": row[key.name]} for row in rows]
    values: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != key.name}
    transaction.execute(sql_update(table).where(key == bindparam("which")).values(values), found)
