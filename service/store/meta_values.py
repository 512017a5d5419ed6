"""Single values of a store by name, in the table `meta`: positions, marks, versions."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from service.store.schema import meta


def read(connection: Connection, name: str) -> str | None:
    """Return a value; None if it is not set."""
    return connection.scalar(select(meta.c.value).where(meta.c.name == name))


def write(connection: Connection, name: str, value: str) -> None:
    """Set a value, in a write transaction."""
    clear(connection, name)
    connection.execute(insert(meta), [{"name": name, "value": value}])


def clear(connection: Connection, name: str) -> None:
    """Remove a value, in a write transaction."""
    connection.execute(delete(meta).where(meta.c.name == name))
