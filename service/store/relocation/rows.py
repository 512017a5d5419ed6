"""Bring rows of one database to the state of another, and write only those that differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    select,
    true,
    tuple_,
    update,
)

from service.store import bulk
from service.store.bulk import RowValues

PrimaryKey = tuple[Any, ...]
_Rows = dict[PrimaryKey, RowValues]


def iter_ranges(connection: Connection, table: Table, size: int) -> Iterator[ColumnElement[bool]]:
    """Divide a table into ranges of the primary key that cover all possible keys.

    Parameters
    ----------
    connection : Connection
        Where the rows are counted.
    table : Table
    size : int
        Rows of a range.

    Yields
    ------
    ColumnElement of bool
        The condition of one range.
    """
    columns = list(table.primary_key)
    keys = connection.execute(select(*columns).order_by(*columns))
    bounds = [tuple(key) for position, key in enumerate(keys, start=1) if position % size == 0]
    for lower, upper in pairwise([None, *bounds, None]):
        above = true() if lower is None else tuple_(*columns) > tuple_(*lower)
        yield above if upper is None else and_(above, tuple_(*columns) <= tuple_(*upper))


def equalise(
    source: Connection, target: Connection, table: Table, condition: ColumnElement[bool]
) -> int:
    """Make the rows of a table that satisfy a condition the same in both databases.

    Parameters
    ----------
    source : Connection
    target : Connection
        A write transaction.
    table : Table
    condition : ColumnElement of bool

    Returns
    -------
    int
        Rows that were written or deleted.
    """
    return write_differences(
        target, table, load(source, table, condition), load(target, table, condition)
    )


def load(connection: Connection, table: Table, condition: ColumnElement[bool]) -> _Rows:
    """Return rows by their primary key."""
    names = [column.name for column in table.primary_key]
    rows = connection.execute(select(table).where(condition)).mappings()
    return {tuple(row[name] for name in names): dict(row) for row in rows}


def write_differences(target: Connection, table: Table, wanted: _Rows, found: _Rows) -> int:
    """Delete, update and insert until the rows found are those wanted; return how many."""
    surplus = [key for key in found if key not in wanted]
    changed = [row for key, row in wanted.items() if key in found and found[key] != row]
    missing = [row for key, row in wanted.items() if key not in found]
    _delete(target, table, surplus)
    # A row that is out of date elsewhere may still hold a value that must be unique.
    for column in _unique_columns(table):
        _delete_holders(target, table, column, [*changed, *missing])
    _update(target, table, changed)
    bulk.insert(target, table, missing)
    return len(surplus) + len(changed) + len(missing)


def _delete(target: Connection, table: Table, keys: Sequence[PrimaryKey]) -> None:
    if keys:
        columns = list(table.primary_key)
        matches = [column == bindparam(f"key_{column.name}") for column in columns]
        names = [f"key_{column.name}" for column in columns]
        target.execute(
            delete(table).where(*matches), [dict(zip(names, key, strict=True)) for key in keys]
        )


def _update(target: Connection, table: Table, rows: Sequence[RowValues]) -> None:
    columns = list(table.primary_key)
    names = {column.name for column in columns}
    values: dict[str, Any] = {
        column.name: bindparam(column.name) for column in table.columns if column.name not in names
    }
    if rows and values:
        matches = [column == bindparam(f"key_{column.name}") for column in columns]
        parameters = [
            {f"key_{name}" if name in names else name: value for name, value in row.items()}
            for row in rows
        ]
        target.execute(update(table).where(*matches).values(values), parameters)


def _unique_columns(table: Table) -> list[str]:
    constraints = (item for item in table.constraints if isinstance(item, UniqueConstraint))
    return [column.name for constraint in constraints for column in constraint.columns]


def _delete_holders(
    target: Connection, table: Table, column: str, rows: Sequence[RowValues]
) -> None:
    """Delete rows of other keys that hold a unique value of the rows about to be written."""
    (key,) = table.primary_key
    parameters = [
        {"held": row[column], "owner": row[key.name]} for row in rows if row[column] is not None
    ]
    if parameters:
        held = table.c[column] == bindparam("held")
        target.execute(delete(table).where(held, key != bindparam("owner")), parameters)
