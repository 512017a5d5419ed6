"""The database of the service: connections, read and write transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    select,
)

from service.common.errors import UnavailableError
from service.store import notifications
from service.store.failures import StoreError, translated
from service.store.migrations import (
    change_columns,
    create_missing,
    rename_tables,
    upgrade,
)
from service.store.notifications import ChangeListener
from service.store.schema import (
    META_COPIED_FROM,
    META_LAST_KEY,
    META_MOVED_TO,
    META_SCHEMA,
    SCHEMA_VERSION,
    meta,
)
from service.store.search import index as search_index

DEFAULT_WAIT_SECONDS: Final = 10.0
"""Seconds that a writer waits for others before it is refused."""
_CONNECT_TIMEOUT_SECONDS: Final = 5
"""Seconds to wait for a PostgreSQL server that does not answer."""
_MAX_SILENCE: Final = "60s"
"""Time that a writer may leave its PostgreSQL transaction alone: one that hangs is cut off, so that
it does not hold up all others."""
_WRITER_LOCK_ID: Final = 7_866_337
"""Number of the advisory lock that writers take in PostgreSQL."""
_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # acknowledged articles survive a power cut
    "PRAGMA foreign_keys = ON",
)


_MOVED: Final = select(meta.c.value).where(meta.c.name == META_MOVED_TO)
_PLACES: Final = meta.c.name.in_((META_COPIED_FROM, META_MOVED_TO))


class StoreMovedError(StoreError, UnavailableError):
    """The store has moved to another database while this process had it open."""

    summary = "the store has moved to another database"


class Store:
    """The database.

    Parameters
    ----------
    path_or_url : str
        Path of an SQLite file (created if missing), or a database URL.
    read_only : bool
        Open it without creating or upgrading tables, and without waiting for writers.
    relocates : bool
        Open it to move a store, also if it has moved already or its copy is not complete.
    wait_seconds : float
        Seconds that a writer waits for others before it is refused.

    Raises
    ------
    StoreError
        If the store was written by another version of the schema, or if it is not the one in use:
        it has moved to another database, or is a copy that is not complete.
    """

    def __init__(
        self,
        path_or_url: str,
        *,
        read_only: bool = False,
        relocates: bool = False,
        wait_seconds: float = DEFAULT_WAIT_SECONDS,
    ) -> None:
        self.wait_seconds = wait_seconds
        self._engine = _create_engine(path_or_url, wait_seconds)
        self._is_placed = False
        """Whether the store was found in its place, so that a move since can be noticed."""
        try:
            if read_only:
                with self.reading() as connection:
                    _check_schema_version(connection)
            else:
                self._create_or_upgrade()
            if not relocates:
                with self.reading() as connection:
                    _check_place(connection, read_only=read_only)
                self._is_placed = True
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a read transaction: a consistent snapshot of the store; it waits for no writer.

        Raises
        ------
        StoreUnavailableError
            If the database cannot be read now.
        """
        with translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, *, commit: bool = True) -> Iterator[Connection]:
        """Open the write transaction; there is one at a time.

        It is committed at the end, and rolled back on an exception.

        Parameters
        ----------
        commit : bool
            False rolls it back at the end as well.

        Raises
        ------
        StoreUnavailableError
            If the database cannot be written to now, or another process writes for too long. If the
            connection is lost during the commit, nobody knows whether it was committed.
        """
        with (
            translated(),
            self._engine.connect().execution_options(writes=True) as connection,
            connection.begin() as transaction,
        ):
            self._check_still_here(connection)
            yield connection
            if commit:
                notifications.notify(connection)
            else:
                transaction.rollback()

    def open_listener(self) -> ChangeListener:
        """Open a connection that is told when the store has changed; the caller closes it."""
        return notifications.open_listener(self._engine)

    def copy_file(self, path: Path) -> bool:
        """Copy one state of the store to a new SQLite file, page by page.

        Writers are not held up.

        Parameters
        ----------
        path : Path

        Returns
        -------
        bool
            False if the store is not in SQLite, and nothing was done.
        """
        if self._engine.dialect.name != "sqlite":
            return False
        with self._engine.connect() as connection, closing(sqlite3.connect(path)) as copy:
            source = connection.connection.dbapi_connection
            source.backup(copy)  # type: ignore[union-attr]
        return True

    def _check_still_here(self, connection: Connection) -> None:
        if self._is_placed and connection.scalar(_MOVED) is not None:
            raise StoreMovedError

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _create_or_upgrade(self) -> None:
        with self.writing() as connection:
            version = _read_schema_version(connection)
            rename_tables(connection, version)
            change_columns(connection, version)
            create_missing(connection)
            if version is None:
                version = str(SCHEMA_VERSION)
                initial = {META_SCHEMA: version, META_LAST_KEY: "0"}
                rows = [{"name": name, "value": value} for name, value in initial.items()]
                connection.execute(insert(meta), rows)
            upgrade(connection, version)
            _check_schema_version(connection)
            search_index.prepare(connection)


def _check_schema_version(connection: Connection) -> None:
    version = _read_schema_version(connection)
    if version != str(SCHEMA_VERSION):
        raise StoreError(
            f"the store has schema {version}; this program needs schema {SCHEMA_VERSION}"
        )


def _check_place(connection: Connection, *, read_only: bool) -> None:
    """Refuse a copy that is not complete, and to write to a store that has moved."""
    places = connection.execute(select(meta.c.name, meta.c.value).where(_PLACES)).all()
    for name, place in places:
        if name == META_COPIED_FROM:
            raise StoreError(f"the copy of {place} is not complete; repeat storyfold migrate-store")
        if not read_only:
            raise StoreError(f"the store has moved to {place}")


def _read_schema_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(meta.name):
        return None
    return connection.scalar(select(meta.c.value).where(meta.c.name == META_SCHEMA))


def _create_engine(path_or_url: str, wait_seconds: float) -> Engine:
    if path_or_url.startswith("postgresql"):
        return _create_postgresql_engine(path_or_url, wait_seconds)
    if "://" in path_or_url and not path_or_url.startswith("sqlite:"):
        return create_engine(path_or_url, max_overflow=-1)
    if "://" not in path_or_url:
        path = Path(path_or_url).expanduser()
        path.parent.mkdir(parents=True, exist_ok=True)
        path_or_url = f"sqlite:///{path}"
    engine = create_engine(path_or_url, max_overflow=-1, connect_args={"timeout": wait_seconds})
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _create_postgresql_engine(url: str, wait_seconds: float) -> Engine:
    given = make_url(url).query
    timeout = {} if "connect_timeout" in given else {"connect_timeout": _CONNECT_TIMEOUT_SECONDS}
    engine = create_engine(
        url,
        max_overflow=-1,
        isolation_level="REPEATABLE READ",
        connect_args=timeout,
        pool_pre_ping=True,  # connections of before a restart of the database are replaced
    )
    event.listen(engine, "connect", _plan_by_parameters)
    event.listen(engine, "begin", partial(_begin_postgresql, wait_seconds))
    return engine


def _set_pragmas(connection: Any, _: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions itself
    for pragma in _PRAGMAS:
        connection.execute(pragma).close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _plan_by_parameters(connection: Any, _: object) -> None:
    """Plan repeated statements by their parameters.

    A search for a common word needs another plan than one for a rare word, and a plan for both
    takes up to a hundred times as long.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_custom_plan")
    connection.commit()


def _begin_postgresql(wait_seconds: float, connection: Connection) -> None:
    """Admit one writer at a time, so that changes are numbered in the order of their commits."""
    if connection.get_execution_options().get("writes", False):
        # This transaction must see what others commit while it waits for the lock.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        silence = f"SET LOCAL idle_in_transaction_session_timeout = '{_MAX_SILENCE}'"
        connection.exec_driver_sql(silence)
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{wait_seconds * 1000:.0f}ms'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK_ID})")
