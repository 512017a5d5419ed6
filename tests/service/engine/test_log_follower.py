"""The index of a process follows the change log of the others within a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, text

from service.engine.log_follower import LogFollower
from service.engine.writer import IndexWriter
from service.ingest import ingestion
from service.store import Store
from tests.support import busy_store

Story = Callable[..., dict[str, Any]]


@pytest.fixture
def writers(store_url: str) -> Iterator[tuple[IndexWriter, IndexWriter]]:
    """Two processes on one store; the second one follows the first."""
    loaded = busy_store.open_settings(store_url)
    with (
        Store(store_url) as first_store,
        Store(store_url) as second_store,
        IndexWriter(loaded, first_store) as first,
        IndexWriter(loaded, second_store) as second,
    ):
        assert first.wait_ready(60)
        assert second.wait_ready(60)
        with LogFollower(second):
            time.sleep(0.3)  # the listener is open, and waits
            yield first, second


def positions(writer: IndexWriter) -> set[tuple[int, ...]] | None:
    with writer.read_index(timeout=1) as index:
        return None if index is None else {*index.positions()}


def wait_in_step(first: IndexWriter, second: IndexWriter, seconds: float) -> float:
    """Return how long the second took to reach the first."""
    started = time.monotonic()
    while second.last_seq != first.last_seq:
        assert time.monotonic() - started < seconds, "the index lags behind the log"
        time.sleep(0.01)
    return time.monotonic() - started


def test_index_is_in_step_within_a_second(
    writers: tuple[IndexWriter, IndexWriter], make_article: Story
) -> None:
    first, second = writers
    busy_store.post(first, make_article(1), make_article(1, id="copy"), make_article(2))
    wait_in_step(first, second, 1.0)
    busy_store.post(first, make_article(3, id="story-1"))
    ingestion.remove(first, "story-2")
    wait_in_step(first, second, 1.0)
    assert positions(second) == positions(first)
    assert len(positions(first) or ()) == 2


def test_index_that_cannot_follow_is_loaded_again(
    writers: tuple[IndexWriter, IndexWriter], make_article: Story
) -> None:
    """An article that was added and removed between two looks cannot be applied."""
    first, second = writers
    with second._locked():
        busy_store.post(first, make_article(1), make_article(2))
        ingestion.remove(first, "story-1")
    wait_in_step(first, second, 10.0)
    assert positions(second) == positions(first)


def test_stop_does_not_wait_for_a_request_that_waits(
    writers: tuple[IndexWriter, IndexWriter], make_article: Story
) -> None:
    first, second = writers
    with second._locked():
        with LogFollower(second):
            busy_store.post(first, make_article(1))
            time.sleep(0.5)  # it waits for the lock now
            started = time.monotonic()
        assert time.monotonic() - started < 3


@pytest.mark.database
def test_lost_connection_is_replaced(
    writers: tuple[IndexWriter, IndexWriter], store_url: str, make_article: Story
) -> None:
    first, second = writers
    if "://" not in store_url:
        pytest.skip("only PostgreSQL has connections to lose")
    engine = create_engine(store_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        listening = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        )
        assert connection.scalars(text(listening)).all() == [True]
    busy_store.post(first, make_article(1))
    wait_in_step(first, second, 5.0)
