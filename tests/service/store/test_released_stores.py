"""Stores that released versions have made are opened, upgraded and served.

`released/VERSION.db.gz` was filled by that version over HTTP: articles of the starter corpus, a new
version, a removal, decisions and an undo. `released/VERSION.jsonl` is what it exported then.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from service import settings
from service.engine.writer import IndexWriter
from service.integrity.check import find_problems
from service.queries import iter_assignments
from service.store import Store
from service.store.relocation import backup
from tests.support import busy_store
from tests.support.postgres import empty_database

RELEASED = sorted(Path(__file__).with_name("released").glob("*.db.gz"))


@pytest.fixture(params=RELEASED, ids=lambda file: file.name.removesuffix(".db.gz"))
def released(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, list[tuple[str, ...]]]:
    """A copy of the store, and the assignments that it had."""
    file = tmp_path / "released.db"
    file.write_bytes(gzip.decompress(request.param.read_bytes()))
    exported = request.param.with_name(request.param.name.replace(".db.gz", ".jsonl"))
    rows = map(json.loads, exported.read_text(encoding="utf-8").splitlines())
    return file, [(row["article_id"], row["duplicate_group_id"], row["event_id"]) for row in rows]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)])
def place(request: pytest.FixtureRequest, released: tuple[Path, object]) -> Iterator[str]:
    """The store itself, or PostgreSQL, into which it is restored as a backup."""
    if request.param == "sqlite":
        yield str(released[0])
        return
    with empty_database() as url:
        with Store(str(released[0])) as source, Store(url) as target:
            backup.restore(source, target, replace=False)
        yield url


def test_store_is_upgraded_and_served(
    released: tuple[Path, list[tuple[str, ...]]], place: str
) -> None:
    loaded = settings.load(db=place)
    with Store(place) as store, IndexWriter(loaded, store) as writer:
        assert writer.wait_ready(60)
        kept = [
            (row.article_id, row.duplicate_group_id, row.event_id)
            for row in iter_assignments(store)
        ]
        assert sorted(kept) == sorted(released[1])
        assert list(find_problems(store, loaded, with_features=True)) == []
        busy_store.post(writer, *busy_store.make_stories(1)[:2])
        assert list(find_problems(store, loaded)) == []
