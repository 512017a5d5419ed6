"""Fixtures of the tests of the service: empty stores of each kind, and index writers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service import settings
from service.engine.writer import IndexWriter
from service.store import Store
from tests.support.postgres import drop_databases, empty_database


@pytest.fixture(scope="session", autouse=True)
def _drop_postgres_databases() -> Iterator[None]:
    yield
    drop_databases()


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)],
)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the path or URL of an empty store, of SQLite and of PostgreSQL."""
    if request.param == "sqlite":
        yield str(tmp_path / "store.db")
        return
    with empty_database() as url:
        yield url


@pytest.fixture
def open_writer(tmp_path: Path) -> Iterator[Callable[..., IndexWriter]]:
    """Return a function that opens an index writer over the store of a name.

    Several writers of one name act as several processes.
    """
    writers: list[tuple[IndexWriter, Store]] = []

    def open_index_writer(name: str = "store") -> IndexWriter:
        loaded = settings.load(db=str(tmp_path / f"{name}.db"))
        store = Store(loaded.db)
        writer = IndexWriter(loaded, store)
        writers.append((writer, store))
        writer.start()
        assert writer.wait_ready(60)
        return writer

    yield open_index_writer
    for writer, store in writers:
        writer.close()
        store.close()
