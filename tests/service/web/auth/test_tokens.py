from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

PATHS = ["/v1/events", "/v1/assignments", "/v1/articles/a", "/metrics", "/admin", "/docs",
         "/openapi.json", "/nowhere", "/healthz/", "//healthz"]  # fmt: skip


@pytest.fixture
def locked(open_app: Callable[..., Flask]) -> FlaskClient:
    return open_app(tokens="first,second").test_client()


def bearer(token: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {token}"}}


@pytest.mark.parametrize("path", PATHS)
def test_without_a_token_nothing_opens(locked: FlaskClient, path: str) -> None:
    answer = locked.get(path)
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.get_json()["title"] == "Unauthorized"


def test_nothing_is_written_without_a_token(locked: FlaskClient) -> None:
    assert locked.post("/v1/articles", json={"text": "x"}).status_code == 401
    assert locked.get("/v1/assignments", **bearer("first")).text == ""


@pytest.mark.parametrize("token", ["first", "second"])
def test_every_token_opens(locked: FlaskClient, token: str) -> None:
    assert locked.get("/v1/events", **bearer(token)).status_code == 200


@pytest.mark.parametrize("token", ["", "firs", "first,second", "First", "é"])
def test_no_other_token_does(locked: FlaskClient, token: str) -> None:
    assert locked.get("/v1/events", **bearer(token)).status_code == 401


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_supervisors_need_none(locked: FlaskClient, path: str) -> None:
    assert locked.get(path).status_code == 200


def test_a_browser_may_send_the_token_as_a_password(locked: FlaskClient) -> None:
    assert "Basic" in str(locked.get("/admin").headers.getlist("WWW-Authenticate"))
    assert locked.get("/docs", auth=("me", "first")).status_code == 200
    assert locked.get("/docs", auth=("me", "wrong")).status_code == 401
    assert locked.get("/v1/events", auth=("me", "first")).status_code == 401


def test_without_tokens_the_service_is_open(client: FlaskClient) -> None:
    assert client.get("/v1/events").status_code == 200
