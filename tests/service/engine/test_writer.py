"""The index writer: its index follows the store, also if others write or a write fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from clustering.features.terms import Terms
from service import queries, settings
from service.engine.fingerprint_cache import FingerprintCache
from service.engine.writer import IndexWriter
from service.ingest import ingestion
from service.ingest.ingestion import IngestResult
from service.ingest.submission import validate_article
from service.queries.views import EventFilter
from service.settings import Settings
from service.store import Store, StoreError, schema
from service.store.change_log import reanalyse

Story = Callable[..., dict[str, Any]]


@pytest.fixture
def writer_settings(tmp_path: Any) -> Settings:
    return settings.load(db=str(tmp_path / "store.db"))


@pytest.fixture
def index_writers(writer_settings: Settings) -> Iterator[tuple[IndexWriter, IndexWriter]]:
    """Two index writers over one store, as in two processes."""
    with (
        Store(writer_settings.db) as first_store,
        Store(writer_settings.db) as second_store,
        IndexWriter(writer_settings, first_store) as first,
        IndexWriter(writer_settings, second_store) as second,
    ):
        assert first.wait_ready(60)
        assert second.wait_ready(60)
        yield first, second


def post(index_writer: IndexWriter, *articles: dict[str, Any]) -> list[IngestResult]:
    return ingestion.ingest(
        index_writer, [validate_article(article, max_text_chars=10_000) for article in articles]
    )


def test_writers_see_articles_that_others_added(
    index_writers: tuple[IndexWriter, IndexWriter], make_article: Story
) -> None:
    first, second = index_writers
    post(first, make_article(1))
    (copy,) = post(second, make_article(1, id="copy"))
    assert (copy.duplicate_of, copy.event_size) == ("story-1", 2)
    (another,) = post(first, make_article(1, id="another"))
    assert (another.duplicate_of, another.event_size) == ("story-1", 3)
    (unrelated,) = post(second, make_article(2))
    assert unrelated.event_id != another.event_id


def test_writers_see_articles_that_others_changed_or_removed(
    index_writers: tuple[IndexWriter, IndexWriter], make_article: Story
) -> None:
    first, second = index_writers
    post(first, make_article(1), make_article(2), make_article(3), make_article(3, id="copy-3"))
    assert post(second, make_article(9))[0].outcome == "new"
    post(first, make_article(4, id="story-1"))
    ingestion.remove(first, "story-2")
    ingestion.remove(first, "story-3")
    answers = post(second, *(make_article(number, id=f"late-{number}") for number in (1, 2, 3, 4)))
    assert [answer.duplicate_of for answer in answers] == [None, None, "copy-3", "story-1"]


def test_article_added_and_removed_meanwhile_is_skipped(
    index_writers: tuple[IndexWriter, IndexWriter], make_article: Story
) -> None:
    first, second = index_writers
    post(first, make_article(1), make_article(2))
    ingestion.remove(first, "story-1")
    received = [validate_article(make_article(2, id="copy"), max_text_chars=10_000)]
    try:
        answers = ingestion.ingest(second, received)
    except Exception:  # the first attempt may have to load the index again
        assert second.wait_ready(60)
        answers = ingestion.ingest(second, received)
    assert answers[0].duplicate_of == "story-2"


def test_alternating_writers_equal_a_restart(
    index_writers: tuple[IndexWriter, IndexWriter], writer_settings: Settings, make_article: Story
) -> None:
    for number in range(60):
        post(index_writers[number % 2], make_article(number // 3, id=f"a-{number}"))
    before = list(queries.iter_assignments(index_writers[0].store))
    with Store(writer_settings.db) as store, IndexWriter(writer_settings, store) as third:
        assert third.wait_ready(60)
        late = [post(third, make_article(number, id=f"late-{number}"))[0] for number in range(20)]
        assert list(queries.iter_assignments(store))[:60] == before
    events = {assignment.article_id: assignment.event_id for assignment in before}
    assert [result.event_id for result in late] == [
        events[f"a-{3 * number}"] for number in range(20)
    ]


def test_failed_transaction_leaves_nothing(
    index_writers: tuple[IndexWriter, IndexWriter],
    make_article: Story,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    writer = index_writers[0]
    post(writer, make_article(1))

    def fail(*_: object) -> None:
        raise SQLAlchemyError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr("service.store.projections.event_summaries.refresh_events", fail)
        with pytest.raises(SQLAlchemyError):
            post(writer, make_article(2), make_article(3))
    assert writer.wait_ready(60)
    (answer,) = post(writer, make_article(2, id="late"))
    assert answer.outcome == "new"
    assert queries.get_stats(writer.store).articles == 2


def test_earlier_versions_are_kept(
    index_writers: tuple[IndexWriter, IndexWriter], make_article: Story
) -> None:
    writer = index_writers[0]
    for number in (1, 2, 3):
        post(writer, make_article(number, id="a"))
    with writer.store.reading() as connection:
        rows = connection.execute(schema.article_versions.select()).all()
    assert [(row.version, row.text) for row in rows] == [
        (1, make_article(1)["text"]),
        (2, make_article(2)["text"]),
    ]
    ingestion.remove(writer, "a")
    with writer.store.reading() as connection:
        for table in (schema.articles, schema.texts, schema.article_versions, schema.features,
                      schema.assignments):  # fmt: skip
            assert connection.execute(table.select()).all() == []


def test_features_of_another_version_are_recomputed(
    writer_settings: Settings, make_article: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(writer_settings.db) as store, IndexWriter(writer_settings, store) as writer:
        post(writer, make_article(1))
        with store.writing() as connection:
            outdated = {"fingerprint_version": 0, "fingerprint": b"?", "terms": b"?"}
            connection.execute(schema.features.update(), outdated)
    with Store(writer_settings.db) as store, IndexWriter(writer_settings, store) as writer:
        assert writer.wait_ready(60)
        (copy,) = post(writer, make_article(1, id="copy"))
    assert copy.outcome == "exact_duplicate"


def test_event_is_summarised_when_all_its_features_are_computed_anew(
    writer_settings: Settings, make_article: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Features of an older version may not be readable: one event needs several transactions."""
    monkeypatch.setattr("service.store.change_log.reanalyse._OUTDATED_QUERY",
                        reanalyse._OUTDATED_QUERY.limit(2))  # fmt: skip
    with Store(writer_settings.db) as store, IndexWriter(writer_settings, store) as writer:
        assert writer.wait_ready(60)
        post(writer, *(make_article(1, id=f"copy-{number}") for number in range(5)))
        (event,) = queries.list_events(store, EventFilter()).items
        with store.writing() as connection:
            outdated = {"fingerprint_version": 0, "terms": b"?"}
            connection.execute(schema.features.update(), outdated)
    with Store(writer_settings.db) as store, IndexWriter(writer_settings, store) as writer:
        assert writer.wait_ready(60)
        assert queries.list_events(store, EventFilter()).items == (event,)


def test_store_of_schema_2_is_upgraded(writer_settings: Settings, make_article: Story) -> None:
    with Store(writer_settings.db) as store, IndexWriter(writer_settings, store) as writer:
        assert writer.wait_ready(60)
        post(writer, make_article(1), make_article(1, id="copy"), make_article(2))
        labelled = queries.list_events(store, EventFilter()).items
        with store.writing() as connection:
            summaries = connection.execute(text("SELECT * FROM group_summaries")).all()
            connection.execute(text("DROP TABLE group_summaries"))
            connection.execute(text("ALTER TABLE events DROP COLUMN key_terms"))
            connection.execute(text("UPDATE meta SET value = '2' WHERE name = 'schema'"))
    with Store(writer_settings.db) as store:
        assert queries.list_events(store, EventFilter()).items == labelled
        assert all(event.key_terms for event in labelled)
        with store.reading() as connection:
            assert connection.execute(text("SELECT * FROM group_summaries")).all() == summaries
    assert len(summaries) == 2


def test_terms_of_schema_5_are_computed_anew(
    writer_settings: Settings, make_article: Story
) -> None:
    packed = select(schema.features.c.key, schema.features.c.terms).order_by("key")
    with Store(writer_settings.db) as store, IndexWriter(writer_settings, store) as writer:
        assert writer.wait_ready(60)
        post(writer, make_article(1), make_article(2))
        with store.writing() as connection:
            rows = connection.execute(packed).all()
            for row in rows:
                terms = Terms.from_bytes(row.terms)
                old_terms = replace(terms, term_ids=terms.term_ids >> np.uint32(10)).to_bytes()
                statement = schema.features.update().where(schema.features.c.key == row.key)
                connection.execute(statement, {"terms": old_terms, "fingerprint_version": 2})
            connection.execute(text("UPDATE meta SET value = '5' WHERE name = 'schema'"))
            assert connection.execute(packed).all() != rows
    with Store(writer_settings.db) as store, IndexWriter(writer_settings, store) as writer:
        assert writer.wait_ready(60)
        with store.reading() as connection:
            assert connection.execute(packed).all() == rows


def test_features_of_another_version_do_not_stop_an_upgrade(
    writer_settings: Settings, make_article: Story
) -> None:
    with Store(writer_settings.db) as store, IndexWriter(writer_settings, store) as writer:
        post(writer, make_article(1))
        with store.writing() as connection:
            outdated = {"fingerprint_version": 0, "fingerprint": b"?", "terms": b"?"}
            connection.execute(schema.features.update(), outdated)
            connection.execute(text("UPDATE meta SET value = '5' WHERE name = 'schema'"))
    with Store(writer_settings.db) as store, IndexWriter(writer_settings, store) as writer:
        assert writer.wait_ready(60)
        (copy,) = post(writer, make_article(1, id="copy"))
    assert copy.outcome == "exact_duplicate"


def test_store_of_another_schema_is_refused(writer_settings: Settings) -> None:
    with Store(writer_settings.db) as store, store.writing() as connection:
        connection.execute(schema.meta.update().values(value="0"))
    with pytest.raises(StoreError, match="schema 0"):
        Store(writer_settings.db)


def test_sqlite_writes_survive_a_power_cut(writer_settings: Settings) -> None:
    with Store(writer_settings.db) as store, store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_cached_fingerprints_are_bounded(store: Store) -> None:
    fingerprints = FingerprintCache(max_bytes=100)
    with store.reading() as connection:
        fingerprints.begin(connection)
        for key in range(1, 6):
            fingerprints.add(key, bytes([key]) * 30)
        assert len(fingerprints([1, 2, 3, 4, 5, 6])) == 5  # pending ones are all kept
        fingerprints.end(commit=True)
        fingerprints.begin(connection)
        assert sorted(fingerprints([1, 2, 3, 4, 5])) == [3, 4, 5]
        fingerprints.clear()
        assert fingerprints([5]) == {}
        fingerprints.end(commit=False)
