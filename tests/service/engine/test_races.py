"""Many clients at once, and a thousand schedules of two writers and a reader."""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, select

from service import settings
from service.common.errors import UnavailableError
from service.engine.writer import IndexWriter
from service.ingest import ingestion
from service.ingest.submission import validate_article
from service.integrity.check import find_problems
from service.queries import iter_assignments
from service.store import Store
from service.store.schema import articles, assignments, changes, events
from service.web import extensions
from service.web.app import close_app, create_app
from tests.support import busy_store
from tests.support.story_factory import StoryFactory, truncate

N_CLIENTS = 32
N_SCHEDULES = 1000


def story() -> tuple[str, str]:
    factory = StoryFactory(11)
    names = factory.names(5)
    return " ".join(names[:3]), factory.text(12, names)


@pytest.fixture
def clients(store_url: str) -> Iterator[list[FlaskClient]]:
    """Clients of two processes over one store."""
    with ExitStack() as blocks:
        apps = [create_app(settings.load(db=store_url, store_wait_seconds=60)) for _ in range(2)]
        for app in apps:
            blocks.callback(close_app, app)
            assert app.extensions[extensions.INDEX_WRITER].wait_ready(60)
        yield [apps[number % 2].test_client() for number in range(N_CLIENTS)]


def at_once(clients: list[FlaskClient], send: Callable[[int, FlaskClient], Any]) -> list[Any]:
    """Let all clients send their request at the same moment; those refused try again."""
    barrier = threading.Barrier(len(clients))

    def run(number: int) -> Any:
        barrier.wait(60)
        while (answer := send(number, clients[number])).status_code == 503:
            pass
        return answer

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(run, range(len(clients))))


def rows_of(client: FlaskClient) -> list[dict[str, Any]]:
    store: Store = client.application.extensions[extensions.STORE]
    with store.reading() as connection:
        query = select(articles.c.id, articles.c.version, assignments).join(
            assignments, assignments.c.key == articles.c.key
        )
        return [row._asdict() for row in connection.execute(query)]


def assert_sound(client: FlaskClient) -> None:
    loaded = client.application.extensions[extensions.SETTINGS]
    assert list(find_problems(client.application.extensions[extensions.STORE], loaded)) == []


def test_one_story_posted_by_all_at_once_is_stored_once(clients: list[FlaskClient]) -> None:
    title, text = story()
    article = {"id": "same", "title": title, "text": text}
    answers = at_once(clients, lambda _, client: client.post("/v1/articles", json=article))
    assert sorted(answer.get_json()["outcome"] for answer in answers) == [
        "new",
        *["unchanged"] * (N_CLIENTS - 1),
    ]
    assert len(rows_of(clients[0])) == 1
    assert_sound(clients[0])


def test_reprints_posted_at_once_are_one_group_and_one_event(clients: list[FlaskClient]) -> None:
    title, text = story()

    def reprint(number: int, client: FlaskClient) -> Any:
        cut = truncate(text, 1.0 - 0.3 * (number % 4) / 4)
        article = {"id": f"r{number}", "title": title, "text": cut, "source": f"Paper {number}"}
        return client.post("/v1/articles", json=article)

    answers = at_once(clients, reprint)
    assert [answer.status_code for answer in answers] == [201] * N_CLIENTS
    rows = rows_of(clients[0])
    assert len(rows) == N_CLIENTS
    assert len({row["group_number"] for row in rows}) == 1
    assert len({row["event_number"] for row in rows}) == 1
    assert_sound(clients[0])


def test_updates_and_deletes_at_once_leave_each_article_once(clients: list[FlaskClient]) -> None:
    title, text = story()

    def change(number: int, client: FlaskClient) -> Any:
        article_id = f"u{number % 4}"
        if number % 3 == 2:
            return client.delete(f"/v1/articles/{article_id}")
        cut = truncate(text, 1.0 - 0.02 * number)
        return client.post("/v1/articles", json={"id": article_id, "title": title, "text": cut})

    answers = at_once(clients, change)
    assert {answer.status_code for answer in answers} <= {200, 201, 204, 404}
    rows = rows_of(clients[0])
    ids = [row["id"] for row in rows]
    assert len(ids) == len({*ids})
    assert len({row["group_number"] for row in rows}) <= 1
    assert_sound(clients[0])


class Reader:
    """Reads single rows between the steps of the writers, as a page does."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self) -> None:
        """Every article lies in one open event, which counts it; the log leads to it."""
        with self._store.reading() as connection:
            self._check_counts(connection)
            self._check_log(connection)

    def _check_counts(self, connection: Connection) -> None:
        counted: dict[int, int] = {}
        group_events: dict[int, set[int]] = {}
        for row in connection.execute(select(assignments)):
            counted[row.event_number] = counted.get(row.event_number, 0) + 1
            group_events.setdefault(row.group_number, set()).add(row.event_number)
        open_events = select(events.c.number, events.c.size).where(events.c.state == "open")
        assert {row.number: row.size for row in connection.execute(open_events)} == counted
        assert all(len(numbers) == 1 for numbers in group_events.values())

    def _check_log(self, connection: Connection) -> None:
        seqs = connection.scalars(select(changes.c.seq).order_by(changes.c.seq)).all()
        assert list(seqs) == list(range(1, len(seqs) + 1))


class Schedule:
    """Steps of two writers and a reader in an order that a seed decides.

    Between the steps of one writer the other has written, and its index lags behind. The reader
    also reads in the middle of write transactions, between any two statements.
    """

    def __init__(self, seed: int, writers: list[IndexWriter], reader: Reader) -> None:
        self._random = random.Random(seed)
        self._writers = writers
        self._reader = reader
        self._stories = STORIES

    def run(self, n_steps: int) -> dict[str, str]:
        """Run, and return the text that each article must have."""
        expected: dict[str, str] = {}
        for _ in range(n_steps):
            writer = self._random.choice(self._writers)
            read_at = self._random.randrange(150)
            with self._reading_at(writer.store, read_at):
                self._step(writer, expected)
        return expected

    @contextmanager
    def _reading_at(self, store: Store, number: int) -> Iterator[None]:
        """Read before the n-th statement of a writer, or not if it sends fewer."""
        remaining = iter(range(number))

        def on_execute(*_: object) -> None:
            if next(remaining, None) == number - 1:
                self._reader.read()

        event.listen(store._engine, "do_execute", on_execute)
        try:
            yield
        finally:
            event.remove(store._engine, "do_execute", on_execute)

    def _step(self, writer: IndexWriter, expected: dict[str, str]) -> None:
        article_id = f"a{self._random.randrange(6)}"
        action = self._random.choices(["post", "remove", "follow", "dry run"], [6, 2, 2, 1])[0]
        if action == "follow":
            writer.follow()
            writer.wait_ready(60)
        elif action == "remove":
            removed = _retry(writer, lambda: ingestion.remove(writer, article_id))
            assert removed == (article_id in expected)
            expected.pop(article_id, None)
        else:
            article = {**self._random.choice(self._stories), "id": article_id}
            if action == "post":
                _retry(writer, lambda: busy_store.post(writer, article))
                expected[article_id] = article["text"]
            else:
                _retry(writer, lambda: _dry_run(writer, article))


def _dry_run(writer: IndexWriter, article: dict[str, Any]) -> object:
    validated = validate_article(article, max_text_chars=100_000)
    return ingestion.ingest(writer, [validated], dry_run=True)


def _retry(writer: IndexWriter, work: Callable[[], Any]) -> Any:
    while True:
        try:
            return work()
        except UnavailableError:
            assert writer.wait_ready(60)


STORIES = busy_store.make_stories(12, n_events=2)
"""Eight texts of two events, in four groups."""


def run_schedules(folder: Path, seeds: range) -> None:
    """Run schedules one after the other on one store, which is emptied between them."""
    place = str(folder / "store.db")
    loaded = busy_store.open_settings(place)
    with (
        Store(place) as store,
        Store(place) as other_store,
        Store(place) as read_store,
        IndexWriter(loaded, store) as writer,
        IndexWriter(loaded, other_store) as other,
    ):
        for index_writer in (writer, other):
            assert index_writer.wait_ready(60)
        for seed in seeds:
            expected = Schedule(seed, [writer, other], Reader(read_store)).run(n_steps=12)
            stored = {row.article_id: row for row in iter_assignments(store)}
            assert stored.keys() == expected.keys(), seed
            for article_id in expected:
                _retry(writer, partial(ingestion.remove, writer, article_id))
            if seed % 50 == 0:
                assert list(find_problems(store, loaded)) == []


def test_schedules_of_two_writers_and_a_reader(tmp_path: Path) -> None:
    run_schedules(tmp_path, range(15))


@pytest.mark.slow
def test_a_thousand_schedules(tmp_path: Path) -> None:
    run_schedules(tmp_path, range(N_SCHEDULES))


def test_reader_notices_half_a_merge(tmp_path: Path) -> None:
    """What the schedules assert is able to fail."""
    place = tmp_path / "store.db"
    busy_store.fill(str(place))
    broken = shutil.copyfile(place, tmp_path / "broken.db")
    with Store(str(broken)) as store:
        Reader(store).read()
        with store.writing() as connection:
            moved = select(assignments.c.key).limit(1).scalar_subquery()
            connection.execute(
                assignments.update().where(assignments.c.key == moved), {"event_number": 999}
            )
        with pytest.raises(AssertionError):
            Reader(store).read()
