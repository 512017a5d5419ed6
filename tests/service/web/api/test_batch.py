"""POST of many articles at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.engine.writer import NotReadyError
from service.ingest import articles as ingest_articles
from service.ingest.articles import ARTICLES_PER_TRANSACTION
from service.web import extensions

Story = Callable[..., dict[str, Any]]
NDJSON = "application/x-ndjson"


def lines(articles: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(article).encode() + b"\n" for article in articles)


def post(client: FlaskClient, body: bytes, kind: str = NDJSON, **more: Any) -> list[Any]:
    answer = client.post("/v1/articles/batch", data=body, content_type=kind, **more)
    assert (answer.status_code, answer.mimetype) == (200, NDJSON)
    return [json.loads(line) for line in answer.text.splitlines()]


def test_every_article_is_answered_in_its_place(client: FlaskClient, make_article: Story) -> None:
    answers = post(client, lines(make_article(number) for number in range(250)))
    assert [answer["article_id"] for answer in answers] == [f"story-{n}" for n in range(250)]
    stored = [json.loads(line) for line in client.get("/v1/assignments").text.splitlines()]
    assert {row["article_id"]: row["event_id"] for row in stored} == {
        answer["article_id"]: answer["event_id"] for answer in answers
    }


@pytest.mark.parametrize(
    ("bad", "status", "field"),
    [
        (b"{broken", 400, None),
        (b"\xff\xfe", 400, None),
        (b'{"text": NaN}', 400, None),
        (b"[" * 100_000, 400, None),
        (b"[]", 422, ""),
        (b"{}", 422, ""),
        (b'{"text": 5}', 422, "/text"),
        (b'{"text": "x", "published_at": "2025-02-30"}', 422, "/published_at"),
        (b'{"text": "x", "id": "\\ud800"}', 422, "/id"),
    ],
)
def test_a_bad_line_leaves_the_others_alone(
    client: FlaskClient, make_article: Story, bad: bytes, status: int, field: str | None
) -> None:
    good = [lines([make_article(number)]).strip() for number in range(4)]
    answers = post(client, b"\n".join([*good[:2], bad, *good[2:]]))
    problem = answers.pop(2)
    assert [answer["article_id"] for answer in answers] == [f"story-{n}" for n in range(4)]
    assert (problem["status"], problem["line"]) == (status, 3)
    assert [fault["field"] for fault in problem["errors"]] == ([] if field is None else [field])
    assert set(problem) == {"type", "title", "status", "detail", "errors", "line"}


def test_one_bad_line_among_more_than_a_transaction_holds(
    client: FlaskClient, make_article: Story
) -> None:
    articles = [
        make_article(number, id=str(number)) for number in range(3 * ARTICLES_PER_TRANSACTION)
    ]
    body = lines(articles).replace(b'"id": "150"', b'"id": 150')
    answers = post(client, body)
    assert [n for n, answer in enumerate(answers) if "event_id" not in answer] == [150]
    assert len(client.get("/v1/assignments").text.splitlines()) == 3 * ARTICLES_PER_TRANSACTION - 1


def test_blank_lines_are_not_answered(client: FlaskClient, make_article: Story) -> None:
    body = b"\xef\xbb\xbf" + lines([make_article(1)]) + b"\n \r\n" + lines([make_article(2)]) + b"{"
    answers = post(client, body.replace(b"\n", b"\r\n"))
    assert [answer.get("article_id") for answer in answers] == ["story-1", "story-2", None]
    assert answers[2]["line"] == 5


def test_an_empty_batch_has_no_answers(client: FlaskClient) -> None:
    assert post(client, b"") == []


def test_an_array_will_do(client: FlaskClient, make_article: Story) -> None:
    body = json.dumps([make_article(1), 5, make_article(2)]).encode()
    answers = post(client, body, "application/json")
    assert [answer.get("article_id") for answer in answers] == ["story-1", None, "story-2"]
    assert answers[1]["line"] == 2


@pytest.mark.parametrize("count", [0, 1, 3])
def test_an_array_is_answered_if_asked_for(
    client: FlaskClient, make_article: Story, count: int
) -> None:
    answer = client.post(
        "/v1/articles/batch",
        data=lines(make_article(number) for number in range(count)),
        content_type=NDJSON,
        headers={"Accept": "application/json"},
    )
    assert answer.mimetype == "application/json"
    assert len(answer.get_json()) == count


def test_the_same_article_a_thousand_times(client: FlaskClient, make_article: Story) -> None:
    answers = post(client, lines([make_article(1)] * 1000))
    assert [answer["outcome"] for answer in answers] == ["new"] + ["unchanged"] * 999
    assert client.get("/v1/articles/story-1").get_json()["version"] == 1


def test_the_same_text_under_many_names(client: FlaskClient, make_article: Story) -> None:
    answers = post(client, lines(make_article(1, id=f"copy-{n}") for n in range(200)))
    assert {answer["event_id"] for answer in answers} == {answers[0]["event_id"]}
    assert answers[-1]["event_size"] == 200
    assert {answer["duplicate_of"] for answer in answers[1:]} == {"copy-0"}


def test_versions_of_one_article_in_one_batch(client: FlaskClient, make_article: Story) -> None:
    versions = [
        make_article(1),
        make_article(2, id="story-1"),
        make_article(2, id="story-1"),
        make_article(3, id="story-1"),
    ]
    answers = post(client, lines(versions))
    assert [it["outcome"] for it in answers] == ["new", "updated", "unchanged", "updated"]
    found = client.get("/v1/articles/story-1").get_json()
    assert (found["version"], found["text"]) == (3, make_article(3)["text"])


def test_a_batch_can_be_rehearsed(client: FlaskClient, make_article: Story) -> None:
    answer = client.post(
        "/v1/articles/batch?dry_run=1",
        data=lines([make_article(1), make_article(2)]),
        content_type=NDJSON,
    )
    outcomes = [json.loads(line)["outcome"] for line in answer.text.splitlines()]
    assert outcomes == ["new", "new"]
    assert client.get("/v1/assignments").text == ""


def test_a_batch_gives_what_single_posts_give(
    open_app: Callable[..., Flask], make_article: Story, tmp_path: Any
) -> None:
    articles = [make_article(n % 7, id=f"a-{n}") for n in range(20)]
    one = open_app(db=str(tmp_path / "one.db")).test_client()
    many = open_app(db=str(tmp_path / "many.db")).test_client()
    for article in articles:
        one.post("/v1/articles", json=article)
    post(many, lines(articles))
    assert many.get("/v1/assignments").text == one.get("/v1/assignments").text


def test_what_breaks_inside_is_answered_line_by_line(
    client: FlaskClient, app: Flask, make_article: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(client, lines([make_article(1)]))

    def break_down(*_: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("service.store.log.commit.write_change_set", break_down)
        answers = post(client, lines([make_article(2), make_article(1, id="copy")]))
    assert [answer["status"] for answer in answers] == [500, 500]
    assert "disk" not in json.dumps(answers)
    # Nothing of it is left in the store, nor in the index.
    assert app.extensions[extensions.INDEX_WRITER].wait_ready(60)
    assert len(client.get("/v1/assignments").text.splitlines()) == 1
    answer = client.post("/v1/articles", json=make_article(1, id="copy")).get_json()
    assert (answer["duplicate_of"], answer["event_size"]) == ("story-1", 2)


def test_ingest_says_when_the_index_is_not_there(
    open_app: Callable[..., Flask], make_article: Story
) -> None:
    app = open_app()
    desk = app.extensions[extensions.INDEX_WRITER]
    desk.close()
    with pytest.raises(NotReadyError):
        ingest_articles.remove(desk, "story-1")
