"""Reclustering: independent of the order of arrival, resumable, and followed by other processes."""

from __future__ import annotations

import random
from typing import Any

import pytest

from clustering import evaluate
from service import queries
from service.engine import recluster
from service.engine.writer import IndexWriter
from service.ingest import ingestion
from service.ingest.submission import validate_article
from service.store import schema
from tests.support import starter_corpus


def post(index_writer: IndexWriter, records: list[dict[str, Any]]) -> None:
    keys = ("id", "url", "title", "text", "published_at", "source", "language")
    articles = ({key: record[key] for key in keys} for record in records)
    ingestion.ingest(
        index_writer, [validate_article(article, max_text_chars=100_000) for article in articles]
    )


def shuffled(seed: int) -> list[dict[str, Any]]:
    return random.Random(seed).sample(starter_corpus.records(), len(starter_corpus.records()))


def events(index_writer: IndexWriter) -> dict[str, str]:
    assignments = queries.iter_assignments(index_writer.store)
    return {assignment.article_id: assignment.event_id for assignment in assignments}


def agreement(first: IndexWriter, second: IndexWriter) -> float:
    """Adjusted Rand index of the events of two writers."""
    first_events, second_events = events(first), events(second)
    labels = [second_events[article_id] for article_id in first_events]
    return evaluate(list(first_events.values()), labels).ari


def kinds(index_writer: IndexWriter, since: int) -> list[str]:
    return [
        item.kind for item in queries.list_changes(index_writer.store, since, limit=10_000).items
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_events_do_not_depend_on_the_order_of_arrival(open_writer: Any, seed: int) -> None:
    by_date, mixed = open_writer("by-date"), open_writer("mixed")
    post(by_date, starter_corpus.records())
    post(mixed, shuffled(seed))
    for writer in (by_date, mixed):
        assert recluster.recluster(writer).articles == len(starter_corpus.records())
    assert agreement(by_date, mixed) >= 0.995


def test_second_run_moves_nothing(open_writer: Any) -> None:
    writer = open_writer()
    post(writer, shuffled(1))
    recluster.recluster(writer)
    again = recluster.recluster(writer)
    assert (again.moved, again.changes.total()) == (0, 0)


def test_moves_and_their_reasons_are_logged(open_writer: Any) -> None:
    writer = open_writer()
    post(writer, shuffled(7))
    before, cursor = (
        events(writer),
        int(queries.list_changes(writer.store, limit=10_000).next_cursor),
    )
    result = recluster.recluster(writer)
    changes = queries.list_changes(writer.store, cursor, limit=10_000).items
    assert changes[0].kind == "store.reclustered"
    moved = {item.article_id: item.event_id for item in changes if item.kind == "article.moved"}
    assert {**before, **moved} == events(writer)
    assert len(moved) == result.moved > 0
    changed = [item for item in changes if item.kind.startswith("event.")]
    assert len(changed) == result.changes.total()
    assert all(item.reason for item in changed)


class InterruptedRunError(Exception):
    pass


def test_interrupted_run_is_resumed(open_writer: Any) -> None:
    writer, uninterrupted = open_writer("interrupted"), open_writer("uninterrupted")
    post(writer, shuffled(1))
    post(uninterrupted, shuffled(1))

    def interrupt(articles: int) -> None:
        if articles > 40:
            raise InterruptedRunError

    with pytest.raises(InterruptedRunError):
        recluster.recluster(writer, interrupt, articles_per_transaction=20)
    resumed = recluster.recluster(open_writer("interrupted"))
    assert 0 < resumed.articles < len(starter_corpus.records())
    with writer.store.reading() as connection:
        meta_rows = connection.execute(schema.meta.select()).all()
    assert schema.META_RECLUSTER_PROGRESS not in {row.name for row in meta_rows}
    recluster.recluster(uninterrupted)
    assert agreement(writer, uninterrupted) == 1.0


def test_other_processes_follow(open_writer: Any) -> None:
    """Another process with the store open continues with the new events and term weights."""
    first, second = open_writer(), open_writer()
    records = shuffled(2)
    post(first, records[:-6])
    post(second, records[-6:-4])
    recluster.recluster(first)
    post(second, records[-4:-2])
    post(first, records[-2:])
    after = events(first)
    assert recluster.recluster(second).articles == len(records)
    assert evaluate(list(after.values()), list(events(second).values())).ari >= 0.9


def test_empty_store_can_be_reclustered(open_writer: Any) -> None:
    assert recluster.recluster(open_writer()).articles == 0
