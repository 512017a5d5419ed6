"""Cursors over the change log while other threads and processes write; long polls."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service import queries, settings
from service.engine.writer import IndexWriter
from service.ingest import ingestion, submission
from service.store import Store

ROOT = Path(__file__).parents[3]
THREADS, PROCESSES, ARTICLES_EACH = 4, 2, 12

# A writer as a process of its own: one transaction per article, so that writers often collide.
WRITER_SCRIPT = """
import sys, json
from service import settings
from service.engine.writer import IndexWriter, NotReadyError
from service.ingest import ingestion, submission
from service.store import Store
loaded = settings.load(db=sys.argv[1])
with Store(loaded.db) as store, IndexWriter(loaded, store) as writer:
    writer.wait_ready()
    print("ready", flush=True)
    sys.stdin.readline()
    for raw in json.loads(sys.argv[2]):
        received = submission.validate_article(raw, max_text_chars=10_000)
        while True:
            try:
                ingestion.ingest(writer, [received])
                break
            except NotReadyError:
                writer.wait_ready()
"""


class LogReader(threading.Thread):
    """Reads the change log page by page, as a client does."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.changes: list[queries.ChangeView] = []
        self.finish = threading.Event()
        self._store = store

    def run(self) -> None:
        cursor, is_last_round = 0, False
        while True:
            page = queries.list_changes(self._store, cursor, limit=7)
            self.changes += page.items
            cursor = int(page.next_cursor)
            if is_last_round and not page.items:
                return
            time.sleep(0.0 if page.items else 0.005)
            is_last_round = self.finish.is_set()


def check_changes(reader: LogReader, article_ids: set[str]) -> None:
    reader.finish.set()
    reader.join()
    numbers = [change.seq for change in reader.changes]
    assert numbers == list(range(1, len(numbers) + 1)), "none left out, none twice, in order"
    assigned = [change.article_id for change in reader.changes if change.kind == "article.assigned"]
    assert len(assigned) == len({*assigned})
    assert {*assigned} == article_ids


def test_log_is_complete_while_threads_write(
    store_url: str, make_article: Callable[..., dict[str, Any]]
) -> None:
    loaded = settings.load(db=store_url)
    raws = [make_article(number) for number in range(THREADS * ARTICLES_EACH)]
    with Store(store_url) as store, IndexWriter(loaded, store) as writer:
        writer.wait_ready()
        reader = LogReader(store)
        reader.start()

        def write(own_raws: list[dict[str, Any]]) -> None:
            for raw in own_raws:
                ingestion.ingest(writer, [submission.validate_article(raw, max_text_chars=10_000)])

        threads = [
            threading.Thread(target=write, args=(raws[start::THREADS],)) for start in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        check_changes(reader, {raw["id"] for raw in raws})


@pytest.mark.slow
def test_log_is_complete_while_processes_write(
    store_url: str, make_article: Callable[..., dict[str, Any]]
) -> None:
    raws = [make_article(number) for number in range(PROCESSES * ARTICLES_EACH)]
    with Store(store_url) as store:
        reader = LogReader(store)
        reader.start()
        processes = [
            subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    WRITER_SCRIPT,
                    store_url,
                    json.dumps(raws[start::PROCESSES]),
                ],
                **{"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "cwd": ROOT, "text": True},
            )
            for start in range(PROCESSES)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        exit_codes = [process.wait(120) for process in processes]
        for process in processes:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            process.stdout.close()
        check_changes(reader, {raw["id"] for raw in raws})
    assert exit_codes == [0] * PROCESSES


class TestLongPoll:
    def test_existing_changes_are_returned_at_once(
        self, client: FlaskClient, make_article: Any
    ) -> None:
        client.post("/v1/articles", json=make_article(1))
        started = time.monotonic()
        page = client.get("/v1/changes?wait=30").get_json()
        assert time.monotonic() - started < 5
        assert page["items"][0]["article_id"] == "story-1"

    def test_change_ends_the_wait(self, app: Flask, client: FlaskClient, make_article: Any) -> None:
        def post() -> None:
            time.sleep(0.3)
            app.test_client().post("/v1/articles", json=make_article(1))

        thread = threading.Thread(target=post)
        thread.start()
        started = time.monotonic()
        page = client.get("/v1/changes?since=0&wait=30").get_json()
        seconds = time.monotonic() - started
        thread.join()
        assert [item["article_id"] for item in page["items"]] == ["story-1"]
        assert 0.25 < seconds < 10

    def test_cursor_stays_the_same_without_a_change(self, client: FlaskClient) -> None:
        started = time.monotonic()
        page = client.get("/v1/changes?since=0&wait=0.3").get_json()
        assert page == {"items": [], "next_cursor": "0"}
        assert 0.3 <= time.monotonic() - started < 10

    @pytest.mark.parametrize("wait", ["61", "-1", "soon", "nan", "inf"])
    def test_wait_is_bounded(self, client: FlaskClient, wait: str) -> None:
        answer = client.get(f"/v1/changes?wait={wait}")
        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["field"] == "wait"

    @pytest.mark.parametrize(("threads", "waiting"), [(1, 0), (4, 2), (5, 2)])
    def test_at_most_half_of_the_threads_wait(
        self, open_app: Callable[..., Flask], threads: int, waiting: int
    ) -> None:
        app = open_app(threads=threads)
        durations: list[float] = []

        def poll() -> None:
            started = time.monotonic()
            app.test_client().get("/v1/changes?wait=1.5")
            durations.append(time.monotonic() - started)

        pollers = [threading.Thread(target=poll) for _ in range(6)]
        for thread in pollers:
            thread.start()
        for thread in pollers:
            thread.join()
        assert sum(seconds > 1.4 for seconds in durations) == waiting
        assert sum(seconds < 1.0 for seconds in durations) == 6 - waiting
