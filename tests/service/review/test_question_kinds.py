"""Questions of other kinds than "same event?", flags, and the time of undated articles."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from clustering.types import QuestionKind, UncertainPair
from service.store import Store
from service.store.review import uncertain_pairs
from service.store.schema import articles
from tests.support.users import form_token

MARKET = ("s001", "s003")


@pytest.fixture
def filled_client(with_starter_corpus: None, client: FlaskClient) -> FlaskClient:
    return client


def ask(store: Store, article_ids: tuple[str, str], kind: QuestionKind, n_moved: int = 0) -> None:
    """Put one pair into the queue, and nothing else."""
    with store.writing() as connection:
        connection.execute(uncertain_pairs.uncertain_pairs.delete())
        query = select(articles.c.key).where(articles.c.id.in_(article_ids))
        first, second = sorted(connection.scalars(query))
        pair = UncertainPair((first, second), 0.34, kind, n_moved)
        uncertain_pairs.save_pairs(connection, [pair], (), 0.42)


def items(client: FlaskClient) -> list[dict[str, Any]]:
    page: dict[str, Any] = client.get("/v1/review-queue").get_json()
    return page["items"]


def neighbours(client: FlaskClient) -> tuple[str, str]:
    """Two articles of one event that are no near-duplicates."""
    for event in client.get("/v1/events?min_size=2&limit=200").get_json()["items"]:
        groups = client.get(f"/v1/events/{event['event_id']}").get_json()["groups"]
        if len(groups) > 1:
            first, second = (group["canonical_article_id"] for group in groups[:2])
            return first, second
    raise AssertionError("no event of two groups")


@pytest.mark.parametrize("answer", ["duplicate", "not_duplicate"])
def test_missed_near_duplicate_is_asked_about_until_answered(
    filled_client: FlaskClient, store: Store, answer: str
) -> None:
    pair = neighbours(filled_client)
    ask(store, pair, "duplicate")
    assert [(item["kind"], {*item["article_ids"]}) for item in items(filled_client)] == [
        ("duplicate", {*pair})
    ]
    page = filled_client.get("/admin/review-queue").text
    assert "Is one of these a copy of the other?" in page
    assert f'value="{answer}"' in page
    assert "keep_apart" not in page
    body = {"kind": answer, "article_ids": list(pair), "actor": "anna"}
    assert filled_client.post("/v1/decisions", json=body).status_code == 201
    assert items(filled_client) == []


def test_merged_events_are_asked_about_with_what_is_at_stake(
    filled_client: FlaskClient, store: Store
) -> None:
    pair = neighbours(filled_client)
    ask(store, pair, "merge", n_moved=3)
    (item,) = items(filled_client)
    assert (item["kind"], item["articles_moved"]) == ("merge", 3)
    assert "A new article joined two events" in filled_client.get("/admin/review-queue").text
    body = {"kind": "keep_apart", "article_ids": list(pair), "actor": "anna"}
    assert filled_client.post("/v1/decisions", json=body).status_code == 201
    assert items(filled_client) == []


def test_flagged_question_is_hidden_and_listed(filled_client: FlaskClient, store: Store) -> None:
    pair = neighbours(filled_client)
    ask(store, pair, "event")
    token = form_token(filled_client)
    form = {"csrf_token": token, "article_ids": [*pair], "flag": "yes"}
    answer = filled_client.post("/admin/review-queue/skip", data=form)
    assert answer.location == "/admin/review-queue?hidden=flagged"
    assert items(filled_client) == []
    assert re.search(r"flagged by", filled_client.get("/admin/review-queue").text)
    filled_client.post("/admin/review-queue/unskip", data={"csrf_token": token})
    assert len(items(filled_client)) == 1
    assert "flagged by" not in filled_client.get("/admin/review-queue").text


@pytest.mark.parametrize("n_undated", [1, 2])
def test_undated_articles_do_not_count_as_of_today(
    filled_client: FlaskClient, store: Store, n_undated: int
) -> None:
    pair = neighbours(filled_client)
    with store.writing() as connection:
        undated = articles.c.id.in_(pair[:n_undated])
        connection.execute(update(articles).where(undated).values(published=None))
    ask(store, pair, "event")
    assert items(filled_client)[0]["published_at"] < "2025-06"
