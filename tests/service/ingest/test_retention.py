"""Old texts and articles are deleted by age and source, in slices."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from service import queries
from service.cli.main import main
from service.engine.writer import IndexWriter
from service.ingest import ingestion, retention
from service.ingest.retention import RetentionRule
from service.ingest.submission import validate_article
from service.store import Store
from service.store.schema import article_versions, articles, texts
from service.store.search import index as search_index
from service.store.search.query import parse_query

OLD, NEW = 1_000_000.0, 2_000_000.0
RULE = RetentionRule(received_before=1_500_000.0)


@pytest.fixture
def writer(open_writer: Callable[..., IndexWriter]) -> Iterator[IndexWriter]:
    """A store of six articles, of which those of even numbers are old."""
    writer = open_writer()
    submit(writer, range(6))
    with writer.store.writing() as connection:
        is_old = articles.c.id.in_(["a0", "a2", "a4"])
        connection.execute(update(articles).values(received_at=NEW))
        connection.execute(update(articles).where(is_old).values(received_at=OLD))
    return writer


def submit(writer: IndexWriter, numbers: range) -> list[str]:
    raw = [
        {
            "id": f"a{number}",
            "title": f"Report {number}",
            "text": f"The harbour of Skarn reopened pier {number} after the long storm.",
            "source": "Herald" if number < 3 else "Echo",
        }
        for number in numbers
    ]
    valid = [validate_article(item, max_text_chars=10_000) for item in raw]
    return [result.outcome for result in ingestion.ingest(writer, valid)]


def stored_texts(store: Store) -> dict[str, str]:
    query = select(articles.c.id, texts.c.text).join(texts, texts.c.key == articles.c.key)
    with store.reading() as connection:
        return {row.id: row.text for row in connection.execute(query)}


def count_found(store: Store, words: str) -> int:
    with store.reading() as connection:
        found = search_index.select_matching(connection, parse_query(words)).subquery()
        return connection.scalar(select(func.count()).select_from(found)) or 0


def test_old_texts_are_deleted_and_articles_stay(writer: IndexWriter) -> None:
    before = list(queries.iter_assignments(writer.store))
    result = retention.delete_texts(writer.store, RULE)
    assert result.n_deleted == 3
    remaining = {id_ for id_, text in stored_texts(writer.store).items() if text}
    assert remaining == {"a1", "a3", "a5"}
    assert list(queries.iter_assignments(writer.store)) == before
    assert count_found(writer.store, "harbour") == 3
    assert count_found(writer.store, "report") == 6
    assert retention.delete_texts(writer.store, RULE).n_deleted == 0


def test_article_without_its_text_is_still_recognised(writer: IndexWriter) -> None:
    retention.delete_texts(writer.store, RULE)
    assert submit(writer, range(1)) == ["unchanged"]


def test_earlier_versions_are_deleted_with_the_text(writer: IndexWriter) -> None:
    corrected = {"id": "a0", "title": "Report 0", "text": "The harbour of Skarn stays closed."}
    ingestion.ingest(writer, [validate_article(corrected, max_text_chars=10_000)])
    retention.delete_texts(writer.store, RULE)
    with writer.store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(article_versions)) == 0


def test_old_articles_are_deleted_by_source(writer: IndexWriter) -> None:
    rule = RetentionRule(RULE.received_before, ("Herald",))
    assert retention.delete_articles(writer, rule).n_deleted == 2
    assert sorted(stored_texts(writer.store)) == ["a1", "a3", "a4", "a5"]


def test_slices_keep_near_the_target() -> None:
    assert retention._choose_size(1, 0.0001) == 2
    assert retention._choose_size(100, retention.TARGET_SECONDS) == 100
    assert retention._choose_size(100, 10 * retention.TARGET_SECONDS) == 10
    assert retention._choose_size(1, 5.0) == 1
    assert retention._choose_size(200, 0.0001) == retention.MAX_PER_SLICE


@pytest.mark.parametrize("whole", [False, True])
def test_command_tells_what_was_deleted(writer: IndexWriter, whole: bool) -> None:
    writer.close()
    options = ["--db", writer.settings.db, *(["--articles"] if whole else [])]
    result = CliRunner().invoke(main, ["prune", "--older-than", "0", "--source", "Echo", *options])
    assert result.exit_code == 0, result.output
    assert f"Deleted 3 {'articles' if whole else 'texts'}" in result.output
    assert len(stored_texts(writer.store)) == (3 if whole else 6)
