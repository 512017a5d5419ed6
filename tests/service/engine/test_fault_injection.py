"""Every statement and every commit of every kind of write fails once: all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any
from unittest import mock

import pytest

from service.common.errors import UnavailableError
from service.engine import recluster
from service.engine.writer import IndexWriter
from service.ingest import ingestion, retention
from service.ingest.retention import RetentionRule
from service.integrity.check import find_problems
from service.queries import iter_assignments
from service.review import decisions, requests
from service.store import Store
from service.store.relocation import verification
from tests.support import busy_store
from tests.support.faults import FaultInjector

Write = Callable[[IndexWriter], object]
DAY = 86_400.0
STORIES = busy_store.make_stories(7)
OLD = busy_store.make_stories(8, n_events=1)


def post(*articles: dict[str, Any]) -> Write:
    return lambda writer: busy_store.post(writer, *articles)


def decide(kind: str, *article_ids: str) -> Write:
    return lambda writer: busy_store.decide(writer, kind, article_ids=list(article_ids))


def undo(number: int) -> Write:
    return lambda writer: decisions.undo(writer, number, requests.UndoRequest(), "ben")


def delete_texts(writer: IndexWriter) -> object:
    return retention.delete_texts(writer.store, RetentionRule(received_before=1e12, sources=("Q",)))


def recluster_step(writer: IndexWriter) -> object:
    """One transaction of a run, since a run that fails is continued and not repeated."""
    with writer.transaction() as transaction:
        transaction.reset_idf()
        transaction.recluster_around(5)
        transaction.flush()
    return None


WRITES: dict[str, Write] = {
    "first article": post(OLD[0]),
    "old articles": post(*OLD[1:3]),
    "batch": post(*STORIES[:6]),
    "copy": post(STORIES[6], STORIES[7]),
    "others": post(*STORIES[8:], {**STORIES[0], "id": "q", "source": "Q"}),
    "new version": post({**STORIES[0], "text": STORIES[9]["text"]}),
    "removal": lambda writer: ingestion.remove(writer, STORIES[3]["id"]),
    "decision": decide("same_event", STORIES[4]["id"], STORIES[8]["id"]),
    "separation": decide("keep_apart", STORIES[0]["id"], STORIES[12]["id"]),
    "undo": undo(1),
    "reclustering": recluster_step,
    "deleted texts": delete_texts,
}


@pytest.fixture
def writer(store_url: str) -> Iterator[IndexWriter]:
    with open_writer(store_url) as writer:
        yield writer


@contextmanager
def open_writer(place: str) -> Iterator[IndexWriter]:
    with Store(place) as store, IndexWriter(busy_store.open_settings(place), store) as writer:
        assert writer.wait_ready(60)
        yield writer


def digest(store: Store) -> Any:
    with store.reading() as connection:
        return verification.digest_tables(connection)


def fail_everywhere(writer: IndexWriter, injector: FaultInjector, write: Write) -> list[str]:
    """Repeat a write until no statement is left to fail; return what has failed."""
    failed: list[str] = []
    before = digest(writer.store)
    while True:
        injector.fail_at(len(failed) + 1)
        try:
            write(writer)
        except UnavailableError:
            assert injector.fired
        else:
            if not injector.fired:
                injector.fail_at(0)
                return failed
            raise AssertionError(f"{injector.fired} failed, and the write was acknowledged")
        failed.append(injector.fired)
        injector.fail_at(0)
        assert writer.wait_ready(60)
        assert digest(writer.store) == before, injector.fired


def check_everything(writer: IndexWriter, tmp_path: Any, writes: Sequence[Write]) -> None:
    """The store is sound, and the one that the same writes make without faults."""
    loaded = busy_store.open_settings("unused")
    assert list(find_problems(writer.store, loaded, with_features=True)) == []
    with open_writer(str(tmp_path / "undisturbed.db")) as undisturbed:
        for write in writes:
            write(undisturbed)
        expected = list(iter_assignments(undisturbed.store))
    assert list(iter_assignments(writer.store)) == expected


def test_every_point_of_a_post_fails_once(tmp_path: Any) -> None:
    writes = [post(STORIES[0]), post(STORIES[1])]
    with open_writer(str(tmp_path / "store.db")) as writer:
        writes[0](writer)
        with FaultInjector(writer.store).installed() as injector:
            failed = fail_everywhere(writer, injector, writes[1])
        assert len(failed) > 20
        assert failed[-1] == "COMMIT"
        assert {"INSERT", "UPDATE"} <= {statement.split()[0] for statement in failed}
        check_everything(writer, tmp_path, writes)


@pytest.mark.slow
def test_every_point_of_every_write_fails_once(writer: IndexWriter, tmp_path: Any) -> None:
    with FaultInjector(writer.store).installed() as injector:
        failed = {kind: fail_everywhere(writer, injector, write) for kind, write in WRITES.items()}
    assert sum(map(len, failed.values())) > 300
    assert all(points.count("COMMIT") for points in failed.values())
    check_everything(writer, tmp_path, [*WRITES.values()])


def test_lost_answer_to_a_commit_does_not_double(store_url: str) -> None:
    """The article is stored, and the client that repeats it is told so."""
    with open_writer(store_url) as writer:
        with FaultInjector(writer.store).installed() as injector:
            for number in count(1):  # those of read transactions come first
                injector.fail_after_commit(number)
                with pytest.raises(UnavailableError):
                    busy_store.post(writer, STORIES[0], STORIES[1])
                injector.fail_at(0)
                assert writer.wait_ready(60)
                if list(iter_assignments(writer.store)):
                    break
        assert [row.outcome for row in busy_store.post(writer, STORIES[0], STORIES[1])] == [
            "unchanged",
            "unchanged",
        ]
        (copy,) = busy_store.post(writer, {**STORIES[0], "id": "again"})
        assert copy.outcome == "exact_duplicate"
        assert list(find_problems(writer.store, busy_store.open_settings("unused"))) == []


@pytest.mark.slow
def test_interrupted_reclustering_is_continued(writer: IndexWriter) -> None:
    """Each transaction of a run fails once at a different point; the run goes on from there."""
    for write in [*WRITES.values()][:5]:
        write(writer)
    with FaultInjector(writer.store).installed() as injector:
        for point in range(1, 200, 7):
            injector.fail_at(point)
            with suppress(UnavailableError):
                recluster.recluster(writer, articles_per_transaction=3)
            injector.fail_at(0)
            assert writer.wait_ready(60)
            assert list(find_problems(writer.store, busy_store.open_settings("unused"))) == []


@pytest.mark.slow
def test_failed_retirement_is_repeated(writer: IndexWriter) -> None:
    """It takes place at the first write of a day, before the write itself."""
    busy_store.post(writer, *STORIES[:8])
    with writer.store.reading() as connection:
        now = connection.exec_driver_sql("SELECT max(at) FROM changes").scalar()
    assert now
    with (
        mock.patch("time.time", return_value=now + 45 * DAY),
        FaultInjector(writer.store).installed() as injector,
    ):
        for point in range(1, 200):
            injector.fail_at(point)
            try:
                busy_store.post(writer, STORIES[8])
            except UnavailableError:
                injector.fail_at(0)
                assert writer.wait_ready(60)
            else:
                break
        assert not injector.fired
    assert list(find_problems(writer.store, busy_store.open_settings("unused"))) == []
