"""The review queue: which pairs are listed, in which order, and which are left out."""

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
from tests.support.users import USERS, form_token, log_in

QueuePage = dict[str, Any]


@pytest.fixture
def filled_client(with_starter_corpus: None, client: FlaskClient) -> FlaskClient:
    """A client of a service that holds the starter corpus."""
    return client


def get_queue(client: FlaskClient, limit: int = 1000) -> QueuePage:
    return client.get(f"/v1/review-queue?limit={limit}").get_json()


def decide(client: FlaskClient, kind: str, article_ids: list[str], **fields: Any) -> Any:
    body = {"kind": kind, "article_ids": article_ids, "actor": "anna", **fields}
    return client.post("/v1/decisions", json=body)


def submit_form(client: FlaskClient, path: str, **fields: Any) -> Any:
    return client.post(path, data={"csrf_token": form_token(client), **fields})


def count_stored_pairs(store: Store) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(schema.uncertain_pairs)) or 0


def test_queue_describes_each_pair(filled_client: FlaskClient) -> None:
    page = get_queue(filled_client)
    assert page["remaining"] == len(page["items"]) > 5
    assert page["answered_today"] == 0
    assert page["threshold"] == 0.42
    for pair in page["items"]:
        articles = [
            filled_client.get(f"/v1/articles/{article_id}").get_json()
            for article_id in pair["article_ids"]
        ]
        assert pair["event_ids"] == [article["assignment"]["event_id"] for article in articles]
        assert pair["together"] == (len({*pair["event_ids"]}) == 1)
        assert pair["articles_moved"] >= 1


def test_one_pair_is_listed_for_two_events(filled_client: FlaskClient) -> None:
    event_pairs = [frozenset(pair["event_ids"]) for pair in get_queue(filled_client)["items"]]
    assert len({*event_pairs}) == len(event_pairs)


def test_limit_does_not_change_the_count(filled_client: FlaskClient) -> None:
    unlimited, limited = get_queue(filled_client), get_queue(filled_client, limit=2)
    assert limited["items"] == unlimited["items"][:2]
    assert limited["remaining"] == unlimited["remaining"]
    assert filled_client.get("/v1/review-queue?limit=0").status_code == 422


@pytest.mark.parametrize("kind", ["same_event", "keep_apart"])
def test_answered_pair_is_left_out_until_the_answer_is_undone(
    filled_client: FlaskClient, kind: str
) -> None:
    before = get_queue(filled_client)
    article_ids = before["items"][0]["article_ids"]
    answer = decide(filled_client, kind, article_ids, seen=before["seq"])
    assert answer.status_code == 201
    after = get_queue(filled_client)
    assert article_ids not in [pair["article_ids"] for pair in after["items"]]
    assert after["answered_today"] == 1
    undo_path = f"/v1/decisions/{answer.get_json()['decision_id']}/undo"
    filled_client.post(undo_path, json={"actor": "anna"})
    undone = get_queue(filled_client)
    assert article_ids in [pair["article_ids"] for pair in undone["items"]]
    assert undone["answered_today"] == 0


def test_pairs_that_decisions_imply_are_left_out(filled_client: FlaskClient) -> None:
    apart = next(pair for pair in get_queue(filled_client)["items"] if not pair["together"])
    second_event = filled_client.get(f"/v1/events/{apart['event_ids'][1]}").get_json()
    member_id = second_event["groups"][0]["members"][0]["article_id"]
    decide(filled_client, "keep_apart", [apart["article_ids"][0], member_id])
    event_pairs = [{*pair["event_ids"]} for pair in get_queue(filled_client)["items"]]
    assert {*apart["event_ids"]} not in event_pairs


def test_pairs_in_locked_events_are_left_out(filled_client: FlaskClient) -> None:
    event_id = get_queue(filled_client)["items"][0]["event_ids"][0]
    lock = {"kind": "lock_event", "event_id": event_id, "actor": "anna"}
    assert filled_client.post("/v1/decisions", json=lock).status_code == 201
    pairs = get_queue(filled_client)["items"]
    assert not [pair for pair in pairs if event_id in pair["event_ids"]]


def test_removed_article_leaves_no_pair(filled_client: FlaskClient, store: Store) -> None:
    article_id = get_queue(filled_client)["items"][0]["article_ids"][0]
    before = count_stored_pairs(store)
    filled_client.delete(f"/v1/articles/{article_id}")
    pairs = get_queue(filled_client)["items"]
    assert not [pair for pair in pairs if article_id in pair["article_ids"]]
    assert count_stored_pairs(store) < before


def test_new_version_replaces_the_pairs_of_the_old_one(filled_client: FlaskClient) -> None:
    first_id, second_id = get_queue(filled_client)["items"][0]["article_ids"]
    new_version = {"text": "Nothing of it is left. " * 40, "title": "Gone"}
    filled_client.put(f"/v1/articles/{first_id}", json=new_version)
    pairs = [pair["article_ids"] for pair in get_queue(filled_client)["items"]]
    assert [first_id, second_id] not in pairs


def test_pairs_of_the_lowest_priority_are_deleted(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uncertain_pairs, "MAX_PAIRS", 7)
    load_starter_corpus(app.extensions[extensions.INDEX_WRITER])
    store = app.extensions[extensions.STORE]
    assert 1 <= count_stored_pairs(store) <= 7
    with store.reading() as connection:
        priorities = connection.scalars(select(schema.uncertain_pairs.c.priority)).all()
    assert min(priorities) > 0


def test_reclustering_fills_the_queue_of_an_older_store(
    filled_client: FlaskClient, index_writer: IndexWriter
) -> None:
    recluster.recluster(index_writer)
    before = {tuple(pair["article_ids"]) for pair in get_queue(filled_client)["items"]}
    with index_writer.store.writing() as connection:
        connection.execute(schema.uncertain_pairs.delete())
    assert get_queue(filled_client)["items"] == []
    recluster.recluster(index_writer)
    after = {tuple(pair["article_ids"]) for pair in get_queue(filled_client)["items"]}
    assert len(after & before) > 0.8 * len(after) > 10


def test_dry_run_stores_no_uncertain_pair(client: FlaskClient, store: Store) -> None:
    for record in starter_corpus.records()[:30]:
        body = {field: record[field] for field in ("id", "title", "text", "published_at")}
        client.post("/v1/articles?dry_run=true", json=body)
    assert count_stored_pairs(store) == 0


class TestSkipping:
    def test_skip_shows_the_next_pair_and_can_be_undone(self, filled_client: FlaskClient) -> None:
        pairs = get_queue(filled_client)["items"]
        first, second, *_ = (pair["article_ids"] for pair in pairs)
        answer = submit_form(filled_client, "/admin/review-queue/skip", article_ids=first)
        assert (answer.status_code, answer.location) == (303, "/admin/review-queue?hidden=skipped")
        assert get_queue(filled_client)["items"][0]["article_ids"] == second
        assert submit_form(filled_client, "/admin/review-queue/unskip").status_code == 303
        assert get_queue(filled_client)["items"][0]["article_ids"] == first
        assert submit_form(filled_client, "/admin/review-queue/unskip").status_code == 404

    def test_other_editors_still_see_a_skipped_pair(
        self, with_starter_corpus: None, open_app: Callable[..., Flask]
    ) -> None:
        app = open_app(users=USERS, tokens="a-token-for-programs")
        anna, program = app.test_client(), {"Authorization": "Bearer a-token-for-programs"}
        log_in(anna)
        first = anna.get("/v1/review-queue").get_json()["items"][0]["article_ids"]
        assert submit_form(anna, "/admin/review-queue/skip", article_ids=first).status_code == 303
        of_anna = anna.get("/v1/review-queue").get_json()["items"]
        of_program = app.test_client().get("/v1/review-queue", headers=program).get_json()["items"]
        assert first not in [pair["article_ids"] for pair in of_anna]
        assert first in [pair["article_ids"] for pair in of_program]

    @pytest.mark.parametrize("article_ids", [[], ["nobody", "nowhere"], ["s001", "s002"]])
    def test_only_uncertain_pairs_can_be_skipped(
        self, filled_client: FlaskClient, article_ids: list[str]
    ) -> None:
        answer = submit_form(filled_client, "/admin/review-queue/skip", article_ids=article_ids)
        assert answer.status_code == 404

    def test_reader_sees_the_queue_and_cannot_answer(
        self, with_starter_corpus: None, open_app: Callable[..., Flask]
    ) -> None:
        app = open_app(users=USERS)
        ben = app.test_client()
        log_in(ben, "ben", "plain staple of paper")
        page = ben.get("/admin/review-queue")
        assert page.status_code == 200
        assert "Only editors can answer" in page.text
        assert "keep_apart" not in page.text
        article_ids = re.findall(r"/admin/articles/([\w-]+)", page.text)
        answer = submit_form(ben, "/admin/review-queue/skip", article_ids=article_ids[:2])
        assert answer.status_code == 403


def constraint_closure(client: FlaskClient) -> tuple[UnionFind, list[set[int]], dict[str, int]]:
    """Must-link components, cannot-link pairs of these, and a key for each article.

    Computed from the answers of the API.
    """
    key_of: dict[str, int] = {}
    groups: dict[str, list[int]] = {}
    for line in client.get("/v1/assignments").text.splitlines():
        assignment = starter_corpus.json.loads(line)
        key = key_of.setdefault(assignment["article_id"], len(key_of))
        groups.setdefault(assignment["duplicate_group_id"], []).append(key)
    components, cannot_links = UnionFind(), []
    for members in groups.values():
        components.union(members)
    for decision in client.get("/v1/decisions?active=true&limit=1000").get_json()["items"]:
        keys = [key_of[article_id] for article_id in decision["details"]["article_ids"]]
        if decision["kind"] == "same_event":
            components.union(keys)
        else:
            cannot_links.append({*keys})
    return components, [{components.find(key) for key in pair} for pair in cannot_links], key_of


@hypothesis_settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@with_examples(
    st.lists(
        st.tuples(st.sampled_from(["same_event", "keep_apart", "undo"]), st.integers(0, 9)),
        max_size=8,
    )
)
def test_no_listed_pair_is_settled_by_decisions(filled_client: FlaskClient, actions: Any) -> None:
    decision_ids: list[str] = []

    def undo(decision_id: str) -> None:
        filled_client.post(f"/v1/decisions/{decision_id}/undo", json={"actor": "anna"})

    for kind, position in actions:
        pairs = get_queue(filled_client)["items"]
        if kind == "undo" and decision_ids:
            undo(decision_ids.pop(position % len(decision_ids)))
        elif kind != "undo" and pairs:
            answer = decide(filled_client, kind, pairs[position % len(pairs)]["article_ids"])
            assert answer.status_code == 201, answer.text
            decision_ids.append(answer.get_json()["decision_id"])
        components, cannot_links, key_of = constraint_closure(filled_client)
        for pair in get_queue(filled_client)["items"]:
            linked = {components.find(key_of[article_id]) for article_id in pair["article_ids"]}
            assert len(linked) == 2
            assert linked not in cannot_links
    for decision_id in reversed(decision_ids):
        undo(decision_id)
