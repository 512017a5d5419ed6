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
from judging import judge
from people import USERS, sign_in

from clustering.likeness import JOIN
from clustering.line import LEAST, Fit
from service import asked, browse, calibration, current, intake, reclustering, review, settings
from service.calibration import labels
from service.calibration.proposal import others
from service.dates import moment
from service.desk import Desk
from service.doubts import queue
from service.starter import load_into
from service.store import Store, doubts, lines, tables
from service.submission import read

Open = Callable[..., Desk]


@pytest.fixture
def room(starter_corpus: None, open_desk: Open) -> Desk:
    return open_desk()


def events(desk: Desk) -> set[frozenset[str]]:
    inside: dict[str, set[str]] = {}
    for place in browse.assignments(desk.store):
        inside.setdefault(place.event_id, set()).add(place.article_id)
    return {frozenset(it) for it in inside.values()}


def line(desk: Desk) -> float:
    with desk.store.reading() as transaction:
        return lines.in_force(transaction)


def proposal(threshold: float, now: float = JOIN) -> calibration.Proposal:
    found = Fit(50, 25, now, threshold, threshold, 30, 45, 44, 20, enough=True)
    return calibration.Proposal(at=moment(0), seq=0, fit=found)


def said(desk: Desk) -> dict[frozenset[str], bool]:
    with desk.store.reading() as transaction:
        names = {row.key: row.id for row in transaction.execute(tables.articles.select())}
        found = labels.labels(transaction)
    return {frozenset(names[key] for key in pair): it.same for pair, it in found.items()}


class TestLabels:
    @pytest.fixture
    def five(self, client: FlaskClient, story: Any) -> FlaskClient:
        for number in range(1, 6):
            client.post("/v1/articles", json=story(number))
        return client

    def decide(self, client: FlaskClient, kind: str, **said: Any) -> str:
        answer = client.post("/v1/decisions", json={"kind": kind, "actor": "anna", **said})
        assert answer.status_code == 201, answer.text
        return answer.get_json()["decision_id"]

    def pairs(self, *numbers: tuple[int, int]) -> set[frozenset[str]]:
        return {frozenset(f"story-{number}" for number in pair) for pair in numbers}

    def test_every_kind_of_decision_about_events_is_one(self, five: Any, desk: Desk) -> None:
        self.decide(five, "same_event", article_ids=["story-1", "story-2"])
        assert said(desk) == dict.fromkeys(self.pairs((1, 2)), True)
        self.decide(five, "keep_apart", article_ids=["story-1", "story-3"])
        self.decide(five, "merge_events", event_ids=["e4", "e5"])
        same = self.pairs((1, 2), (4, 5))
        apart = dict.fromkeys(self.pairs((1, 3)), False)
        assert said(desk) == {**dict.fromkeys(same, True), **apart}
        self.decide(five, "move_article", article_id="story-3", event_id="e4")
        assert said(desk)[frozenset({"story-3", "story-4"})]

    def test_a_split_says_who_is_not_the_same(self, room: Desk) -> None:
        one, *rest = sorted(max(events(room), key=len))
        event = {it.article_id: it.event_id for it in browse.assignments(room.store)}[one]
        raw = {"kind": "split_event", "event_id": event, "article_ids": [one]}
        review.decide(room, asked.read(raw), "anna")
        found = said(room)
        assert 1 <= len(found) <= labels.PAIRS
        assert not any(found.values())
        assert all(pair & {*rest} for pair in found)

    def test_what_is_taken_back_says_nothing(self, five: Any, desk: Desk) -> None:
        number = self.decide(five, "same_event", article_ids=["story-1", "story-2"])
        five.post(f"/v1/decisions/{number}/undo", json={"actor": "anna"})
        assert said(desk) == {}

    def test_a_big_merge_counts_little_more_than_a_small_one(
        self, client: FlaskClient, desk: Desk, story: Any
    ) -> None:
        for number in range(1, 13):
            client.post("/v1/articles", json=story(number))
        self.decide(client, "same_event", article_ids=[f"story-{it}" for it in range(1, 7)])
        self.decide(client, "keep_apart", article_ids=[f"story-{it}" for it in range(7, 13)])
        self.decide(client, "merge_events", event_ids=["e1", "e7"])
        assert len(said(desk)) <= 3 * labels.PAIRS
        assert sum(it for it in said(desk).values()) == 2 * labels.PAIRS

    def test_removed_articles_and_reprints_are_left_out(self, room: Desk) -> None:
        assert judge(room, 0.6) > LEAST
        before = calibration.work_out(room.store).fit.judgements
        with room.store.reading() as transaction:
            key = next(iter(labels.labels(transaction)))[0]
            name = transaction.scalar(
                tables.articles.select()
                .with_only_columns(tables.articles.c.id)
                .where(tables.articles.c.key == key)
            )
        assert intake.remove(room, str(name))
        assert calibration.work_out(room.store).fit.judgements < before


class TestWorkingOut:
    def test_few_judgements_are_told_to_be_few(self, room: Desk) -> None:
        judge(room, 0.6, most=5)
        found = calibration.work_out(room.store)
        assert not found.fit.enough
        assert found.changed == 0

    def test_it_changes_nothing(self, room: Desk) -> None:
        judge(room, 0.62)
        before, newest = events(room), browse.newest_change(room.store)
        found = calibration.work_out(room.store)
        assert found.fit.better
        assert found.fit.threshold > JOIN
        assert (events(room), browse.newest_change(room.store)) == (before, newest)

    def test_what_it_says_would_change_does(self, room: Desk) -> None:
        reclustering.recluster(room)
        judge(room, 0.62)
        found, before = calibration.work_out(room.store), events(room)
        calibration.apply(room, found, "anna")
        gone = before - events(room)
        assert len(gone) == found.changed
        assert sorted(it.size for it in found.events) == sorted(map(len, gone))

    def test_merges_and_splits_are_told_apart(self) -> None:
        before, after = [[1, 2], [3], [4, 5], [6]], [[1, 2, 3], [4], [5], [6]]
        found = {at: (parts, joined) for at, parts, joined in others(before, after)}
        assert found == {0: (1, {0, 1}), 1: (1, {0, 1}), 2: (2, {2}), 3: (1, {3})}


class TestDrawing:
    def test_every_process_and_a_restart_keep_to_it(self, room: Desk, open_desk: Open) -> None:
        beside = open_desk()
        calibration.apply(room, proposal(0.7), "anna")
        assert line(room) == 0.7
        restarted = open_desk()
        one = {"id": "late", "title": "Late", "text": "Something else. " * 30}
        intake.ingest(beside, [read(one, max_text_chars=10_000)])
        for desk in (room, beside, restarted):
            memory = desk._memory
            assert memory is not None
            with desk.turn() as turn:
                assert turn.journal.last_seq >= 0
            assert memory.index.join == 0.7
        assert reclustering.recluster(beside).moved == 0

    def test_a_decision_stands_whatever_the_line(self, room: Desk) -> None:
        judge(room, 0.62)
        held = said(room)
        for threshold in (0.8, 0.2):
            calibration.apply(room, proposal(threshold, line(room)), "anna")
            found = events(room)
            for pair, same in held.items():
                assert any(pair <= inside for inside in found) == same

    def test_who_drew_it_and_by_what_stays_on_record(self, room: Desk) -> None:
        calibration.apply(room, proposal(0.6), "anna")
        calibration.apply(room, proposal(0.5, 0.6), "ben")
        calibration.put_back(room, "carla")
        with room.store.reading() as transaction:
            found = [
                (row.actor, row.threshold, row.judgements, row.takes_back)
                for row in lines.history(transaction)
            ]
        assert found == [("carla", 0.6, 0, 2), ("ben", 0.5, 50, None), ("anna", 0.6, 50, None)]
        calibration.put_back(room, "carla")
        assert line(room) == JOIN
        with pytest.raises(calibration.NoLineBeforeError):
            calibration.put_back(room, "carla")

    def test_a_line_that_has_moved_meanwhile_is_not_moved_again(self, room: Desk) -> None:
        found = proposal(0.6)
        calibration.apply(room, found, "anna")
        with pytest.raises(calibration.LineMovedError):
            calibration.apply(room, found, "ben")
        with pytest.raises(calibration.LineMovedError):
            calibration.apply(room, proposal(0.6, 0.6), "ben")
        assert room.ready

    def test_interrupted_it_is_gone_on_with(
        self, room: Desk, monkeypatch: pytest.MonkeyPatch, open_desk: Open
    ) -> None:
        monkeypatch.setattr(reclustering, "AT_ONCE", 20)
        whole = open_desk("other")
        load_into(whole)
        calibration.apply(whole, proposal(0.75), "anna")

        def interrupt(articles: int) -> None:
            if articles > 30:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            calibration.apply(room, proposal(0.75), "anna", interrupt)
        assert line(room) == 0.75
        assert 0 < reclustering.recluster(room).articles < 106
        assert events(room) == events(whole)


@hypothesis_settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from([0.2, 0.35, 0.5, 0.65, 0.8]), min_size=1, max_size=3, unique=True))
def test_drawn_and_put_back_all_is_as_before(room: Desk, thresholds: list[float]) -> None:
    reclustering.recluster(room)
    before = events(room)
    for threshold in thresholds:
        calibration.apply(room, proposal(threshold, line(room)), "anna")
    for _ in thresholds:
        calibration.put_back(room, "anna")
    assert line(room) == JOIN
    assert events(room) == before


def test_a_store_of_the_version_before_is_opened_with_all_it_held(
    room: Desk, open_desk: Open
) -> None:
    before = events(room)
    with room.store.writing() as transaction:
        for table in ("skips", "doubts", "lines", "proposals"):
            transaction.exec_driver_sql(f"DROP TABLE {table}")
        transaction.exec_driver_sql("UPDATE meta SET value = '3' WHERE name = 'schema'")
    again = open_desk()
    assert events(again) == before
    assert line(again) == JOIN
    calibration.apply(again, proposal(0.6), "anna")
    assert line(again) == 0.6


def test_every_database_keeps_doubts_skips_and_lines(where: str) -> None:
    given = settings.load(db=where)
    with Store(given.db) as store, Desk(given, store) as desk:
        assert desk.wait_ready(60)
        load_into(desk)
        first, *_ = asked_now = queue.doubts(desk, "anna").items
        with store.writing() as transaction:
            query = tables.articles.select().where(tables.articles.c.id.in_(first.article_ids))
            one, other = sorted(row.key for row in transaction.execute(query))
            assert doubts.skip(transaction, (one, other), "anna", 1.0)
            assert doubts.skip(transaction, (one, other), "anna", 2.0)
        assert queue.doubts(desk, "anna").items == asked_now[1:]
        assert queue.doubts(desk, "ben").items == asked_now
        with store.writing() as transaction:
            doubts.take_back(transaction, (one, other), "anna")
        assert queue.doubts(desk, "anna").items == asked_now
        raw = {"kind": "same_event", "article_ids": list(first.article_ids)}
        review.decide(desk, asked.read(raw), "anna")
        assert queue.doubts(desk, "anna").judged_today == 1
        calibration.keep(store, calibration.work_out(store))
        calibration.keep(store, calibration.work_out(store))
        calibration.apply(desk, proposal(0.6), "anna")
        calibration.put_back(desk, "anna")
        assert line(desk) == JOIN
        assert intake.remove(desk, first.article_ids[0])


class TestThePage:
    @pytest.fixture
    def site(self, starter_corpus: None, app: Flask) -> Flask:
        return app

    def send(self, client: FlaskClient, path: str, **fields: Any) -> Any:
        with client.session_transaction() as session:
            token = session.setdefault("csrf", "a token")
        answer = client.post(path, data={"csrf_token": token, **fields})
        client.application.extensions[current.CALIBRATING].wait(60)
        return answer

    def test_it_is_worked_out_drawn_and_put_back(self, site: Flask) -> None:
        client, desk = site.test_client(), site.extensions[current.DESK]
        assert "Nothing was worked out yet" in client.get("/admin/calibration").text
        judge(desk, 0.62)
        assert self.send(client, "/admin/calibration/work-out").status_code == 303
        page = client.get("/admin/calibration").text
        found = calibration.newest(desk.store)
        assert found is not None
        assert f"Draw the line at {found.fit.threshold:.2f}" in page
        stamp = str(found.at.timestamp())
        assert self.send(client, "/admin/calibration/apply", proposal=stamp).status_code == 303
        assert line(desk) == found.fit.threshold
        assert "Put 0.42 back" in client.get("/admin/calibration").text
        assert self.send(client, "/admin/calibration/back").status_code == 303
        assert line(desk) == JOIN

    def test_what_was_not_looked_at_is_not_applied(self, site: Flask) -> None:
        client, desk = site.test_client(), site.extensions[current.DESK]
        assert self.send(client, "/admin/calibration/apply", proposal="1").status_code == 409
        judge(desk, 0.62)
        calibration.keep(desk.store, calibration.work_out(desk.store))
        assert self.send(client, "/admin/calibration/apply", proposal="1").status_code == 409
        assert line(desk) == JOIN

    def test_one_thing_is_done_at_a_time_and_failure_is_told(self, site: Flask) -> None:
        client, job = site.test_client(), site.extensions[current.CALIBRATING]
        job.doing = "Something"
        assert self.send(client, "/admin/calibration/work-out").status_code == 409
        job.doing = ""
        assert self.send(client, "/admin/calibration/back").status_code == 303
        assert "where it was from the beginning" in client.get("/admin/calibration").text

    def test_a_reader_may_look_only(self, open_app: Callable[..., Flask]) -> None:
        app = open_app(users=USERS)
        ben = app.test_client()
        sign_in(ben, "ben", "plain staple of paper")
        page = ben.get("/admin/calibration")
        assert page.status_code == 200
        assert "Work it out" not in page.text
        for deed in ("work-out", "apply", "back", "go-on"):
            assert self.send(ben, f"/admin/calibration/{deed}").status_code == 403
