"""People's decisions as labels: what they say of the line, and the line drawn and put back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from clustering.events.neighbour_graph import DEFAULT_EVENT_THRESHOLD
from clustering.learning.threshold import MIN_JUDGED_PAIRS, ThresholdFit
from service import queries, settings
from service.common.dates import from_timestamp
from service.engine import recluster
from service.engine.writer import IndexWriter
from service.ingest import articles as ingest_articles
from service.ingest.starter_corpus import load_starter_corpus
from service.ingest.submission import validate_article
from service.review import decisions, queue, requests
from service.review import threshold as review_threshold
from service.review.threshold import labels
from service.review.threshold.proposal import compare_partitions
from service.store import Store, schema
from service.store.review import thresholds as review_thresholds
from service.store.review import uncertain_pairs
from service.web import extensions
from tests.support.scripted_editor import judge_pairs
from tests.support.users import USERS, log_in

Open = Callable[..., IndexWriter]


@pytest.fixture
def room(with_starter_corpus: None, open_writer: Open) -> IndexWriter:
    return open_writer()


def events(index_writer: IndexWriter) -> set[frozenset[str]]:
    inside: dict[str, set[str]] = {}
    for place in queries.iter_assignments(index_writer.store):
        inside.setdefault(place.event_id, set()).add(place.article_id)
    return {frozenset(it) for it in inside.values()}


def line(index_writer: IndexWriter) -> float:
    with index_writer.store.reading() as transaction:
        return review_thresholds.current_threshold(transaction)


def proposal(
    threshold: float, now: float = DEFAULT_EVENT_THRESHOLD
) -> review_threshold.ThresholdProposal:
    found = ThresholdFit(50, 25, now, threshold, threshold, 30, 45, 44, 20, enough=True)
    return review_threshold.ThresholdProposal(at=from_timestamp(0), seq=0, fit=found)


def said(index_writer: IndexWriter) -> dict[frozenset[str], bool]:
    with index_writer.store.reading() as transaction:
        names = {row.key: row.id for row in transaction.execute(schema.articles.select())}
        found = labels.load_labels(transaction)
    return {frozenset(names[key] for key in pair): it.same_event for pair, it in found.items()}


class TestLabels:
    @pytest.fixture
    def five(self, client: FlaskClient, make_article: Any) -> FlaskClient:
        for number in range(1, 6):
            client.post("/v1/articles", json=make_article(number))
        return client

    def decide(self, client: FlaskClient, kind: str, **said: Any) -> str:
        answer = client.post("/v1/decisions", json={"kind": kind, "actor": "anna", **said})
        assert answer.status_code == 201, answer.text
        return answer.get_json()["decision_id"]

    def pairs(self, *numbers: tuple[int, int]) -> set[frozenset[str]]:
        return {frozenset(f"story-{number}" for number in pair) for pair in numbers}

    def test_every_kind_of_decision_about_events_is_one(
        self, five: Any, index_writer: IndexWriter
    ) -> None:
        self.decide(five, "same_event", article_ids=["story-1", "story-2"])
        assert said(index_writer) == dict.fromkeys(self.pairs((1, 2)), True)
        self.decide(five, "keep_apart", article_ids=["story-1", "story-3"])
        self.decide(five, "merge_events", event_ids=["e4", "e5"])
        same = self.pairs((1, 2), (4, 5))
        apart = dict.fromkeys(self.pairs((1, 3)), False)
        assert said(index_writer) == {**dict.fromkeys(same, True), **apart}
        self.decide(five, "move_article", article_id="story-3", event_id="e4")
        assert said(index_writer)[frozenset({"story-3", "story-4"})]

    def test_a_split_says_who_is_not_the_same(self, room: IndexWriter) -> None:
        one, *rest = sorted(max(events(room), key=len))
        event = {it.article_id: it.event_id for it in queries.iter_assignments(room.store)}[one]
        raw = {"kind": "split_event", "event_id": event, "article_ids": [one]}
        decisions.decide(room, requests.parse_decision(raw), "anna")
        found = said(room)
        assert 1 <= len(found) <= labels.MAX_PAIRS_PER_DECISION
        assert not any(found.values())
        assert all(pair & {*rest} for pair in found)

    def test_what_is_taken_back_says_nothing(self, five: Any, index_writer: IndexWriter) -> None:
        number = self.decide(five, "same_event", article_ids=["story-1", "story-2"])
        five.post(f"/v1/decisions/{number}/undo", json={"actor": "anna"})
        assert said(index_writer) == {}

    def test_a_big_merge_counts_little_more_than_a_small_one(
        self, client: FlaskClient, index_writer: IndexWriter, make_article: Any
    ) -> None:
        for number in range(1, 13):
            client.post("/v1/articles", json=make_article(number))
        self.decide(client, "same_event", article_ids=[f"story-{it}" for it in range(1, 7)])
        self.decide(client, "keep_apart", article_ids=[f"story-{it}" for it in range(7, 13)])
        self.decide(client, "merge_events", event_ids=["e1", "e7"])
        assert len(said(index_writer)) <= 3 * labels.MAX_PAIRS_PER_DECISION
        assert sum(it for it in said(index_writer).values()) == 2 * labels.MAX_PAIRS_PER_DECISION

    def test_removed_articles_and_reprints_are_left_out(self, room: IndexWriter) -> None:
        assert judge_pairs(room, 0.6) > MIN_JUDGED_PAIRS
        before = review_threshold.propose_threshold(room.store).fit.judgements
        with room.store.reading() as transaction:
            key = next(iter(labels.load_labels(transaction)))[0]
            name = transaction.scalar(
                schema.articles.select()
                .with_only_columns(schema.articles.c.id)
                .where(schema.articles.c.key == key)
            )
        assert ingest_articles.remove(room, str(name))
        assert review_threshold.propose_threshold(room.store).fit.judgements < before


class TestWorkingOut:
    def test_few_judgements_are_told_to_be_few(self, room: IndexWriter) -> None:
        judge_pairs(room, 0.6, limit=5)
        found = review_threshold.propose_threshold(room.store)
        assert not found.fit.enough
        assert found.changed == 0

    def test_it_changes_nothing(self, room: IndexWriter) -> None:
        judge_pairs(room, 0.62)
        before, newest = events(room), queries.get_last_seq(room.store)
        found = review_threshold.propose_threshold(room.store)
        assert found.fit.is_better
        assert found.fit.threshold > DEFAULT_EVENT_THRESHOLD
        assert (events(room), queries.get_last_seq(room.store)) == (before, newest)

    def test_what_it_says_would_change_does(self, room: IndexWriter) -> None:
        recluster.recluster(room)
        judge_pairs(room, 0.62)
        found, before = review_threshold.propose_threshold(room.store), events(room)
        review_threshold.apply_proposal(room, found, "anna")
        gone = before - events(room)
        assert len(gone) == found.changed
        assert sorted(it.size for it in found.events) == sorted(map(len, gone))

    def test_merges_and_splits_are_told_apart(self) -> None:
        before, after = [[1, 2], [3], [4, 5], [6]], [[1, 2, 3], [4], [5], [6]]
        found = {at: (parts, joined) for at, parts, joined in compare_partitions(before, after)}
        assert found == {0: (1, {0, 1}), 1: (1, {0, 1}), 2: (2, {2}), 3: (1, {3})}


class TestDrawing:
    def test_every_process_and_a_restart_keep_to_it(
        self, room: IndexWriter, open_writer: Open
    ) -> None:
        beside = open_writer()
        review_threshold.apply_proposal(room, proposal(0.7), "anna")
        assert line(room) == 0.7
        restarted = open_writer()
        one = {"id": "late", "title": "Late", "text": "Something else. " * 30}
        ingest_articles.ingest(beside, [validate_article(one, max_text_chars=10_000)])
        for desk in (room, beside, restarted):
            memory = desk._loaded
            assert memory is not None
            with desk.transaction() as turn:
                assert turn.change_set.last_seq >= 0
            assert memory.index.event_threshold == 0.7
        assert recluster.recluster(beside).moved == 0

    def test_a_decision_stands_whatever_the_line(self, room: IndexWriter) -> None:
        judge_pairs(room, 0.62)
        held = said(room)
        for threshold in (0.8, 0.2):
            review_threshold.apply_proposal(room, proposal(threshold, line(room)), "anna")
            found = events(room)
            for pair, same in held.items():
                assert any(pair <= inside for inside in found) == same

    def test_who_drew_it_and_by_what_stays_on_record(self, room: IndexWriter) -> None:
        review_threshold.apply_proposal(room, proposal(0.6), "anna")
        review_threshold.apply_proposal(room, proposal(0.5, 0.6), "ben")
        review_threshold.revert_threshold(room, "carla")
        with room.store.reading() as transaction:
            found = [
                (row.actor, row.threshold, row.judgements, row.takes_back)
                for row in review_thresholds.history(transaction)
            ]
        assert found == [("carla", 0.6, 0, 2), ("ben", 0.5, 50, None), ("anna", 0.6, 50, None)]
        review_threshold.revert_threshold(room, "carla")
        assert line(room) == DEFAULT_EVENT_THRESHOLD
        with pytest.raises(review_threshold.NoPreviousThresholdError):
            review_threshold.revert_threshold(room, "carla")

    def test_a_line_that_has_moved_meanwhile_is_not_moved_again(self, room: IndexWriter) -> None:
        found = proposal(0.6)
        review_threshold.apply_proposal(room, found, "anna")
        with pytest.raises(review_threshold.ThresholdChangedError):
            review_threshold.apply_proposal(room, found, "ben")
        with pytest.raises(review_threshold.ThresholdChangedError):
            review_threshold.apply_proposal(room, proposal(0.6, 0.6), "ben")
        assert room.is_ready

    def test_interrupted_it_is_gone_on_with(
        self, room: IndexWriter, monkeypatch: pytest.MonkeyPatch, open_writer: Open
    ) -> None:
        monkeypatch.setattr(recluster, "ARTICLES_PER_TRANSACTION", 20)
        whole = open_writer("other")
        load_starter_corpus(whole)
        review_threshold.apply_proposal(whole, proposal(0.75), "anna")

        def interrupt(articles: int) -> None:
            if articles > 30:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            review_threshold.apply_proposal(room, proposal(0.75), "anna", interrupt)
        assert line(room) == 0.75
        assert 0 < recluster.recluster(room).articles < 106
        assert events(room) == events(whole)


@hypothesis_settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from([0.2, 0.35, 0.5, 0.65, 0.8]), min_size=1, max_size=3, unique=True))
def test_drawn_and_put_back_all_is_as_before(room: IndexWriter, thresholds: list[float]) -> None:
    recluster.recluster(room)
    before = events(room)
    for threshold in thresholds:
        review_threshold.apply_proposal(room, proposal(threshold, line(room)), "anna")
    for _ in thresholds:
        review_threshold.revert_threshold(room, "anna")
    assert line(room) == DEFAULT_EVENT_THRESHOLD
    assert events(room) == before


def test_a_store_of_the_version_before_is_opened_with_all_it_held(
    room: IndexWriter, open_writer: Open
) -> None:
    before = events(room)
    with room.store.writing() as transaction:
        for table in ("skips", "doubts", "lines", "proposals"):
            transaction.exec_driver_sql(f"DROP TABLE {table}")
        transaction.exec_driver_sql("UPDATE meta SET value = '3' WHERE name = 'schema'")
    again = open_writer()
    assert events(again) == before
    assert line(again) == DEFAULT_EVENT_THRESHOLD
    review_threshold.apply_proposal(again, proposal(0.6), "anna")
    assert line(again) == 0.6


def test_every_database_keeps_doubts_skips_and_lines(store_url: str) -> None:
    given = settings.load(db=store_url)
    with Store(given.db) as store, IndexWriter(given, store) as desk:
        assert desk.wait_ready(60)
        load_starter_corpus(desk)
        first, *_ = asked_now = queue.list_uncertain_pairs(desk, "anna").items
        with store.writing() as transaction:
            query = schema.articles.select().where(schema.articles.c.id.in_(first.article_ids))
            one, other = sorted(row.key for row in transaction.execute(query))
            assert uncertain_pairs.skip_pair(transaction, (one, other), "anna", 1.0)
            assert uncertain_pairs.skip_pair(transaction, (one, other), "anna", 2.0)
        assert queue.list_uncertain_pairs(desk, "anna").items == asked_now[1:]
        assert queue.list_uncertain_pairs(desk, "ben").items == asked_now
        with store.writing() as transaction:
            uncertain_pairs.undo_skip(transaction, (one, other), "anna")
        assert queue.list_uncertain_pairs(desk, "anna").items == asked_now
        raw = {"kind": "same_event", "article_ids": list(first.article_ids)}
        decisions.decide(desk, requests.parse_decision(raw), "anna")
        assert queue.list_uncertain_pairs(desk, "anna").judged_today == 1
        review_threshold.save_proposal(store, review_threshold.propose_threshold(store))
        review_threshold.save_proposal(store, review_threshold.propose_threshold(store))
        review_threshold.apply_proposal(desk, proposal(0.6), "anna")
        review_threshold.revert_threshold(desk, "anna")
        assert line(desk) == DEFAULT_EVENT_THRESHOLD
        assert ingest_articles.remove(desk, first.article_ids[0])


class TestThePage:
    @pytest.fixture
    def site(self, with_starter_corpus: None, app: Flask) -> Flask:
        return app

    def send(self, client: FlaskClient, path: str, **fields: Any) -> Any:
        with client.session_transaction() as session:
            token = session.setdefault("csrf", "a token")
        answer = client.post(path, data={"csrf_token": token, **fields})
        client.application.extensions[extensions.BACKGROUND_JOB].wait(60)
        return answer

    def test_it_is_worked_out_drawn_and_put_back(self, site: Flask) -> None:
        client, desk = site.test_client(), site.extensions[extensions.INDEX_WRITER]
        assert "No proposal has been computed yet" in client.get("/admin/threshold").text
        judge_pairs(desk, 0.62)
        assert self.send(client, "/admin/threshold/fit").status_code == 303
        page = client.get("/admin/threshold").text
        found = review_threshold.load_proposal(desk.store)
        assert found is not None
        assert f"Set the threshold to {found.fit.threshold:.2f}" in page
        stamp = str(found.at.timestamp())
        assert self.send(client, "/admin/threshold/apply", proposal=stamp).status_code == 303
        assert line(desk) == found.fit.threshold
        assert "Revert to 0.42" in client.get("/admin/threshold").text
        assert self.send(client, "/admin/threshold/revert").status_code == 303
        assert line(desk) == DEFAULT_EVENT_THRESHOLD

    def test_what_was_not_looked_at_is_not_applied(self, site: Flask) -> None:
        client, desk = site.test_client(), site.extensions[extensions.INDEX_WRITER]
        assert self.send(client, "/admin/threshold/apply", proposal="1").status_code == 409
        judge_pairs(desk, 0.62)
        review_threshold.save_proposal(desk.store, review_threshold.propose_threshold(desk.store))
        assert self.send(client, "/admin/threshold/apply", proposal="1").status_code == 409
        assert line(desk) == DEFAULT_EVENT_THRESHOLD

    def test_one_thing_is_done_at_a_time_and_failure_is_told(self, site: Flask) -> None:
        client, job = site.test_client(), site.extensions[extensions.BACKGROUND_JOB]
        job.status = "Something"
        assert self.send(client, "/admin/threshold/fit").status_code == 409
        job.status = ""
        assert self.send(client, "/admin/threshold/revert").status_code == 303
        assert "where it was from the beginning" in client.get("/admin/threshold").text

    def test_a_reader_may_look_only(self, open_app: Callable[..., Flask]) -> None:
        app = open_app(users=USERS)
        ben = app.test_client()
        log_in(ben, "ben", "plain staple of paper")
        page = ben.get("/admin/threshold")
        assert page.status_code == 200
        assert "Compute a proposal" not in page.text
        for deed in ("fit", "apply", "revert", "resume"):
            assert self.send(ben, f"/admin/threshold/{deed}").status_code == 403
