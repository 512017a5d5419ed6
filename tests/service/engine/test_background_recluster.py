"""Events that old term weights gave are brought up to date while the service runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from service import queries
from service.engine import background_recluster, recluster
from service.engine.background_recluster import BackgroundRecluster
from service.engine.writer import IndexWriter
from service.store import schema
from service.store.review.thresholds import ThresholdChange, current_threshold
from tests.service.engine.test_recluster import agreement, post, shuffled
from tests.support import starter_corpus

IDLE_SECONDS = 0.15


def has_finished_run(writer: IndexWriter) -> bool:
    """Whether nothing came in since the last complete run."""
    with writer.store.reading() as connection:
        return recluster.count_articles_since(connection) == 0


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_quiet_service_reaches_what_recluster_gives(open_writer: Any) -> None:
    served, by_hand = open_writer("served"), open_writer("by-hand")
    post(by_hand, starter_corpus.records())
    recluster.recluster(by_hand)
    with BackgroundRecluster(served, IDLE_SECONDS):
        post(served, shuffled(7))
        assert wait_until(lambda: has_finished_run(served))
    assert agreement(served, by_hand) >= 0.99


def test_nothing_runs_again_without_new_articles(open_writer: Any) -> None:
    writer = open_writer()
    post(writer, starter_corpus.records()[:20])
    with BackgroundRecluster(writer, IDLE_SECONDS):
        assert wait_until(lambda: has_finished_run(writer))
        last_seq = queries.get_last_seq(writer.store)
        time.sleep(4 * IDLE_SECONDS)
    assert queries.get_last_seq(writer.store) == last_seq


def test_nothing_runs_when_switched_off(open_writer: Any) -> None:
    writer = open_writer()
    post(writer, starter_corpus.records()[:10])
    with BackgroundRecluster(writer, 0):
        assert "recluster" not in {thread.name for thread in threading.enumerate()}


def test_busy_service_waits_until_half_of_the_articles_are_new(
    open_writer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_recluster, "MIN_BUSY_ARTICLES", 30)
    writer = open_writer()
    records = starter_corpus.records()
    post(writer, records[:60])
    recluster.recluster(writer)
    background = BackgroundRecluster(writer, idle_seconds=3600)
    post(writer, records[60:89])
    assert not background._is_due()
    post(writer, records[89:])
    assert background._is_due() is False  # 46 of 106 are new
    post(writer, [{**record, "id": f"again-{record['id']}"} for record in records[:20]])
    assert background._is_due() is True


def test_stop_interrupts_a_run_that_is_then_resumed(
    open_writer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_recluster, "ARTICLES_PER_STEP", 5)
    monkeypatch.setattr(background_recluster, "PAUSE_SHARE", 5.0)
    writer, by_hand = open_writer("stopped"), open_writer("by-hand")
    for each in (writer, by_hand):
        post(each, shuffled(7))

    def is_unfinished() -> bool:
        with writer.store.reading() as connection:
            return recluster.is_unfinished(connection)

    with BackgroundRecluster(writer, IDLE_SECONDS):
        assert wait_until(is_unfinished)
    assert is_unfinished()
    monkeypatch.setattr(background_recluster, "PAUSE_SHARE", 0.0)
    with BackgroundRecluster(writer, IDLE_SECONDS):
        assert wait_until(lambda: not is_unfinished())
    recluster.recluster(by_hand)
    assert agreement(writer, by_hand) >= 0.99


def test_a_run_with_another_threshold_does_the_rest(open_writer: Any) -> None:
    """The older run ends, and leaves the progress of the newer one as it is."""
    writer = open_writer()
    post(writer, shuffled(7))
    newer: list[recluster.ReclusterResult] = []

    def begin_another(_: int) -> None:
        if not newer:
            newer.append(recluster.ReclusterResult())
            newer[0] = recluster.recluster(
                writer, choose_threshold=lambda _: ThresholdChange(0.9, "anna", 40)
            )

    older = recluster.recluster(writer, begin_another, articles_per_transaction=10)
    assert newer[0].articles == len(starter_corpus.records())
    assert older.articles < newer[0].articles
    with writer.store.reading() as connection:
        assert current_threshold(connection) == 0.9
        assert not recluster.is_unfinished(connection)


def test_stop_does_not_wait_for_a_locked_store(open_writer: Any) -> None:
    writer = open_writer()
    post(writer, starter_corpus.records()[:20])
    with writer.store.writing() as connection:
        connection.execute(schema.meta.select())
        with BackgroundRecluster(writer, IDLE_SECONDS):
            time.sleep(3 * IDLE_SECONDS)
            started = time.monotonic()
        assert time.monotonic() - started < 2
    assert wait_until(lambda: "recluster" not in {each.name for each in threading.enumerate()})
