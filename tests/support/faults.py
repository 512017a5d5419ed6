"""Faults of a database, at one chosen statement or commit of a thread."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Engine, NullPool, create_engine, event, text

from service.store import Store

_IDLE: Final = 0
"""libpq's PQTRANS_IDLE."""
_TERMINATE: Final = text("SELECT pg_terminate_backend(:pid, 1000)")


class FaultInjector:
    """Fails at the n-th statement or commit that this thread sends to a store.

    In SQLite the disk fails; in PostgreSQL the connection is cut, by the server itself.

    Parameters
    ----------
    store : Store

    Attributes
    ----------
    fired : str
        What failed since `fail_at` was called; empty if nothing did.
    """

    def __init__(self, store: Store) -> None:
        self._engine: Engine = store._engine
        self._thread = threading.get_ident()
        self._remaining = 0
        self._after_commit = False
        self.fired = ""
        self._killer: Engine | None = None
        if self._engine.dialect.name == "postgresql":
            self._killer = create_engine(
                self._engine.url, isolation_level="AUTOCOMMIT", poolclass=NullPool
            )

    @contextmanager
    def installed(self) -> Iterator[FaultInjector]:
        """Watch the store."""
        dialect = self._engine.dialect
        commit = dialect.do_commit

        def do_commit(connection: Any) -> None:
            has_begun = self._has_begun(connection)
            if self._after_commit:
                commit(connection)
            if has_begun:
                self._count("COMMIT", connection)
            if not self._after_commit:
                commit(connection)

        event.listen(self._engine, "do_execute", self._on_execute)
        event.listen(self._engine, "do_executemany", self._on_execute)
        dialect.do_commit = do_commit  # type: ignore[method-assign]
        try:
            yield self
        finally:
            del dialect.do_commit
            event.remove(self._engine, "do_execute", self._on_execute)
            event.remove(self._engine, "do_executemany", self._on_execute)

    def fail_at(self, number: int) -> None:
        """Fail at the n-th statement or commit from now on; 0 for never."""
        self._remaining, self._after_commit, self.fired = number, False, ""

    def fail_after_commit(self, number: int) -> None:
        """Lose the answer to the n-th commit from now on, which takes place."""
        self._remaining, self._after_commit, self.fired = number, True, ""

    def _on_execute(self, cursor: Any, statement: str, *_: object) -> None:
        if not self._after_commit:
            self._count(statement, cursor.connection)

    def _has_begun(self, connection: Any) -> bool:
        """Whether there is anything to commit; psycopg begins with the first statement."""
        if self._killer is None:
            return True
        return bool(_driver_connection(connection).info.transaction_status != _IDLE)

    def _count(self, what: str, connection: Any) -> None:
        if threading.get_ident() != self._thread or not self._remaining:
            return
        self._remaining -= 1
        if not self._remaining:
            self.fired = what
            self._fail(connection)

    def _fail(self, connection: Any) -> None:
        if self._killer is None:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
            raise error
        driver_connection = _driver_connection(connection)
        with self._killer.connect() as killer:
            killer.execute(_TERMINATE, {"pid": driver_connection.info.backend_pid})
        if self._after_commit:
            driver_connection.execute("SELECT 1")  # notices that the connection is gone


def _driver_connection(connection: Any) -> Any:
    return getattr(connection, "driver_connection", connection)
