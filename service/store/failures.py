"""Failures of the database that pass: what they are, and that the caller should try again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final

from sqlalchemy.exc import DBAPIError

from service.common.errors import UnavailableError


class StoreError(RuntimeError):
    """The store cannot be used; the message says why."""


class StoreUnavailableError(StoreError, UnavailableError):
    """The database cannot do this now: it is full, read-only, locked or out of reach."""


class StoreBusyError(StoreUnavailableError):
    """Another process or request has been writing for too long."""


_UNREACHABLE: Final = "the database cannot be reached"
_SQLITE_REASONS: Final[Mapping[int, str]] = MappingProxyType(
    {
        sqlite3.SQLITE_NOMEM: "the machine is out of memory",
        sqlite3.SQLITE_READONLY: "the database is read-only",
        sqlite3.SQLITE_IOERR: "the disk of the database fails",
        sqlite3.SQLITE_FULL: "the disk of the database is full",
        sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened",
        sqlite3.SQLITE_PROTOCOL: "the database file cannot be locked",
    }
)
_SQLITE_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_PRIMARY_CODE: Final = 0xFF
"""SQLite's extended result codes hold the primary one in these bits."""
_POSTGRESQL_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "25006": "the database is read-only",
        "53100": "the disk of the database is full",
        "53200": "the database is out of memory",
        "53300": "the database has too many connections",
    }
)
_POSTGRESQL_BUSY: Final = frozenset({"55P03", "40001", "40P01"})
"""SQLSTATE of a lock that was not available in time, of a serialisation failure, of a deadlock."""
_POSTGRESQL_LOST: Final = ("08", "57P", "25P03")
"""Beginnings of the SQLSTATE of lost connections and of servers that stop or start."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise failures that pass as `StoreUnavailableError`; mistakes of ours stay as they are.

    Raises
    ------
    StoreUnavailableError
    """
    try:
        yield
    except DBAPIError as error:
        failure = _find_failure(error)
        if failure is None:
            raise
        raise failure from error


@contextmanager
def translated_driver_errors() -> Iterator[None]:
    """Raise errors of the PostgreSQL driver that is used without SQLAlchemy, in the same way.

    Raises
    ------
    StoreUnavailableError
    """
    try:
        yield
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "psycopg":
            raise
        raise StoreUnavailableError(_UNREACHABLE) from error


def _find_failure(error: DBAPIError) -> StoreUnavailableError | None:
    if isinstance(error.orig, sqlite3.Error):
        return _from_sqlite(error.orig)
    return _from_postgresql(error)


def _from_sqlite(error: sqlite3.Error) -> StoreUnavailableError | None:
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
    if code in _SQLITE_BUSY:
        return StoreBusyError("another process is writing")
    reason = _SQLITE_REASONS.get(code)
    return None if reason is None else StoreUnavailableError(reason)


def _from_postgresql(error: DBAPIError) -> StoreUnavailableError | None:
    state: str = getattr(error.orig, "sqlstate", None) or ""
    if state in _POSTGRESQL_BUSY:
        return StoreBusyError("another process is writing")
    if state in _POSTGRESQL_REASONS:
        return StoreUnavailableError(_POSTGRESQL_REASONS[state])
    is_lost = error.connection_invalidated or state.startswith(_POSTGRESQL_LOST)
    never_connected = not state and type(error.orig).__name__ == "OperationalError"
    return StoreUnavailableError(_UNREACHABLE) if is_lost or never_connected else None
