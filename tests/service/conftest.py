"""What tests of the service share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service import settings
from service.engine.writer import IndexWriter
from service.store import Store
from tests.support.postgres import drop_databases, empty_database


@pytest.fixture(scope="session", autouse=True)
def _no_database_is_left_behind() -> Iterator[None]:
    yield
    drop_databases()


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)],
)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty store."""
    if request.param == "sqlite":
        yield str(tmp_path / "store.db")
        return
    with empty_database() as url:
        yield url


@pytest.fixture
def open_writer(tmp_path: Path) -> Iterator[Callable[..., IndexWriter]]:
    """Open a desk over a store of a name; several of one name are several processes."""
    opened: list[tuple[IndexWriter, Store]] = []

    def open_one(name: str = "store") -> IndexWriter:
        given = settings.load(db=str(tmp_path / f"{name}.db"))
        store = Store(given.db)
        desk = IndexWriter(given, store)
        opened.append((desk, store))
        desk.start()
        assert desk.wait_ready(60)
        return desk

    yield open_one
    for desk, store in opened:
        desk.close()
        store.close()
