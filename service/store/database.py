"""Where everything acknowledged is kept: tables, and transactions over them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select
from sqlalchemy.exc import OperationalError

from service.common.errors import UnavailableError
from service.store.migrations import create_missing, upgrade
from service.store.schema import META_LAST_KEY, META_SCHEMA, SCHEMA_VERSION, meta

_BUSY_TIMEOUT_SECONDS: Final = 10.0
_WRITER_LOCK_ID: Final = 7_866_337
"""The number of the lock that PostgreSQL's writers take."""
_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # an answer that was given must survive a power cut
    "PRAGMA foreign_keys = ON",
)


class StoreError(RuntimeError):
    """A store that can't be used, and why."""


class StoreBusyError(StoreError, UnavailableError):
    """Another process has been writing for too long."""


class Store:
    """The database.

    Parameters
    ----------
    path_or_url : str
        Path of an SQLite file (made if it is not there), or a database URL.
    read_only : bool
        Change nothing, not even an empty database, and get in no writer's way.

    Raises
    ------
    StoreError
        If the store was written by another version of the schema.
    """

    def __init__(self, path_or_url: str, *, read_only: bool = False) -> None:
        self._engine = _create_engine(path_or_url)
        try:
            if read_only:
                with self.reading() as connection:
                    _check_schema_version(connection)
            else:
                self._create_or_upgrade()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a read transaction: one unchanging view of the store, which no writer delays."""
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, *, commit: bool = True) -> Iterator[Connection]:
        """Open the write transaction.

        Committed at the end, rolled back on an exception or where it is not to be kept.

        Raises
        ------
        StoreBusyError
        """
        with self._engine.connect().execution_options(writes=True) as connection:
            try:
                transaction = connection.begin()
            except OperationalError as error:
                raise StoreBusyError("another process is writing") from error
            try:
                yield connection
            except BaseException:
                transaction.rollback()
                raise
            if commit:
                transaction.commit()
            else:
                transaction.rollback()

    def close(self) -> None:
        """Close every connection; nothing is left to be saved."""
        self._engine.dispose()

    def _create_or_upgrade(self) -> None:
        with self.writing() as connection:
            create_missing(connection)
            if _read_schema_version(connection) is None:
                first = {META_SCHEMA: str(SCHEMA_VERSION), META_LAST_KEY: "0"}
                found = [{"name": name, "value": value} for name, value in first.items()]
                connection.execute(insert(meta), found)
            upgrade(connection, _read_schema_version(connection))
            _check_schema_version(connection)


def _check_schema_version(connection: Connection) -> None:
    version = _read_schema_version(connection)
    if version != str(SCHEMA_VERSION):
        raise StoreError(f"store of schema {version}; this program needs {SCHEMA_VERSION}")


def _read_schema_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(meta.name):
        return None
    return connection.scalar(select(meta.c.value).where(meta.c.name == META_SCHEMA))


def _create_engine(path_or_url: str) -> Engine:
    if path_or_url.startswith("postgresql"):
        engine = create_engine(path_or_url, max_overflow=-1, isolation_level="REPEATABLE READ")
        event.listen(engine, "begin", _begin_postgresql)
        return engine
    if "://" in path_or_url and not path_or_url.startswith("sqlite:"):
        return create_engine(path_or_url, max_overflow=-1)
    if "://" not in path_or_url:
        path = Path(path_or_url).expanduser()
        path.parent.mkdir(parents=True, exist_ok=True)
        path_or_url = f"sqlite:///{path}"
    engine = create_engine(
        path_or_url, max_overflow=-1, connect_args={"timeout": _BUSY_TIMEOUT_SECONDS}
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_pragmas(connection: Any, _: object) -> None:
    connection.isolation_level = None  # the driver shall not begin transactions of its own
    for pragma in _PRAGMAS:
        connection.execute(pragma).close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    """Let one writer in at a time, so that changes are numbered in the order of their commits."""
    if connection.get_execution_options().get("writes", False):
        # What others committed while this one waited for the lock must be seen.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_BUSY_TIMEOUT_SECONDS:.0f}s'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK_ID})")
