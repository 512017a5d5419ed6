"""Cursors over the log of changes, while others write."""

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
from service.ingest import articles, submission
from service.store import Store

ROOT = Path(__file__).parents[3]
WRITERS, PROCESSES, EACH = 4, 2, 12

# A writer as a process of its own: one transaction an article, so that writers meet often.
WRITER = """
import sys, json
from service import settings
from service.engine.writer import IndexWriter, NotReadyError
from service.ingest import articles, submission
from service.store import Store
loaded = settings.load(db=sys.argv[1])
with Store(loaded.db) as store, IndexWriter(loaded, store) as desk:
    desk.wait_ready()
    print("ready", flush=True)
    sys.stdin.readline()
    for raw in json.loads(sys.argv[2]):
        received = submission.validate_article(raw, max_text_chars=10_000)
        while True:
            try:
                articles.ingest(desk, [received])
                break
            except NotReadyError:
                desk.wait_ready()
"""


class Reader(threading.Thread):
    """Follows the log by its cursors, as a client does."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.seen: list[queries.ChangeView] = []
        self.finish = threading.Event()
        self._store = store

    def run(self) -> None:
        cursor, last = 0, False
        while True:
            page = queries.list_changes(self._store, cursor, limit=7)
            self.seen += page.items
            cursor = int(page.next_cursor)
            if last and not page.items:
                return
            time.sleep(0.0 if page.items else 0.005)
            last = self.finish.is_set()


def check(reader: Reader, names: set[str]) -> None:
    reader.finish.set()
    reader.join()
    numbers = [change.seq for change in reader.seen]
    assert numbers == list(range(1, len(numbers) + 1)), "none left out, none twice, in order"
    arrived = [it.article_id for it in reader.seen if it.kind == "article.assigned"]
    assert len(arrived) == len({*arrived})
    assert {*arrived} == names


def test_threads_that_write_together(
    store_url: str, make_article: Callable[..., dict[str, Any]]
) -> None:
    loaded = settings.load(db=store_url)
    raws = [make_article(number) for number in range(WRITERS * EACH)]
    with Store(store_url) as store, IndexWriter(loaded, store) as desk:
        desk.wait_ready()
        reader = Reader(store)
        reader.start()

        def write(some: list[dict[str, Any]]) -> None:
            for raw in some:
                articles.ingest(desk, [submission.validate_article(raw, max_text_chars=10_000)])

        threads = [
            threading.Thread(target=write, args=(raws[at::WRITERS],)) for at in range(WRITERS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        check(reader, {raw["id"] for raw in raws})


@pytest.mark.slow
def test_processes_that_write_together(
    store_url: str, make_article: Callable[..., dict[str, Any]]
) -> None:
    raws = [make_article(number) for number in range(PROCESSES * EACH)]
    with Store(store_url) as store:
        reader = Reader(store)
        reader.start()
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", WRITER, store_url, json.dumps(raws[at::PROCESSES])],
                **{"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "cwd": ROOT, "text": True},
            )
            for at in range(PROCESSES)
        ]
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write("\n")
            writer.stdin.flush()
        codes = [writer.wait(120) for writer in writers]
        for writer in writers:
            assert writer.stdin is not None
            assert writer.stdout is not None
            writer.stdin.close()
            writer.stdout.close()
        check(reader, {raw["id"] for raw in raws})
    assert codes == [0] * PROCESSES


class TestLongPoll:
    def test_what_is_there_is_answered_at_once(
        self, client: FlaskClient, make_article: Any
    ) -> None:
        client.post("/v1/articles", json=make_article(1))
        started = time.monotonic()
        page = client.get("/v1/changes?wait=30").get_json()
        assert time.monotonic() - started < 5
        assert page["items"][0]["article_id"] == "story-1"

    def test_a_change_ends_the_wait(
        self, app: Flask, client: FlaskClient, make_article: Any
    ) -> None:
        def post() -> None:
            time.sleep(0.3)
            app.test_client().post("/v1/articles", json=make_article(1))

        thread = threading.Thread(target=post)
        thread.start()
        started = time.monotonic()
        page = client.get("/v1/changes?since=0&wait=30").get_json()
        took = time.monotonic() - started
        thread.join()
        assert [item["article_id"] for item in page["items"]] == ["story-1"]
        assert 0.25 < took < 10

    def test_without_a_change_the_same_cursor_comes_back(self, client: FlaskClient) -> None:
        started = time.monotonic()
        page = client.get("/v1/changes?since=0&wait=0.3").get_json()
        assert page == {"items": [], "next_cursor": "0"}
        assert 0.3 <= time.monotonic() - started < 10

    @pytest.mark.parametrize("wait", ["61", "-1", "soon", "nan", "inf"])
    def test_the_wait_is_bounded(self, client: FlaskClient, wait: str) -> None:
        answer = client.get(f"/v1/changes?wait={wait}")
        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["field"] == "wait"

    @pytest.mark.parametrize(("threads", "seats"), [(1, 0), (4, 2), (5, 2)])
    def test_half_of_the_threads_may_wait_and_no_more(
        self, open_app: Callable[..., Flask], threads: int, seats: int
    ) -> None:
        app = open_app(threads=threads)
        took: list[float] = []

        def ask() -> None:
            started = time.monotonic()
            app.test_client().get("/v1/changes?wait=1.5")
            took.append(time.monotonic() - started)

        asking = [threading.Thread(target=ask) for _ in range(6)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        assert sum(seconds > 1.4 for seconds in took) == seats
        assert sum(seconds < 1.0 for seconds in took) == 6 - seats
