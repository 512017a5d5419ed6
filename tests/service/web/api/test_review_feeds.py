"""The feeds of decisions and of questions: RSS and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from html import unescape
from typing import Any

import feedparser
import pytest
from flask import Flask
from flask.testing import FlaskClient

MakeArticle = Callable[..., dict[str, Any]]

PATHS = (
    *("/feeds/decisions.rss", "/feeds/decisions.csv"),
    *("/feeds/review-queue.rss", "/feeds/review-queue.csv"),
)


def rss_entries(client: FlaskClient, path: str) -> list[Any]:
    response = client.get(path)
    assert response.content_type == "application/rss+xml; charset=utf-8"
    parsed = feedparser.parse(io.BytesIO(response.data))
    assert not parsed.bozo, parsed.get("bozo_exception")
    return list(parsed.entries)


def table(client: FlaskClient, path: str) -> list[dict[str, str]]:
    response = client.get(path)
    assert response.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"))))


@pytest.fixture
def decided(client: FlaskClient, make_article: MakeArticle) -> FlaskClient:
    """A service where d1 merges two events, d2 locks the merged one, and d3 undoes d2."""
    for number, title in enumerate(("Storm <b>& flood", "=Dam()"), start=1):
        client.post("/v1/articles", json=make_article(number, title=title))
    merge = {"kind": "merge_events", "event_ids": ["e1", "e2"], "reason": "1 < 2"}
    client.post("/v1/decisions", json=merge | {"actor": "anna"})
    client.post("/v1/decisions", json={"kind": "lock_event", "event_id": "e1", "actor": "ben"})
    client.post("/v1/decisions/d2/undo", json={"actor": "anna"})
    return client


def test_decisions_are_told_in_sentences(decided: FlaskClient) -> None:
    undo, lock, merge = rss_entries(decided, "/feeds/decisions.rss")
    assert [entry.id for entry in (undo, lock, merge)] == ["d3", "d2", "d1"]
    assert merge.title == "anna: Merged “=Dam()” e2 into “Storm <b>& flood” e1"
    assert unescape(merge.summary) == "1 < 2"
    assert undo.title == "anna: Undid: Locked “Storm <b>& flood” e1"
    assert lock.summary == "Undone by d3."
    path, _, anchor = merge.link.partition("#")
    assert anchor == "d1"
    assert 'id="d1"' in decided.get(path).text
    assert 'id="d2"' not in decided.get(path).text


@pytest.mark.parametrize("query", ["active=true", "kind=lock_event", "actor=anna", "limit=1"])
def test_filters_are_those_of_the_list_of_decisions(decided: FlaskClient, query: str) -> None:
    listed = [
        item["decision_id"] for item in decided.get(f"/v1/decisions?{query}").get_json()["items"]
    ]
    assert listed
    entries = rss_entries(decided, f"/feeds/decisions.rss?{query}")
    assert [entry.id for entry in entries] == listed
    rows = table(decided, f"/feeds/decisions.csv?{query}")
    assert [row["decision_id"] for row in rows] == listed


def test_questions_are_those_of_the_review_queue(
    with_starter_corpus: None, client: FlaskClient
) -> None:
    pairs = client.get("/v1/review-queue?limit=5").get_json()["items"]
    assert len(pairs) == 5
    entries = rss_entries(client, "/feeds/review-queue.rss?limit=5")
    assert [entry.id for entry in entries] == [
        " ".join((pair["kind"], *pair["article_ids"])) for pair in pairs
    ]
    rows = table(client, "/feeds/review-queue.csv?limit=5")
    assert [[row["first_article_id"], row["second_article_id"]] for row in rows] == [
        pair["article_ids"] for pair in pairs
    ]
    assert [float(row["probability"]) for row in rows] == [pair["probability"] for pair in pairs]
    assert all(
        f"“{row['first_title']}”" in entry.title for row, entry in zip(rows, entries, strict=True)
    )
    assert all("moves at least" in entry.summary for entry in entries)
    assert client.get(entries[0].link).status_code == 200


def test_answered_question_leaves_its_feeds(with_starter_corpus: None, client: FlaskClient) -> None:
    first = rss_entries(client, "/feeds/review-queue.rss?limit=1")[0].id
    kind, *article_ids = first.split()
    assert kind == "event"
    answer = {"kind": "keep_apart", "article_ids": article_ids}
    assert client.post("/v1/decisions", json=answer).status_code == 201
    assert first not in [entry.id for entry in rss_entries(client, "/feeds/review-queue.rss")]
    rows = table(client, "/feeds/review-queue.csv")
    assert article_ids not in [[row["first_article_id"], row["second_article_id"]] for row in rows]


def test_cells_are_texts_for_spreadsheets(decided: FlaskClient) -> None:
    lock = {"kind": "lock_event", "event_id": "e1", "reason": "=HYPERLINK(1)", "actor": "@omar"}
    decided.post("/v1/decisions", json=lock)
    row = table(decided, "/feeds/decisions.csv?limit=1")[0]
    assert (row["reason"], row["actor"]) == ("'=HYPERLINK(1)", "'@omar")


@pytest.mark.parametrize("path", PATHS)
class TestHttpBehaviour:
    def test_unchanged_feed_gives_304(self, client: FlaskClient, path: str) -> None:
        tag = client.get(path).headers["ETag"]
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304

    def test_unknown_filter_is_an_error(self, client: FlaskClient, path: str) -> None:
        assert client.get(f"{path}?min_size=2").status_code == 422

    def test_token_needs_to_read(self, open_app: Callable[..., Flask], path: str) -> None:
        client = open_app(tokens="first").test_client()
        assert client.get(path).status_code == 401
        assert client.get(path, auth=("reader", "first")).status_code == 200
