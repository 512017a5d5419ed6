"""The queue of doubts: what is asked, in which order, and what is asked no more."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import given as with_examples
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from clustering.constraints.union_find import UnionFind
from service.engine import recluster
from service.engine.writer import IndexWriter
from service.ingest.starter_corpus import load_starter_corpus
from service.store import Store, schema
from service.store.review import uncertain_pairs
from service.web import extensions
from tests.support import starter_corpus
from tests.support.users import USERS, log_in

Asked = dict[str, Any]


@pytest.fixture
def room(with_starter_corpus: None, client: FlaskClient) -> FlaskClient:
    return client


def queue(client: FlaskClient, limit: int = 1000) -> Asked:
    return client.get(f"/v1/doubts?limit={limit}").get_json()


def decide(client: FlaskClient, kind: str, ids: list[str], **more: Any) -> Any:
    body = {"kind": kind, "article_ids": ids, "actor": "anna", **more}
    return client.post("/v1/decisions", json=body)


def send(client: FlaskClient, path: str, **fields: Any) -> Any:
    with client.session_transaction() as session:
        token = session.setdefault("csrf", "a token")
    return client.post(path, data={"csrf_token": token, **fields})


def rows(store: Store) -> int:
    with store.reading() as transaction:
        return transaction.scalar(select(func.count()).select_from(schema.doubts)) or 0


def test_the_queue_says_what_it_knows_of_each_pair(room: FlaskClient) -> None:
    found = queue(room)
    assert found["left"] == len(found["items"]) > 5
    assert found["judged_today"] == 0
    assert found["threshold"] == 0.42
    for item in found["items"]:
        events = [room.get(f"/v1/articles/{it}").get_json() for it in item["article_ids"]]
        assert item["event_ids"] == [it["assignment"]["event_id"] for it in events]
        assert item["together"] == (len({*item["event_ids"]}) == 1)
        assert item["moving"] >= 1


def test_of_two_events_one_pair_is_asked_at_a_time(room: FlaskClient) -> None:
    asked = [frozenset(item["event_ids"]) for item in queue(room)["items"]]
    assert len({*asked}) == len(asked)


def test_a_limit_leaves_the_count_alone(room: FlaskClient) -> None:
    whole, some = queue(room), queue(room, limit=2)
    assert some["items"] == whole["items"][:2]
    assert some["left"] == whole["left"]
    assert room.get("/v1/doubts?limit=0").status_code == 422


@pytest.mark.parametrize("kind", ["same_event", "keep_apart"])
def test_an_answer_is_asked_no_more_until_it_is_taken_back(room: FlaskClient, kind: str) -> None:
    before = queue(room)
    pair = before["items"][0]["article_ids"]
    made = decide(room, kind, pair, seen=before["seq"])
    assert made.status_code == 201
    after = queue(room)
    assert pair not in [item["article_ids"] for item in after["items"]]
    assert after["judged_today"] == 1
    room.post(f"/v1/decisions/{made.get_json()['decision_id']}/undo", json={"actor": "anna"})
    again = queue(room)
    assert pair in [item["article_ids"] for item in again["items"]]
    assert again["judged_today"] == 0


def test_what_follows_from_decisions_is_not_asked(room: FlaskClient) -> None:
    apart = next(item for item in queue(room)["items"] if not item["together"])
    there = room.get(f"/v1/events/{apart['event_ids'][1]}").get_json()
    other = there["groups"][0]["members"][0]["article_id"]
    decide(room, "keep_apart", [apart["article_ids"][0], other])
    asked = [{*item["event_ids"]} for item in queue(room)["items"]]
    assert {*apart["event_ids"]} not in asked


def test_what_is_locked_is_not_asked_about(room: FlaskClient) -> None:
    event = queue(room)["items"][0]["event_ids"][0]
    lock = {"kind": "lock_event", "event_id": event, "actor": "anna"}
    assert room.post("/v1/decisions", json=lock).status_code == 201
    assert not [item for item in queue(room)["items"] if event in item["event_ids"]]


def test_a_removed_article_is_not_asked_about_and_leaves_no_row(
    room: FlaskClient, store: Store
) -> None:
    one = queue(room)["items"][0]["article_ids"][0]
    before = rows(store)
    room.delete(f"/v1/articles/{one}")
    assert not [item for item in queue(room)["items"] if one in item["article_ids"]]
    assert rows(store) < before


def test_a_new_version_is_asked_about_anew(room: FlaskClient) -> None:
    one, other = queue(room)["items"][0]["article_ids"]
    room.put(f"/v1/articles/{one}", json={"text": "Nothing of it is left. " * 40, "title": "Gone"})
    asked = [item["article_ids"] for item in queue(room)["items"]]
    assert [one, other] not in asked


def test_the_most_useful_are_kept_and_no_more(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uncertain_pairs, "MAX_PAIRS", 7)
    load_starter_corpus(app.extensions[extensions.INDEX_WRITER])
    store = app.extensions[extensions.STORE]
    assert 1 <= rows(store) <= 7
    with store.reading() as transaction:
        ranks = transaction.scalars(select(schema.doubts.c.rank)).all()
    assert min(ranks) > 0


def test_judging_everything_again_fills_the_queue_of_an_older_store(
    room: FlaskClient, index_writer: IndexWriter
) -> None:
    before = {tuple(item["article_ids"]) for item in queue(room)["items"]}
    with index_writer.store.writing() as transaction:
        transaction.execute(schema.doubts.delete())
    assert queue(room)["items"] == []
    recluster.recluster(index_writer)
    after = {tuple(item["article_ids"]) for item in queue(room)["items"]}
    assert len(after & before) > len(before) / 2


def test_a_rehearsal_leaves_no_doubt(client: FlaskClient, store: Store) -> None:
    for record in starter_corpus.records()[:30]:
        body = {key: record[key] for key in ("id", "title", "text", "published_at")}
        client.post("/v1/articles?dry_run=true", json=body)
    assert rows(store) == 0


class TestSkipping:
    def test_the_next_comes_and_the_last_can_be_taken_back(self, room: FlaskClient) -> None:
        first, second, *_ = (item["article_ids"] for item in queue(room)["items"])
        answer = send(room, "/admin/review-queue/skip", article_ids=first)
        assert (answer.status_code, answer.location) == (303, "/admin/review-queue?skipped=1")
        assert queue(room)["items"][0]["article_ids"] == second
        assert send(room, "/admin/review-queue/unskip").status_code == 303
        assert queue(room)["items"][0]["article_ids"] == first
        assert send(room, "/admin/review-queue/unskip").status_code == 404

    def test_others_are_asked_all_the_same(
        self, with_starter_corpus: None, open_app: Callable[..., Flask]
    ) -> None:
        app = open_app(users=USERS, tokens="a-token-for-programs")
        anna, program = app.test_client(), {"Authorization": "Bearer a-token-for-programs"}
        log_in(anna)
        first = anna.get("/v1/doubts").get_json()["items"][0]["article_ids"]
        assert send(anna, "/admin/review-queue/skip", article_ids=first).status_code == 303
        hers = anna.get("/v1/doubts").get_json()["items"]
        theirs = app.test_client().get("/v1/doubts", headers=program).get_json()["items"]
        assert first not in [item["article_ids"] for item in hers]
        assert first in [item["article_ids"] for item in theirs]

    @pytest.mark.parametrize("ids", [[], ["nobody", "nowhere"], ["s001", "s002"]])
    def test_what_is_no_doubt_can_not_be_skipped(self, room: FlaskClient, ids: list[str]) -> None:
        assert send(room, "/admin/review-queue/skip", article_ids=ids).status_code == 404

    def test_a_reader_may_look_and_not_answer(
        self, with_starter_corpus: None, open_app: Callable[..., Flask]
    ) -> None:
        app = open_app(users=USERS)
        ben = app.test_client()
        log_in(ben, "ben", "plain staple of paper")
        page = ben.get("/admin/review-queue")
        assert page.status_code == 200
        assert "Only editors can answer" in page.text
        assert "keep_apart" not in page.text
        ids = re.findall(r"/admin/articles/([\w-]+)", page.text)
        assert send(ben, "/admin/review-queue/skip", article_ids=ids[:2]).status_code == 403


def closure(client: FlaskClient) -> tuple[UnionFind, list[set[int]], dict[str, int]]:
    """What stands, worked out by hand: who is tied, and who is kept apart."""
    keys: dict[str, int] = {}
    groups: dict[str, list[int]] = {}
    for line in client.get("/v1/assignments").text.splitlines():
        place = starter_corpus.json.loads(line)
        key = keys.setdefault(place["article_id"], len(keys))
        groups.setdefault(place["duplicate_group_id"], []).append(key)
    tied, apart = UnionFind(), []
    for members in groups.values():
        tied.union(members)
    for decision in client.get("/v1/decisions?standing=true&limit=1000").get_json()["items"]:
        named = [keys[it] for it in decision["details"]["article_ids"]]
        if decision["kind"] == "same_event":
            tied.union(named)
        else:
            apart.append({*named})
    return tied, [{tied.find(key) for key in pair} for pair in apart], keys


@hypothesis_settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@with_examples(
    st.lists(
        st.tuples(st.sampled_from(["same_event", "keep_apart", "undo"]), st.integers(0, 9)),
        max_size=8,
    )
)
def test_no_doubt_is_about_what_is_settled(room: FlaskClient, deeds: Any) -> None:
    made: list[str] = []
    for kind, which in deeds:
        items = queue(room)["items"]
        if kind == "undo" and made:
            room.post(f"/v1/decisions/{made.pop(which % len(made))}/undo", json={"actor": "anna"})
        elif kind != "undo" and items:
            answer = decide(room, kind, items[which % len(items)]["article_ids"])
            assert answer.status_code == 201, answer.text
            made.append(answer.get_json()["decision_id"])
        tied, apart, keys = closure(room)
        for item in queue(room)["items"]:
            pair = {tied.find(keys[it]) for it in item["article_ids"]}
            assert len(pair) == 2
            assert pair not in apart
    for number in reversed(made):
        room.post(f"/v1/decisions/{number}/undo", json={"actor": "anna"})
