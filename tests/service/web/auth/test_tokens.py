"""Bearer tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

PATHS = ["/v1/events", "/v1/assignments", "/v1/articles/a", "/metrics", "/admin", "/docs",
         "/openapi.json", "/nowhere", "/healthz/", "//healthz"]  # fmt: skip


@pytest.fixture
def guarded(open_app: Callable[..., Flask]) -> FlaskClient:
    return open_app(tokens="first,second").test_client()


def bearer(token: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {token}"}}


@pytest.mark.parametrize("path", PATHS)
def test_every_path_needs_a_token(guarded: FlaskClient, path: str) -> None:
    response = guarded.get(path)
    assert (response.status_code, response.mimetype) == (401, "application/problem+json")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.get_json()["title"] == "Unauthorized"


def test_writing_without_a_token_is_refused(guarded: FlaskClient) -> None:
    assert guarded.post("/v1/articles", json={"text": "x"}).status_code == 401
    assert guarded.get("/v1/assignments", **bearer("first")).text == ""


@pytest.mark.parametrize("token", ["first", "second"])
def test_every_configured_token_is_accepted(guarded: FlaskClient, token: str) -> None:
    assert guarded.get("/v1/events", **bearer(token)).status_code == 200


@pytest.mark.parametrize("token", ["", "firs", "first,second", "First", "é"])
def test_other_tokens_are_refused(guarded: FlaskClient, token: str) -> None:
    assert guarded.get("/v1/events", **bearer(token)).status_code == 401


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_paths_need_no_token(guarded: FlaskClient, path: str) -> None:
    assert guarded.get(path).status_code == 200


def test_browser_may_send_the_token_as_a_password(guarded: FlaskClient) -> None:
    assert "Basic" in str(guarded.get("/admin").headers.getlist("WWW-Authenticate"))
    assert guarded.get("/docs", auth=("me", "first")).status_code == 200
    assert guarded.get("/docs", auth=("me", "wrong")).status_code == 401
    assert guarded.get("/v1/events", auth=("me", "first")).status_code == 401


def test_without_tokens_the_api_is_open(client: FlaskClient) -> None:
    assert client.get("/v1/events").status_code == 200
