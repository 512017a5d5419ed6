"""`storyfold calibrate`: propose a threshold from decisions, and set it only with `--apply`."""

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
def db_path(tmp_path: Path) -> str:
    return str(tmp_path / "store.db")


@pytest.fixture
def writer(with_starter_corpus: None, db_path: str) -> Iterator[IndexWriter]:
    loaded = settings.load(db=db_path)
    with Store(loaded.db) as store, IndexWriter(loaded, store) as writer:
        writer.wait_ready(60)
        yield writer


@pytest.fixture
def run(db_path: str) -> Run:
    return lambda *options: CliRunner().invoke(main, ["calibrate", "--db", db_path, *options])


def test_proposal_changes_nothing_until_it_is_applied(writer: IndexWriter, run: Run) -> None:
    judge_pairs(writer, 0.22)
    before = queries.get_last_seq(writer.store)
    result = run()
    assert result.exit_code == 0
    assert "judgements (" in result.output
    assert "best threshold 0.3" in result.output
    assert "(now 0.42), 2 events would change: these" in result.output
    assert "cross-validated" in result.output
    assert "merges with e" in result.output
    assert "Nothing is changed" in result.output
    assert queries.get_last_seq(writer.store) == before
    applied = run("--apply")
    assert "The event threshold is 0.3" in applied.output
    assert "106 articles reclustered" in applied.output
    assert "the event threshold stays at 0.3" in run().output
    assert "The event threshold is 0.42." in run("--revert").output
    second_revert = run("--revert")
    assert (second_revert.exit_code, second_revert.output) == (
        1,
        "Error: the threshold already has its default value\n",
    )


@pytest.mark.parametrize("options", [(), ("--apply",)])
def test_few_judgements_give_no_proposal(
    writer: IndexWriter, run: Run, options: tuple[str]
) -> None:
    judge_pairs(writer, 0.62, limit=5)
    result = run(*options)
    assert result.exit_code == 0
    assert result.output.startswith("4 judgements (")
    assert "too few to propose a threshold" in result.output
    assert "At least 30 are needed, of which 5 say" in result.output


@pytest.mark.parametrize("options", [(), ("--apply",), ("--revert",)])
def test_mistyped_path_creates_no_store(run: Run, db_path: str, options: tuple[str]) -> None:
    result = run(*options)
    assert (result.exit_code, result.output) == (1, f"Error: {db_path}: there is no store\n")
    assert not Path(db_path).exists()


def test_apply_and_revert_exclude_each_other(run: Run) -> None:
    assert run("--apply", "--revert").exit_code == 2
