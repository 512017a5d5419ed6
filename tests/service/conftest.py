"""Fixtures of the service's tests."""

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
    """The address of an empty store."""
    if request.param == "sqlite":
        yield str(tmp_path / "store.db")
        return
    with empty_database() as url:
        yield url


@pytest.fixture
def open_writer(tmp_path: Path) -> Iterator[Callable[..., IndexWriter]]:
    """Open index writers by the name of their store; two of one store act like two processes."""
    opened: list[tuple[IndexWriter, Store]] = []

    def open_named(name: str = "store") -> IndexWriter:
        writer_settings = settings.load(db=str(tmp_path / f"{name}.db"))
        store = Store(writer_settings.db)
        writer = IndexWriter(writer_settings, store)
        opened.append((writer, store))
        writer.start()
        assert writer.wait_ready(60)
        return writer

    yield open_named
    for writer, store in opened:
        writer.close()
        store.close()
