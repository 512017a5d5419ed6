"""Backups of each database, restored into each, while writers go on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from service.cli.main import main
from service.engine.writer import IndexWriter, NotReadyError
from service.integrity.check import find_problems
from service.queries import iter_assignments
from service.store import Store, schema
from service.store.relocation import backup, verification
from tests.support import busy_store
from tests.support.old_stores import downgrade
from tests.support.postgres import empty_database

Places = dict[str, str]


@pytest.fixture(
    params=[
        ("sqlite", "sqlite"),
        pytest.param(("postgresql", "sqlite"), marks=pytest.mark.database),
        pytest.param(("sqlite", "postgresql"), marks=pytest.mark.database),
    ],
    ids="-".join,
)
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A filled store, and where another may be."""
    files = [str(tmp_path / name) for name in ("here.db", "there.db")]
    with empty_or_file("postgresql" in request.param) as url:
        here, there = (
            url if kind == "postgresql" else file
            for kind, file in zip(request.param, files, strict=True)
        )
        busy_store.fill(here)
        yield here, there


@contextmanager
def empty_or_file(is_needed: bool) -> Iterator[str]:
    if not is_needed:
        yield ""
        return
    with empty_database() as url:
        yield url


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def check(place: str) -> list[Any]:
    with Store(place, read_only=True) as store:
        loaded = busy_store.open_settings(place)
        return list(find_problems(store, loaded, with_features=True))


def digest(place: str) -> Any:
    with Store(place, read_only=True) as store, store.reading() as connection:
        return verification.digest_tables(connection)


def test_restored_store_is_the_one_that_was_backed_up(
    places: tuple[str, str], tmp_path: Path
) -> None:
    here, there = places
    file = tmp_path / "backup.db"
    made = run("backup", str(file), "--db", here)
    assert made.exit_code == 0, made.output
    assert [path.name for path in tmp_path.glob("*backup*")] == ["backup.db"]
    assert check(str(file)) == []
    restored = run("restore", str(file), "--db", there)
    assert restored.exit_code == 0, restored.output
    assert restored.stdout.startswith("Restored 30 articles and ")
    assert digest(there) == digest(here)
    assert check(there) == []
    with Store(here) as before, Store(there) as after:
        assert list(iter_assignments(after)) == list(iter_assignments(before))


class TestWithSqlite:
    @pytest.fixture
    def place(self, tmp_path: Path) -> str:
        place = str(tmp_path / "store.db")
        busy_store.fill(place)
        return place

    @pytest.fixture
    def file(self, place: str, tmp_path: Path) -> Path:
        file = tmp_path / "backup.db"
        assert run("backup", str(file), "--db", place).exit_code == 0
        return file

    def test_backup_while_writing_is_one_state(self, place: str, tmp_path: Path) -> None:
        stopping = threading.Event()
        with Store(place) as store, IndexWriter(busy_store.open_settings(place), store) as writer:
            assert writer.wait_ready(60)
            thread = threading.Thread(target=post_until, args=(writer, stopping))
            thread.start()
            try:
                for number in range(3):
                    file = tmp_path / f"backup-{number}.db"
                    assert run("backup", str(file), "--db", place).exit_code == 0
                    assert check(str(file)) == []
            finally:
                stopping.set()
                thread.join()

    def test_running_writer_goes_on_from_the_restored_state(self, place: str, file: Path) -> None:
        with Store(place) as store, IndexWriter(busy_store.open_settings(place), store) as writer:
            assert writer.wait_ready(60)
            copied = busy_store.make_stories(3)[0]
            busy_store.post(writer, copied)
            assert run("restore", str(file), "--db", place, "--replace").exit_code == 0
            with pytest.raises(NotReadyError):
                busy_store.post(writer, {**copied, "id": "late"})
            assert writer.wait_ready(60)
            (answer,) = busy_store.post(writer, {**copied, "id": "late"})
            assert answer.outcome == "new"  # what it copies came after the backup
        assert check(place) == []

    def test_existing_file_is_not_overwritten(self, place: str, file: Path) -> None:
        content = file.read_bytes()
        result = run("backup", str(file), "--db", place)
        assert (result.exit_code, "exists already" in result.stderr) == (1, True)
        assert file.read_bytes() == content

    def test_articles_are_replaced_only_if_asked(self, place: str, file: Path) -> None:
        before = digest(place)
        result = run("restore", str(file), "--db", place)
        assert (result.exit_code, "--replace" in result.stderr) == (1, True)
        assert digest(place) == before

    def test_missing_backup_is_an_error(self, place: str, tmp_path: Path) -> None:
        result = run("restore", str(tmp_path / "none.db"), "--db", place, "--replace")
        assert (result.exit_code, "there is no backup" in result.stderr) == (1, True)

    def test_backup_is_left_as_it_is(self, file: Path, tmp_path: Path) -> None:
        with Store(str(file)) as store, store.writing() as connection:
            downgrade(connection, "7")
        content = file.read_bytes()
        file.chmod(0o444)
        place = str(tmp_path / "new.db")
        assert run("restore", str(file), "--db", place).exit_code == 0
        assert file.read_bytes() == content
        assert check(place) == []

    def test_failed_restore_leaves_the_store(
        self, place: str, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = digest(place)
        monkeypatch.setattr(verification, "find_differences", lambda *_: ["texts"])
        result = run("restore", str(file), "--db", place, "--replace")
        assert (result.exit_code, "the copy differs in texts" in result.stderr) == (1, True)
        assert digest(place) == before

    def test_interrupted_backup_leaves_no_file(self, tmp_path: Path) -> None:
        def interrupt() -> None:
            with backup.new_file(tmp_path / "backup.db") as partial:
                partial.write_bytes(b"half")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupt()
        assert list(tmp_path.iterdir()) == []

    def test_changed_copy_is_noticed(self, place: str, tmp_path: Path) -> None:
        """The comparison sees a row that was written otherwise."""
        file = tmp_path / "backup.db"
        assert run("backup", str(file), "--db", place).exit_code == 0
        with Store(str(file)) as store, store.writing() as connection:
            key = connection.scalar(select(schema.articles.c.key).limit(1))
            connection.execute(
                update(schema.articles).where(schema.articles.c.key == key), {"version": 99}
            )
        assert verification.find_differences(digest(place), digest(str(file))) == ["articles"]


def post_until(writer: IndexWriter, stopping: threading.Event) -> None:
    stories = busy_store.make_stories(9, n_events=20)
    while not stopping.is_set() and stories:
        busy_store.post(writer, stories.pop())
