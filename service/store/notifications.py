"""Notice that a store has changed: PostgreSQL tells its listeners, an SQLite file is looked at.

References
----------
https://www.postgresql.org/docs/current/sql-notify.html
https://www.sqlite.org/pragma.html#pragma_data_version
"""

from __future__ import annotations

import time
from threading import Event
from typing import Any, Final, Protocol, cast

from sqlalchemy import Connection, Engine

from service.store.failures import translated, translated_driver_errors

_CHANNEL: Final = "storyfold_changes"
_POLL_SECONDS: Final = 0.2
"""Seconds between two looks at an SQLite file, and between two looks at a stop."""


class ChangeListener(Protocol):
    """Waits for changes of a store, from its creation on."""

    def wait(self, stopping: Event, timeout: float) -> None:
        """Return once something may have changed, at the latest after some seconds or at a stop.

        Raises
        ------
        StoreUnavailableError
            If the connection is lost; a new listener is needed then.
        """
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


def open_listener(engine: Engine) -> ChangeListener:
    """Open a connection that is told of changes."""
    with translated():
        if engine.dialect.name == "postgresql":
            return _PostgresqlListener(engine)
        return _PollingListener(engine)


def notify(connection: Connection) -> None:
    """Tell all listeners, when this transaction is committed."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"NOTIFY {_CHANNEL}")


class _PostgresqlListener:
    def __init__(self, engine: Engine) -> None:
        self._pooled = engine.raw_connection()
        self._connection = cast("Any", self._pooled.driver_connection)
        with translated_driver_errors():
            self._connection.autocommit = True
            self._connection.execute(f"LISTEN {_CHANNEL}")

    def wait(self, stopping: Event, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        with translated_driver_errors():
            while not stopping.is_set() and time.monotonic() < deadline:
                for _ in self._connection.notifies(timeout=_POLL_SECONDS, stop_after=1):
                    return

    def close(self) -> None:
        self._pooled.invalidate()  # it must not go back to the pool


class _PollingListener:
    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect()
        self._version = self._read_version()

    def wait(self, stopping: Event, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and not stopping.wait(_POLL_SECONDS):
            version = self._read_version()
            if version != self._version:
                self._version = version
                return

    def close(self) -> None:
        self._connection.close()

    def _read_version(self) -> int:
        with translated(), self._connection.begin():
            version: int = self._connection.exec_driver_sql("PRAGMA data_version").scalar_one()
        return version
