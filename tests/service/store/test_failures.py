"""A database that fails for a while: clear refusals, nothing lost, and recovery by itself."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from service.engine.writer import IndexWriter
from service.integrity.check import find_problems
from service.store import Store, StoreUnavailableError
from service.store.failures import StoreBusyError
from service.web import extensions
from tests.support import busy_store
from tests.support.apps import running_app

Story = Callable[..., dict[str, Any]]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    with running_app(tmp_path / "store.db", store_wait_seconds=0.2) as app:
        yield app


@contextmanager
def pragma(store: Store, statement: str, undo: str) -> Iterator[None]:
    """Set a PRAGMA on all connections of a store, those of the pool included."""

    def set_pragma(statement: str, connection: Any, *_: object) -> None:
        connection.execute(statement).close()

    def switch_on(connection: Any, *_: object) -> None:
        set_pragma(statement, connection)

    event.listen(store._engine, "checkout", switch_on)
    yield
    event.remove(store._engine, "checkout", switch_on)

    def switch_off(connection: Any, *_: object) -> None:
        set_pragma(undo, connection)

    event.listen(store._engine, "checkout", switch_off)


def problems(app: Flask) -> list[Any]:
    with Store(app.extensions[extensions.SETTINGS].db, read_only=True) as store:
        return list(find_problems(store, app.extensions[extensions.SETTINGS]))


def assert_refused(client: FlaskClient, article: dict[str, Any], reason: str) -> None:
    answer = client.post("/v1/articles", json=article)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert reason in answer.get_json()["detail"]
    assert client.get("/v1/events").status_code == 200  # reading goes on
    assert client.get("/healthz").status_code == 200


def assert_accepted(app: Flask, article: dict[str, Any]) -> None:
    """By itself, as soon as the index is loaded again."""
    assert app.extensions[extensions.INDEX_WRITER].wait_ready(10)
    assert app.test_client().post("/v1/articles", json=article).status_code in (200, 201)
    assert problems(app) == []


class TestSqlite:
    def test_full_disk(self, app: Flask, client: FlaskClient, make_article: Story) -> None:
        assert_accepted(app, make_article(1))
        full = pragma(
            app.extensions[extensions.STORE],
            "PRAGMA max_page_count = 1",  # never fewer than there are
            "PRAGMA max_page_count = 1073741823",
        )
        with full:
            assert_refused(client, make_article(2, text="word " * 40_000), "disk of the database")
        assert_accepted(app, make_article(2))

    def test_read_only_database(self, app: Flask, client: FlaskClient, make_article: Story) -> None:
        store = app.extensions[extensions.STORE]
        with pragma(store, "PRAGMA query_only = ON", "PRAGMA query_only = OFF"):
            assert_refused(client, make_article(1), "read-only")
        assert_accepted(app, make_article(1))

    def test_locked_database(self, app: Flask, client: FlaskClient, make_article: Story) -> None:
        path = app.extensions[extensions.SETTINGS].db
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            started = time.monotonic()
            assert_refused(client, make_article(1), "another process is writing")
            assert time.monotonic() - started < 5  # 0.2 s of waiting, on a busy machine
            other.execute("ROLLBACK")
        assert_accepted(app, make_article(1))

    @pytest.mark.slow
    def test_database_locked_for_30_seconds(self, app: Flask, make_article: Story) -> None:
        """Every request meanwhile is refused early, reading goes on, and then all is well."""
        path = app.extensions[extensions.SETTINGS].db
        refused, longest = 0, 0.0
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            until = time.monotonic() + 30
            while (started := time.monotonic()) < until:
                assert_refused(app.test_client(), make_article(1), "another process is writing")
                refused, longest = refused + 1, max(longest, time.monotonic() - started)
            other.execute("ROLLBACK")
        assert refused > 10
        assert longest < 5  # 0.2 s of waiting, on a busy machine
        assert_accepted(app, make_article(1))

    def test_request_waits_no_longer_for_others_of_its_process(
        self, app: Flask, client: FlaskClient, make_article: Story
    ) -> None:
        writer: IndexWriter = app.extensions[extensions.INDEX_WRITER]
        with writer.transaction():
            assert_refused(client, make_article(1), "another request is writing")
        assert_accepted(app, make_article(1))

    def test_index_is_loaded_as_soon_as_the_database_can_be_read(
        self, app: Flask, make_article: Story, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        writer: IndexWriter = app.extensions[extensions.INDEX_WRITER]
        monkeypatch.setattr("service.engine.writer._LOADING_PAUSES", (0.01,) * 1000)
        failing = mock.Mock(side_effect=StoreUnavailableError("the disk of the database fails"))
        with monkeypatch.context() as broken:
            broken.setattr("service.store.change_log.replay.load_index", failing)
            writer._drop_index()
            assert not writer.wait_ready(0.1)
        assert failing.call_count > 1
        assert_accepted(app, make_article(1))

    def test_clock_that_jumps_back(self, app: Flask, make_article: Story) -> None:
        assert_accepted(app, make_article(1))
        past = time.time() - 20 * 86_400
        with mock.patch("time.time", return_value=past):
            assert_accepted(app, make_article(1, id="copy"))
            assert_accepted(app, make_article(2, id="story-1"))
        assert_accepted(app, make_article(3))
        with running_app(Path(app.extensions[extensions.SETTINGS].db)) as restarted:
            assert_accepted(restarted, make_article(1, id="late"))
            answer = restarted.test_client().post("/v1/articles", json=make_article(1, id="later"))
            assert answer.get_json()["duplicate_of"] == "copy"


@pytest.mark.slow
def test_disk_that_is_really_full(tmp_path: Path, make_article: Story) -> None:
    """A tmpfs of 3 MB, for which the test must run as root."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a tmpfs")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], check=True)
    try:
        with running_app(folder / "store.db") as app:
            client, n_stored = app.test_client(), 0
            while client.post("/v1/articles", json=make_article(n_stored)).status_code == 201:
                n_stored += 1
                assert app.extensions[extensions.INDEX_WRITER].wait_ready(10)
            assert n_stored > 3
            assert app.extensions[extensions.INDEX_WRITER].wait_ready(10)
            assert_refused(client, make_article(n_stored), "disk of the database is full")
            subprocess.run(["mount", "-o", "remount,size=32m", folder], check=True)
            assert_accepted(app, make_article(n_stored))
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.slow
def test_torn_log_loses_only_the_transaction_that_was_being_written(tmp_path: Path) -> None:
    """A write-ahead log cut anywhere, as by a power cut: whole transactions or nothing."""
    place = tmp_path / "store.db"
    busy_store.fill(str(place))
    with Store(str(place)) as store, IndexWriter(busy_store.open_settings(str(place)), store) as w:
        assert w.wait_ready(60)
        sizes = [0]
        for article in busy_store.make_stories(5, n_events=2):
            busy_store.post(w, article)
            sizes.append(Path(f"{place}-wal").stat().st_size)
        wal = Path(f"{place}-wal").read_bytes()
        database = place.read_bytes()
    counts = []
    for cut in sorted({*range(0, len(wal), len(wal) // 12), *sizes, *(size - 9 for size in sizes)}):
        torn = tmp_path / f"torn-{cut}.db"
        torn.write_bytes(database)
        Path(f"{torn}-wal").write_bytes(wal[: max(cut, 0)] + bytes(200))
        with Store(str(torn)) as store:
            assert list(find_problems(store, busy_store.open_settings(str(torn)))) == []
            with store.reading() as connection:
                counts.append(connection.exec_driver_sql("SELECT max(seq) FROM changes").scalar())
    assert counts == sorted(counts)
    assert len({*counts}) > 4


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_BUSY, StoreBusyError),
        (sqlite3.SQLITE_IOERR_FSYNC, StoreUnavailableError),
        (sqlite3.SQLITE_ERROR, None),
        (sqlite3.SQLITE_CORRUPT, None),
    ],
)
def test_only_failures_that_pass_are_to_be_tried_again(
    code: int, expected: type[Exception] | None, tmp_path: Path
) -> None:
    error = sqlite3.OperationalError("failed")
    error.sqlite_errorcode = code

    def fail(*_: object) -> None:
        raise error

    with Store(str(tmp_path / "store.db")) as store:
        event.listen(store._engine, "do_execute", fail)
        with pytest.raises(Exception) as caught, store.reading() as connection:  # noqa: PT011
            connection.exec_driver_sql("SELECT 1")
    is_refused = isinstance(caught.value, StoreUnavailableError)
    assert (type(caught.value) if is_refused else None) == expected
