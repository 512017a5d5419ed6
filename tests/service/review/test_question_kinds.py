"""Questions of other kinds than "same event?", flags, and the time of undated articles."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, select, update

from clustering.types import QuestionKind, UncertainPair
from service.store import Store
from service.store.review import uncertain_pairs
from service.store.schema import articles
from tests.support.users import form_token


@pytest.fixture
def filled_client(with_starter_corpus: None, client: FlaskClient) -> FlaskClient:
    return client


def ask(
    store: Store,
    article_ids: tuple[str, str],
    kind: QuestionKind,
    n_moved: int = 0,
    cause_id: str | None = None,
) -> None:
    """Put one pair into the queue, and nothing else."""
    with store.writing() as connection:
        connection.execute(uncertain_pairs.uncertain_pairs.delete())
        add_pair(connection, article_ids, kind, n_moved, cause_id)


def add_pair(
    connection: Connection,
    article_ids: tuple[str, str],
    kind: QuestionKind,
    n_moved: int = 0,
    cause_id: str | None = None,
) -> None:
    query = select(articles.c.key).where(articles.c.id.in_(article_ids))
    first, second = sorted(connection.scalars(query))
    cause = connection.scalar(select(articles.c.key).where(articles.c.id == cause_id))
    pair = UncertainPair((first, second), 0.34, kind, n_moved, cause)
    uncertain_pairs.save_pairs(connection, [pair], (), 0.42)


def items(client: FlaskClient) -> list[dict[str, Any]]:
    page: dict[str, Any] = client.get("/v1/review-queue").get_json()
    return page["items"]


def texts_of_events(client: FlaskClient) -> list[list[str]]:
    """The canonical articles of each event, the event of most texts first."""
    events = client.get("/v1/events?min_size=2&limit=200").get_json()["items"]
    pages = (client.get(f"/v1/events/{event['event_id']}").get_json() for event in events)
    texts = [[group["canonical_article_id"] for group in page["groups"]] for page in pages]
    return sorted(texts, key=len, reverse=True)


def neighbours(client: FlaskClient) -> tuple[str, str]:
    """Two articles of one event that are no near-duplicates."""
    first, second, *_ = texts_of_events(client)[0]
    return first, second


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


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("merge", "joined two events into"),
        ("split", "fall into two blocks, each with one of these articles"),
    ],
)
def test_one_event_that_may_be_two_is_asked_about_with_what_is_at_stake(
    filled_client: FlaskClient, store: Store, kind: QuestionKind, sentence: str
) -> None:
    pair = neighbours(filled_client)
    ask(store, pair, kind, n_moved=3)
    (item,) = items(filled_client)
    assert (item["kind"], item["articles_moved"]) == (kind, 3)
    assert sentence in filled_client.get("/admin/review-queue").text
    body = {"kind": "keep_apart", "article_ids": list(pair), "actor": "anna"}
    assert filled_client.post("/v1/decisions", json=body).status_code == 201
    assert items(filled_client) == []


def test_article_that_merged_two_events_is_named(filled_client: FlaskClient, store: Store) -> None:
    first, second, third, *_ = texts_of_events(filled_client)[0]
    ask(store, (first, second), "merge", n_moved=3, cause_id=third)
    (item,) = items(filled_client)
    assert item["cause_id"] == third
    title = filled_client.get(f"/v1/articles/{third}").get_json()["title"]
    page = html.unescape(" ".join(filled_client.get("/admin/review-queue").text.split()))
    assert f"“<bdi>{title}</bdi>”</a> joined two events" in page
    filled_client.delete(f"/v1/articles/{third}")
    assert [item["cause_id"] for item in items(filled_client)] == [None]


def skip_first(client: FlaskClient) -> None:
    form = {"csrf_token": form_token(client), "article_ids": items(client)[0]["article_ids"]}
    assert client.post("/admin/review-queue/skip", data=form).status_code == 303


def test_skipped_question_about_two_events_brings_no_other_one(
    filled_client: FlaskClient, store: Store
) -> None:
    one, other, *_ = texts_of_events(filled_client)
    with store.writing() as connection:
        connection.execute(uncertain_pairs.uncertain_pairs.delete())
        for first in one[:2]:
            add_pair(connection, (first, other[0]), "event")
    assert len(items(filled_client)) == 1
    skip_first(filled_client)
    assert items(filled_client) == []
    filled_client.post("/admin/review-queue/unskip", data={"csrf_token": form_token(filled_client)})
    assert len(items(filled_client)) == 1


def test_whether_an_event_is_two_is_asked_before_its_single_texts(
    filled_client: FlaskClient, store: Store
) -> None:
    first, second, third, *_ = texts_of_events(filled_client)[0]
    ask(store, (first, second), "event")
    with store.writing() as connection:
        add_pair(connection, (first, third), "split", n_moved=2)
        add_pair(connection, (second, third), "event")
    assert [item["kind"] for item in items(filled_client)] == ["split"]


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
