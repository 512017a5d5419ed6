"""Every error has the one shape."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.store import Store
from service.web import extensions
from service.web.http import problems

JSON = {"content_type": "application/json"}
GZIP = {"headers": {"Content-Encoding": "gzip"}}


@pytest.mark.parametrize(
    ("method", "path", "more", "status"),
    [
        ("POST", "/v1/articles", {"data": b"{", **JSON}, 400),
        ("POST", "/v1/articles", {"data": b"", **JSON}, 400),
        ("POST", "/v1/articles", {"data": b'{"text": "\xff"}', **JSON}, 400),
        ("POST", "/v1/articles", {"data": b'{"text": Infinity}', **JSON}, 400),
        ("POST", "/v1/articles", {"data": b"[" * 10_000, **JSON}, 400),
        ("POST", "/v1/articles", {"data": b"9" * 5000, **JSON}, 400),
        ("PUT", "/v1/articles/a", {"data": b"nope", **JSON}, 400),
        ("POST", "/v1/articles/batch", {"data": b"[{]", **JSON}, 400),
        ("GET", "/nowhere", {}, 404),
        ("GET", "/v1/articles/a", {}, 404),
        ("DELETE", "/v1/articles/a", {}, 404),
        ("GET", "/v1/events/e1", {}, 404),
        ("GET", "/v1/duplicate-groups/g1", {}, 404),
        ("POST", "/v1/events", {}, 405),
        ("PATCH", "/v1/articles/a", {}, 405),
        ("POST", "/v1/articles", {"json": {"text": "x" * 30_000}}, 413),
        ("POST", "/v1/articles/batch", {"data": b"x" * 30_000}, 413),
        ("POST", "/v1/articles", {"data": {"text": "x"}}, 415),
        ("POST", "/v1/articles", {"data": b"x", "content_type": "text/plain"}, 415),
        ("POST", "/v1/articles/batch", {"data": b"x", "content_type": "text/csv"}, 415),
        ("POST", "/v1/articles", {"data": b"x", **JSON, **GZIP}, 415),
        ("POST", "/v1/articles", {"json": {}}, 422),
        ("POST", "/v1/articles", {"json": []}, 422),
        ("POST", "/v1/articles", {"json": {"text": "x" * 200}}, 422),
        ("POST", "/v1/articles?dry_run=perhaps", {"json": {"text": "x"}}, 422),
        ("POST", "/v1/articles/batch", {"json": {"text": "x"}}, 422),
        ("GET", "/v1/events?limit=0", {}, 422),
        ("GET", "/v1/events?min_size=big", {}, 422),
        ("GET", "/v1/events?since=2025-02-30", {}, 422),
        ("GET", "/v1/events?state=lost", {}, 422),
        ("GET", "/v1/events?cursor=x", {}, 422),
        ("GET", "/v1/events?cursor=é", {}, 422),
        ("GET", "/v1/changes?since=yesterday", {}, 422),
        ("GET", "/v1/changes?since=99999999999999999999", {}, 422),
    ],
)  # fmt: skip
def test_every_error_has_one_shape(
    open_app: Callable[..., Flask], method: str, path: str, more: dict[str, Any], status: int
) -> None:
    client = open_app(max_body_bytes=20_000, max_text_chars=150).test_client()
    answer = client.open(path, method=method, **more)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    body = answer.get_json()
    assert list(body) == ["type", "title", "status", "detail", "errors"]
    assert (body["type"], body["status"]) == (f"/docs#problem-{status}", status)
    assert body["title"]
    assert body["detail"]
    assert (status == 422) == bool(body["errors"])
    for fault in body["errors"]:
        assert list(fault) == ["field", "message"]
        assert fault["message"]


def test_a_fault_inside_is_not_shown(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError("password=secret")

    monkeypatch.setattr("service.queries.list_changes", break_down)
    answer = client.get("/v1/changes")
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert list(answer.get_json()) == ["type", "title", "status", "detail", "errors"]
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_a_wrong_method_says_which_are_right(client: FlaskClient) -> None:
    allowed = client.post("/v1/events").headers["Allow"]
    assert set(allowed.split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_every_status_is_explained(client: FlaskClient) -> None:
    page = client.get("/docs").text
    for status in problems.STATUS_DESCRIPTIONS:
        assert f'id="problem-{status}"' in page


def test_a_store_that_another_writes_to_is_busy(
    open_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.store.database._BUSY_TIMEOUT_SECONDS", 0.05)
    client = open_app().test_client()
    with Store(str(tmp_path / "store.db")) as other, other.writing():
        answer = client.post("/v1/articles", json={"text": "x"})
        assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
        assert client.get("/v1/events").status_code == 200
    assert client.post("/v1/articles", json={"text": "x"}).status_code == 201


def test_nothing_is_taken_in_before_the_index_is_there(
    open_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    loading = Event()
    monkeypatch.setattr("service.store.log.replay.load_index", lambda *_: loading.wait(30) and 0)
    monkeypatch.setattr("service.engine.writer._READY_TIMEOUT_SECONDS", 0.05)
    app = open_app(wait=False)
    client = app.test_client()
    try:
        assert client.get("/healthz").status_code == 200
        assert client.get("/v1/events").status_code == 200
        for answer in (
            client.get("/readyz"),
            client.post("/v1/articles", json={"text": "x"}),
            client.post("/v1/articles/batch", json=[{"text": "x"}]),
            client.delete("/v1/articles/a"),
        ):
            assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
            assert int(answer.headers["Retry-After"]) > 0
    finally:
        loading.set()
    assert app.extensions[extensions.INDEX_WRITER].wait_ready(30)
    assert client.get("/readyz").status_code == 200
    assert client.post("/v1/articles", json={"text": "x"}).status_code == 201
