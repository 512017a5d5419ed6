"""What tests of the service share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from databases import drop, postgres

from service import settings
from service.desk import Desk
from service.store import Store


@pytest.fixture(scope="session", autouse=True)
def _no_database_is_left_behind() -> Iterator[None]:
    yield
    drop()


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)],
)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty store."""
    if request.param == "sqlite":
        yield str(tmp_path / "store.db")
        return
    with postgres() as url:
        yield url


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Open a desk over a store of a name; several of one name are several processes."""
    opened: list[tuple[Desk, Store]] = []

    def open_one(name: str = "store") -> Desk:
        given = settings.load(db=str(tmp_path / f"{name}.db"))
        store = Store(given.db)
        desk = Desk(given, store)
        opened.append((desk, store))
        desk.start()
        assert desk.wait_ready(60)
        return desk

    yield open_one
    for desk, store in opened:
        desk.close()
        store.close()
