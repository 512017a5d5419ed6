"""`storyfold calibrate`: what decisions say of the line, and drawing it there only when told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service import queries, settings
from service.cli.main import main
from service.engine.writer import IndexWriter
from service.store import Store
from tests.support.scripted_editor import judge_pairs

Run = Callable[..., Result]


@pytest.fixture
def where(tmp_path: Path) -> str:
    return str(tmp_path / "store.db")


@pytest.fixture
def desk(starter_corpus: None, where: str) -> Iterator[IndexWriter]:
    given = settings.load(db=where)
    with Store(given.db) as store, IndexWriter(given, store) as desk:
        desk.wait_ready(60)
        yield desk


@pytest.fixture
def run(where: str) -> Run:
    return lambda *given: CliRunner().invoke(main, ["calibrate", "--db", where, *given])


def test_it_tells_what_would_change_and_changes_it_only_when_told_to(
    desk: IndexWriter, run: Run
) -> None:
    judge_pairs(desk, 0.22)
    before = queries.get_last_seq(desk.store)
    told = run()
    assert told.exit_code == 0
    assert "judgements (" in told.output
    assert "best threshold 0.3" in told.output
    assert "(now 0.42), 2 events would change: these" in told.output
    assert "cross-validated" in told.output
    assert "merges with e" in told.output
    assert "Nothing is changed" in told.output
    assert queries.get_last_seq(desk.store) == before
    applied = run("--apply")
    assert "The line is at 0.3" in applied.output
    assert "106 articles judged again" in applied.output
    assert "the line stays at 0.3" in run().output
    assert "The line is at 0.42." in run("--back").output
    again = run("--back")
    assert (again.exit_code, again.output) == (
        1,
        "Error: the threshold already has its default value\n",
    )


@pytest.mark.parametrize("given", [(), ("--apply",)])
def test_a_few_judgements_are_told_to_be_too_few(
    desk: IndexWriter, run: Run, given: tuple[str]
) -> None:
    judge_pairs(desk, 0.62, limit=5)
    told = run(*given)
    assert told.exit_code == 0
    assert told.output.startswith("5 judgements (")
    assert "too few to draw a line by" in told.output
    assert "It takes 30, of which 5 say" in told.output


@pytest.mark.parametrize("given", [(), ("--apply",), ("--back",)])
def test_a_mistyped_path_makes_no_store(run: Run, where: str, given: tuple[str]) -> None:
    told = run(*given)
    assert (told.exit_code, told.output) == (1, f"Error: {where}: there is no store\n")
    assert not Path(where).exists()


def test_there_and_back_are_not_asked_for_at_once(run: Run) -> None:
    assert run("--apply", "--back").exit_code == 2
