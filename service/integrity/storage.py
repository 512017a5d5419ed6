"""The database itself: the pages and indexes of an SQLite file."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from service.integrity.finding import Finding

INVARIANT = "the database file is sound"


def find_damage(connection: Connection) -> Iterator[Finding]:
    """Yield what SQLite finds wrong with its file; PostgreSQL verifies pages as it reads them.

    Parameters
    ----------
    connection : Connection
        A transaction that sees one state of the store, as in all checks.

    Yields
    ------
    Finding
    """
    if connection.dialect.name != "sqlite":
        return
    for (message,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if message != "ok":
            yield Finding(INVARIANT, "file", message)
