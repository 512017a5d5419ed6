"""Every error is a problem (RFC 9457)."""

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
ZSTD = {"headers": {"Content-Encoding": "zstd"}}
GZIP = {"headers": {"Content-Encoding": "gzip"}}


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
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
        ("POST", "/v1/articles", {"data": b"x", **JSON, **GZIP}, 400),
        ("POST", "/v1/articles", {"data": b"x", **JSON, **ZSTD}, 415),
        ("POST", "/v1/articles", {"json": {}}, 422),
        ("POST", "/v1/articles", {"json": []}, 422),
        ("POST", "/v1/articles", {"json": {"text": "x" * 200}}, 422),
        ("POST", "/v1/articles?dry_run=perhaps", {"json": {"text": "x"}}, 422),
        ("POST", "/v1/articles/batch", {"json": {"text": "x"}}, 422),
        ("GET", "/v1/events?limit=0", {}, 422),
        ("GET", "/v1/events?min_size=big", {}, 422),
        ("GET", "/v1/events?since=2025-02-30", {}, 422),
        ("GET", "/v1/events?since=", {}, 422),
        ("GET", "/v1/events?since=2025-05-04&until=", {}, 422),
        ("GET", "/v1/changes?since=", {}, 422),
        ("GET", "/v1/events?state=lost", {}, 422),
        ("GET", "/v1/events?cursor=x", {}, 422),
        ("GET", "/v1/events?cursor=é", {}, 422),
        ("GET", "/v1/changes?since=yesterday", {}, 422),
        ("GET", "/v1/changes?since=99999999999999999999", {}, 422),
    ],
)  # fmt: skip
def test_every_error_is_a_problem(
    open_app: Callable[..., Flask], method: str, path: str, options: dict[str, Any], status: int
) -> None:
    client = open_app(max_body_bytes=20_000, max_text_chars=150).test_client()
    response = client.open(path, method=method, **options)
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    body = response.get_json()
    assert list(body) == ["type", "title", "status", "detail", "errors"]
    assert (body["type"], body["status"]) == (f"/docs#problem-{status}", status)
    assert body["title"]
    assert body["detail"]
    assert (status == 422) == bool(body["errors"])
    for field_error in body["errors"]:
        assert list(field_error) == ["field", "message"]
        assert field_error["message"]


def test_internal_error_reveals_no_details(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("password=secret")

    monkeypatch.setattr("service.queries.list_changes", fail)
    response = client.get("/v1/changes")
    assert (response.status_code, response.mimetype) == (500, "application/problem+json")
    assert list(response.get_json()) == ["type", "title", "status", "detail", "errors"]
    assert "secret" not in response.text
    assert "Traceback" not in response.text


def test_wrong_method_lists_the_allowed_ones(client: FlaskClient) -> None:
    response = client.post("/v1/events")
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert response.get_json()["detail"] == "this address supports GET, HEAD, OPTIONS only"


def test_every_status_is_documented(client: FlaskClient) -> None:
    page = client.get("/docs").text
    for status in problems.STATUS_DESCRIPTIONS:
        assert f'id="problem-{status}"' in page


def test_store_locked_by_another_process_gives_503(
    open_app: Callable[..., Flask], tmp_path: Path
) -> None:
    client = open_app(store_wait_seconds=0.05).test_client()
    with Store(str(tmp_path / "store.db")) as other_store, other_store.writing():
        response = client.post("/v1/articles", json={"text": "x"})
        assert (response.status_code, response.mimetype) == (503, "application/problem+json")
        assert client.get("/v1/events").status_code == 200
    assert client.post("/v1/articles", json={"text": "x"}).status_code == 201


def test_writing_before_the_index_is_loaded_gives_503(
    open_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    loading = Event()
    monkeypatch.setattr(
        "service.store.change_log.replay.load_index", lambda *_: loading.wait(30) and 0
    )
    monkeypatch.setattr("service.engine.writer._READY_TIMEOUT_SECONDS", 0.05)
    app = open_app(wait=False)
    client = app.test_client()
    try:
        assert client.get("/healthz").status_code == 200
        assert client.get("/v1/events").status_code == 200
        for response in (
            client.get("/readyz"),
            client.post("/v1/articles", json={"text": "x"}),
            client.post("/v1/articles/batch", json=[{"text": "x"}]),
            client.delete("/v1/articles/a"),
        ):
            assert (response.status_code, response.mimetype) == (503, "application/problem+json")
            assert int(response.headers["Retry-After"]) > 0
    finally:
        loading.set()
    assert app.extensions[extensions.INDEX_WRITER].wait_ready(30)
    assert client.get("/readyz").status_code == 200
    assert client.post("/v1/articles", json={"text": "x"}).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("PATCH", "/v1/articles/a", {"DELETE", "GET", "PUT"}), ("POST", "/v1/events", {"GET"})],
)
def test_405_names_what_is_allowed(
    client: FlaskClient, method: str, path: str, allowed: set[str]
) -> None:
    response = client.open(path, method=method)
    assert response.status_code == 405
    assert allowed <= set(response.headers["Allow"].replace(" ", "").split(","))
    assert all(name in response.get_json()["detail"] for name in allowed)


def test_language_tag_that_cannot_be_read_is_left_out(client: FlaskClient) -> None:
    article = {"text": "The ferry was late again.", "language": "en-fonipa-Latn"}
    response = client.post("/v1/articles", json=article)
    assert response.status_code == 201
    assert any(warning.startswith("language:") for warning in response.get_json()["warnings"])
