"""Read, insert and update many rows at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    func,
    select,
)
from sqlalchemy import insert as sql_insert
from sqlalchemy import update as sql_update

RowValues = dict[str, Any]
"""Values of a row by column name."""

_MAX_IN_VALUES: Final = 500
"""Values in one IN list; databases limit the parameters of a statement."""


def chunked(values: Iterable[int]) -> Iterator[Sequence[int]]:
    """Sort values and divide them into lists that fit into one IN."""
    ordered = sorted(values)
    for start in range(0, len(ordered), _MAX_IN_VALUES):
        yield ordered[start : start + _MAX_IN_VALUES]


def select_in(
    connection: Connection,
    query: Select[Any],
    column: ColumnElement[int],
    values: Iterable[int],
) -> Iterator[Row[Any]]:
    """Run a query for those rows in which a column has one of many values.

    Parameters
    ----------
    connection : Connection
    query : Select
        Run once for each chunk of values, in ascending order of the chunks: its own ORDER BY and
        LIMIT are those of one chunk.
    column : ColumnElement of int
    values : iterable of int

    Yields
    ------
    Row
    """
    for chunk in chunked(values):
        yield from connection.execute(query.where(column.in_(chunk)))


def select_values(connection: Connection, values: Iterable[int]) -> Select[Any]:
    """Return a query for whole numbers, however many, as one parameter of a statement."""
    if connection.dialect.name == "postgresql":
        array = bindparam(None, list(values), ARRAY(BigInteger))
        return select(func.unnest(array).column_valued("value"))
    return select(func.json_each(json.dumps(list(values))).table_valued("value").c.value)


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
    parameters = [{**row, "updated_key": row[key.name]} for row in rows]
    values: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != key.name}
    statement = sql_update(table).where(key == bindparam("updated_key")).values(values)
    connection.execute(statement, parameters)
