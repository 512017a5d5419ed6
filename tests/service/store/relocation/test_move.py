"""A store moves between databases while it is written to, and after a kill."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, func, select

from service import settings
from service.cli.main import main
from service.engine.writer import IndexWriter
from service.ingest import ingestion
from service.ingest.submission import validate_article
from service.queries import iter_assignments
from service.store import Store, StoreError
from service.store.relocation import move as move_module
from service.store.relocation.move import move
from service.store.schema import META_MOVED_TO
from service.store.search import index as search_index
from service.store.search.query import parse_query
from tests.support.postgres import empty_database

NAMES = ("here", "there")


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("from_postgresql", marks=pytest.mark.database),
        pytest.param("to_postgresql", marks=pytest.mark.database),
    ],
)
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    here, there = str(tmp_path / "here.db"), str(tmp_path / "there.db")
    if request.param == "sqlite":
        yield here, there
        return
    with empty_database() as url:
        yield (url, there) if request.param == "from_postgresql" else (here, url)


def ingest(
    writer: IndexWriter, numbers: range, text: str = "The harbour of Skarn reopened"
) -> None:
    raw = [
        {"id": f"a{number}", "title": f"Report {number}", "text": f"{text} on pier {number}."}
        for number in numbers
    ]
    ingestion.ingest(writer, [validate_article(item, max_text_chars=10_000) for item in raw])


def fill(place: str, numbers: range) -> None:
    with Store(place) as store, IndexWriter(settings.load(db=place), store) as writer:
        assert writer.wait_ready(60)
        ingest(writer, numbers)


def dump(place: str) -> list[object]:
    with Store(place, read_only=True) as store:
        return list(iter_assignments(store))


def relocate(
    places: tuple[str, str], on_progress: Callable[[str, int, int], None] = lambda *_: None
) -> move_module.MoveResult:
    with Store(places[0], relocates=True) as source, Store(places[1], relocates=True) as target:
        return move(source, target, NAMES, on_progress)


def search(place: str, word: str) -> int:
    with Store(place, read_only=True) as store, store.reading() as connection:
        matching = search_index.select_matching(connection, parse_query(word)).subquery()
        return connection.scalar(select(func.count()).select_from(matching)) or 0


def test_store_moves_with_every_assignment_and_its_search(places: tuple[str, str]) -> None:
    fill(places[0], range(30))
    result = relocate(places)
    assert result.tables["articles"].n_rows == 30
    assert dump(places[1]) == dump(places[0])
    assert search(places[1], "Skarn") == search(places[0], "Skarn") == 30
    fill(places[1], range(30, 32))
    assert len(dump(places[1])) == 32


def test_a_store_that_has_moved_takes_no_more_articles(places: tuple[str, str]) -> None:
    fill(places[0], range(2))
    relocate(places)
    with pytest.raises(StoreError, match="has moved to there"):
        Store(places[0])
    Store(places[0], read_only=True).close()


def test_articles_written_meanwhile_arrive(
    places: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(move_module, "ARTICLES_PER_SLICE", 4)
    fill(places[0], range(12))
    with Store(places[0]) as store, IndexWriter(settings.load(db=places[0]), store) as writer:
        assert writer.wait_ready(60)

        def write_meanwhile(step: str, done: int, _: int) -> None:
            number = 100 + done if step == "copied" else 200 + done
            thread = threading.Thread(target=write, args=(number,))
            thread.start()
            thread.join()

        def write(number: int) -> None:
            ingest(writer, range(number, number + 1))
            ingest(writer, range(3), f"Corrected by {number}: the harbour of Skarn")
            ingestion.remove(writer, "a5")
            ingest(writer, range(5, 6))

        result = relocate(places, write_meanwhile)
        with pytest.raises(StoreError):
            ingest(writer, range(300, 301))
    assert result.n_followed > 3
    assert dump(places[1]) == dump(places[0])
    assert search(places[1], "Corrected") == 3


@pytest.mark.parametrize("step", ["copied", "compared"])
def test_interrupted_move_continues(places: tuple[str, str], step: str) -> None:
    class KillError(BaseException):
        pass

    def kill(current: str, *_: int) -> None:
        if current == step:
            raise KillError

    fill(places[0], range(5))
    with pytest.raises(KillError):
        relocate(places, kill)
    with pytest.raises(StoreError, match="copy of here is not complete"):
        Store(places[1])
    fill(places[0], range(5, 7))
    relocate(places)
    assert dump(places[1]) == dump(places[0])
    assert len(dump(places[1])) == 7


def test_kill_after_the_source_was_left_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = str(tmp_path / "here.db"), str(tmp_path / "there.db")
    fill(places[0], range(3))
    cleared: list[str] = []

    def clear_until_left(connection: Connection, name: str) -> None:
        if META_MOVED_TO in cleared:
            raise KeyboardInterrupt
        cleared.append(name)
        clear(connection, name)

    clear = move_module.meta_values.clear
    with monkeypatch.context() as patch:
        patch.setattr(move_module.meta_values, "clear", clear_until_left)
        with pytest.raises(KeyboardInterrupt):
            relocate(places)
    with pytest.raises(StoreError, match="has moved to there"):
        Store(places[0])
    relocate(places)
    assert dump(places[1]) == dump(places[0])


def test_only_an_empty_database_is_moved_to(tmp_path: Path) -> None:
    places = str(tmp_path / "here.db"), str(tmp_path / "there.db")
    fill(places[0], range(2))
    fill(places[1], range(2))
    with pytest.raises(StoreError, match="there is in use"):
        relocate(places)
    fill(places[0], range(3))


def test_difference_at_the_end_leaves_the_source_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = str(tmp_path / "here.db"), str(tmp_path / "there.db")
    fill(places[0], range(2))
    monkeypatch.setattr(move_module.verification, "find_differences", lambda *_: ["assignments"])
    with pytest.raises(StoreError, match="differs in assignments"):
        relocate(places)
    fill(places[0], range(3))


def test_command_reports_what_was_moved(tmp_path: Path) -> None:
    places = str(tmp_path / "here.db"), str(tmp_path / "there.db")
    fill(places[0], range(3))
    result = CliRunner().invoke(main, ["migrate-store", *places])
    assert result.exit_code == 0, result.output
    assert "Moved 3 articles" in result.output
    assert "assignments are the same" in result.output
