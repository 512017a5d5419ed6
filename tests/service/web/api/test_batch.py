"""POST of many articles in one request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.engine.writer import NotReadyError
from service.ingest import ingestion
from service.ingest.ingestion import ARTICLES_PER_TRANSACTION
from service.web import extensions

Story = Callable[..., dict[str, Any]]
NDJSON = "application/x-ndjson"


def lines(articles: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(article).encode() + b"\n" for article in articles)


def post(client: FlaskClient, body: bytes, media_type: str = NDJSON, **options: Any) -> list[Any]:
    response = client.post("/v1/articles/batch", data=body, content_type=media_type, **options)
    assert (response.status_code, response.mimetype) == (200, NDJSON)
    return [json.loads(line) for line in response.text.splitlines()]


def test_results_are_in_the_order_of_the_articles(client: FlaskClient, make_article: Story) -> None:
    results = post(client, lines(make_article(number) for number in range(250)))
    assert [result["article_id"] for result in results] == [f"story-{n}" for n in range(250)]
    stored = [json.loads(line) for line in client.get("/v1/assignments").text.splitlines()]
    assert {row["article_id"]: row["event_id"] for row in stored} == {
        result["article_id"]: result["event_id"] for result in results
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
        (b'{"text": "x", "url": "2025-02-30"}', 422, "/url"),
        (b'{"text": "x", "id": "\\ud800"}', 422, "/id"),
    ],
)
def test_invalid_line_does_not_affect_the_others(
    client: FlaskClient, make_article: Story, bad: bytes, status: int, field: str | None
) -> None:
    good = [lines([make_article(number)]).strip() for number in range(4)]
    results = post(client, b"\n".join([*good[:2], bad, *good[2:]]))
    problem = results.pop(2)
    assert [result["article_id"] for result in results] == [f"story-{n}" for n in range(4)]
    assert (problem["status"], problem["line"]) == (status, 3)
    assert [field_error["field"] for field_error in problem["errors"]] == (
        [] if field is None else [field]
    )
    assert set(problem) == {"type", "title", "status", "detail", "errors", "line"}


def test_invalid_line_in_a_batch_of_several_transactions(
    client: FlaskClient, make_article: Story
) -> None:
    articles = [
        make_article(number, id=str(number)) for number in range(3 * ARTICLES_PER_TRANSACTION)
    ]
    body = lines(articles).replace(b'"id": "150"', b'"id": ""')
    results = post(client, body)
    assert [n for n, result in enumerate(results) if "event_id" not in result] == [150]
    assert len(client.get("/v1/assignments").text.splitlines()) == 3 * ARTICLES_PER_TRANSACTION - 1


def test_blank_lines_have_no_result(client: FlaskClient, make_article: Story) -> None:
    body = b"\xef\xbb\xbf" + lines([make_article(1)]) + b"\n \r\n" + lines([make_article(2)]) + b"{"
    results = post(client, body.replace(b"\n", b"\r\n"))
    assert [result.get("article_id") for result in results] == ["story-1", "story-2", None]
    assert results[2]["line"] == 5


def test_empty_batch_has_no_results(client: FlaskClient) -> None:
    assert post(client, b"") == []


def test_array_is_accepted(client: FlaskClient, make_article: Story) -> None:
    body = json.dumps([make_article(1), 5, make_article(2)]).encode()
    results = post(client, body, "application/json")
    assert [result.get("article_id") for result in results] == ["story-1", None, "story-2"]
    assert results[1]["line"] == 2


@pytest.mark.parametrize("count", [0, 1, 3])
def test_array_is_returned_if_accepted(
    client: FlaskClient, make_article: Story, count: int
) -> None:
    response = client.post(
        "/v1/articles/batch",
        data=lines(make_article(number) for number in range(count)),
        content_type=NDJSON,
        headers={"Accept": "application/json"},
    )
    assert response.mimetype == "application/json"
    assert len(response.get_json()) == count


def test_thousand_repeats_of_an_article_are_unchanged(
    client: FlaskClient, make_article: Story
) -> None:
    results = post(client, lines([make_article(1)] * 1000))
    assert [result["outcome"] for result in results] == ["new"] + ["unchanged"] * 999
    assert client.get("/v1/articles/story-1").get_json()["version"] == 1


def test_same_text_under_many_ids_is_one_group(client: FlaskClient, make_article: Story) -> None:
    results = post(client, lines(make_article(1, id=f"copy-{n}") for n in range(200)))
    assert {result["event_id"] for result in results} == {results[0]["event_id"]}
    assert results[-1]["event_size"] == 200
    assert {result["duplicate_of"] for result in results[1:]} == {"copy-0"}


def test_versions_of_one_article_in_one_batch(client: FlaskClient, make_article: Story) -> None:
    versions = [
        make_article(1),
        make_article(2, id="story-1"),
        make_article(2, id="story-1"),
        make_article(3, id="story-1"),
    ]
    results = post(client, lines(versions))
    assert [result["outcome"] for result in results] == ["new", "updated", "unchanged", "updated"]
    article = client.get("/v1/articles/story-1").get_json()
    assert (article["version"], article["text"]) == (3, make_article(3)["text"])


def test_dry_run_of_a_batch_stores_nothing(client: FlaskClient, make_article: Story) -> None:
    response = client.post(
        "/v1/articles/batch?dry_run=1",
        data=lines([make_article(1), make_article(2)]),
        content_type=NDJSON,
    )
    outcomes = [json.loads(line)["outcome"] for line in response.text.splitlines()]
    assert outcomes == ["new", "new"]
    assert client.get("/v1/assignments").text == ""


def test_batch_gives_the_same_assignments_as_single_posts(
    open_app: Callable[..., Flask], make_article: Story, tmp_path: Any
) -> None:
    articles = [make_article(n % 7, id=f"a-{n}") for n in range(20)]
    single_client = open_app(db=str(tmp_path / "single.db")).test_client()
    batch_client = open_app(db=str(tmp_path / "batch.db")).test_client()
    for article in articles:
        single_client.post("/v1/articles", json=article)
    post(batch_client, lines(articles))
    batch_assignments = batch_client.get("/v1/assignments").text
    assert batch_assignments == single_client.get("/v1/assignments").text


def test_internal_error_is_reported_for_each_line(
    client: FlaskClient, app: Flask, make_article: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(client, lines([make_article(1)]))

    def fail(*_: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("service.store.change_log.write.write_change_set", fail)
        results = post(client, lines([make_article(2), make_article(1, id="copy")]))
    assert [result["status"] for result in results] == [500, 500]
    assert "disk" not in json.dumps(results)
    # Neither the store nor the index keeps anything of the batch.
    assert app.extensions[extensions.INDEX_WRITER].wait_ready(60)
    assert len(client.get("/v1/assignments").text.splitlines()) == 1
    copy = client.post("/v1/articles", json=make_article(1, id="copy")).get_json()
    assert (copy["duplicate_of"], copy["event_size"]) == ("story-1", 2)


def test_writing_after_the_writer_is_closed_raises_not_ready(
    open_app: Callable[..., Flask], make_article: Story
) -> None:
    app = open_app()
    writer = app.extensions[extensions.INDEX_WRITER]
    writer.close()
    with pytest.raises(NotReadyError):
        ingestion.remove(writer, "story-1")
