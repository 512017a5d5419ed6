"""An empty database of a PostgreSQL server, where there is one, for one test after the other."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from sqlalchemy import Engine, NullPool, create_engine, text

_MADE: dict[str, str] = {}
# Whoever still holds on to a table would be waited for.
_SEND_AWAY = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@contextmanager
def empty_database() -> Iterator[str]:
    """An empty database, empty again in the end; without a server, the test is skipped."""
    url = os.environ.get("TEST_POSTGRES_URL")
    if not url:
        pytest.skip("TEST_POSTGRES_URL is not set")
    ours = _database(url)
    yield ours
    _do(_engine(ours), _SEND_AWAY, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")


def _database(url: str) -> str:
    """The one database of this process, which is quicker than one for each test."""
    if url not in _MADE:
        name = f"tests_{os.getpid()}_{time.monotonic_ns()}"
        _do(_engine(url), f"CREATE DATABASE {name}")
        _MADE[url] = f"{url.rpartition('/')[0]}/{name}"
    return _MADE[url]


def drop_databases() -> None:
    """Leave nothing behind on the server."""
    for url, ours in _MADE.items():
        _do(_engine(url), f"DROP DATABASE {ours.rpartition('/')[2]} WITH (FORCE)")
    _MADE.clear()


@cache
def _engine(url: str) -> Engine:
    return create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)


def _do(engine: Engine, *statements: str) -> None:
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
