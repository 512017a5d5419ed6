"""Empty PostgreSQL databases for tests, if a server is configured (`TEST_POSTGRES_URL`)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from sqlalchemy import Engine, NullPool, create_engine, text

_DATABASES: dict[str, str] = {}
"""The database of this process by server; one is faster than one for each test."""
# DROP SCHEMA would wait for connections that still hold a lock.
_TERMINATE_CONNECTIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@contextmanager
def empty_database() -> Iterator[str]:
    """Yield the URL of a database, empty before and after; skip the test without a server."""
    url = os.environ.get("TEST_POSTGRES_URL")
    if not url:
        pytest.skip("TEST_POSTGRES_URL is not set")
    database_url = _database(url)
    yield database_url
    emptying = (_TERMINATE_CONNECTIONS, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    _execute(_engine(database_url), *emptying)


def _database(url: str) -> str:
    """Return the URL of the database of this process; created at the first call."""
    if url not in _DATABASES:
        name = f"tests_{os.getpid()}_{time.monotonic_ns()}"
        _execute(_engine(url), f"CREATE DATABASE {name}")
        _DATABASES[url] = f"{url.rpartition('/')[0]}/{name}"
    return _DATABASES[url]


def drop_databases() -> None:
    """Drop the databases of this process."""
    for url, database_url in _DATABASES.items():
        _execute(_engine(url), f"DROP DATABASE {database_url.rpartition('/')[2]} WITH (FORCE)")
    _DATABASES.clear()


@cache
def _engine(url: str) -> Engine:
    return create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)


def _execute(engine: Engine, *statements: str) -> None:
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
