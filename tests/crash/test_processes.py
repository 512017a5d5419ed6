"""Three processes on one PostgreSQL store, under load: kills, cut connections, a restart."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, select, text

from service import settings
from service.engine.writer import IndexWriter
from service.store import Store
from service.store.schema import articles, assignments, texts
from tests.crash.clients import Client, Stories
from tests.crash.ledger import Ledger
from tests.crash.verification import Verifier
from tests.service.crawlers.storyfold_process import StoryfoldProcess
from tests.support import busy_store
from tests.support.postgres_server import PostgresServer

N_PROCESSES = 3
N_CLIENTS = 6
MAX_ANSWER_SECONDS = 30.0
"""Longer than a restart of the database and the wait for a lock; nobody waits for ever."""


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    # Not below `tmp_path`, whose parents pytest closes to other users with each further run.
    with TemporaryDirectory(prefix="storyfold-postgresql-") as folder:
        server = PostgresServer(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def processes(server: PostgresServer, tmp_path: Path) -> Iterator[list[StoryfoldProcess]]:
    started = []
    for number in range(N_PROCESSES):
        folder = tmp_path / f"process-{number}"
        folder.mkdir()
        process = StoryfoldProcess(
            folder,
            STORYFOLD_DB=server.url,
            STORYFOLD_RECLUSTER_IDLE_SECONDS="0",
            STORYFOLD_EMBEDDINGS="off",
        )
        process.start()
        started.append(process)
    yield started
    for process in started:
        process.stop()


def disturb(server: PostgresServer, processes: list[StoryfoldProcess]) -> None:
    """Kill each process once, cut all connections several times, and restart the database."""
    for process in processes:
        time.sleep(1.0)
        process.stop(signal.SIGKILL)
        process.start()
        cut_connections(server.url)
    time.sleep(1.0)
    server.stop("immediate")
    time.sleep(0.5)
    server.start()
    time.sleep(2.0)
    cut_connections(server.url)
    time.sleep(2.0)


def cut_connections(url: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        others = "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        connection.execute(text(f"{terminate} {others}"))


def partition(store: Store) -> tuple[set[frozenset[str]], set[frozenset[str]]]:
    """The groups and the events, as sets of article ids."""
    groups: dict[int, set[str]] = {}
    events: dict[int, set[str]] = {}
    query = select(articles.c.id, assignments.c.group_number, assignments.c.event_number).join(
        assignments, assignments.c.key == articles.c.key
    )
    with store.reading() as connection:
        for article_id, group, event in connection.execute(query):
            groups.setdefault(group, set()).add(article_id)
            events.setdefault(event, set()).add(article_id)
    return {frozenset(ids) for ids in groups.values()}, {frozenset(ids) for ids in events.values()}


def in_order_of_arrival(store: Store) -> list[dict[str, Any]]:
    query = (
        select(articles.c.id, articles.c.title, articles.c.source, texts.c.text)
        .join(texts, texts.c.key == articles.c.key)
        .order_by(articles.c.key)
    )
    with store.reading() as connection:
        return [row._asdict() for row in connection.execute(query)]


@pytest.mark.slow
@pytest.mark.database
@pytest.mark.parametrize("changes_articles", [False, True], ids=["only added", "changed"])
def test_disturbed_processes_lose_and_double_nothing(
    server: PostgresServer,
    processes: list[StoryfoldProcess],
    tmp_path: Path,
    changes_articles: bool,
) -> None:
    ledger, generator = Ledger(), random.Random(3)
    stories = Stories(3)
    clients = [
        Client(
            number,
            lambda: generator.choice(processes).url,
            ledger,
            stories,
            seed=3,
            changes_articles=changes_articles,
        )
        for number in range(N_CLIENTS)
    ]
    with ExitStack() as blocks:
        for client in clients:
            client.start()
            blocks.callback(client.close)
            client.resume()
        disturb(server, processes)
        watcher = threading.Thread(target=lambda: [client.pause() for client in clients])
        watcher.start()
        watcher.join(MAX_ANSWER_SECONDS)
        assert not watcher.is_alive(), "a client waits for ever"
    assert [client.error for client in clients if client.error] == []
    assert max(client.longest_seconds for client in clients) < MAX_ANSWER_SECONDS
    assert ledger.n_acknowledged > 100
    assert Verifier(server.url, ledger).verify(with_features=True) == []
    if not changes_articles:
        assert_partition_is_that_of_one_process(server.url, tmp_path)


def assert_partition_is_that_of_one_process(url: str, tmp_path: Path) -> None:
    """One process that received the articles in the same order puts them in the same places."""
    alone = str(tmp_path / "alone.db")
    loaded = settings.load(db=alone, recluster_idle_seconds=0)
    with (
        Store(url) as store,
        Store(alone) as alone_store,
        IndexWriter(loaded, alone_store) as writer,
    ):
        assert writer.wait_ready(60)
        for article in in_order_of_arrival(store):
            busy_store.post(writer, article)
        assert partition(alone_store) == partition(store)
