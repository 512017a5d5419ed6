"""The page of tokens, users and the audit log."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.store import Store
from service.store.access import audit_log
from service.web import extensions
from tests.support.users import EDITOR_PASSWORD, USERS, form_token, log_in, user_entry

Open = Callable[..., Flask]
SCRIPT = "<script>alert(1)</script>"


def submit(client: FlaskClient, path: str, **fields: Any) -> Any:
    return client.post(f"/admin/access{path}", data={"csrf_token": form_token(client), **fields})


@pytest.fixture
def desk(open_app: Open) -> FlaskClient:
    """A browser in which an administrator is logged in."""
    boss = user_entry("boss", "admin", EDITOR_PASSWORD)
    client = open_app(users=f"{USERS},{boss}").test_client()
    log_in(client, "boss")
    return client


def actions(client: FlaskClient) -> list[str]:
    store: Store = client.application.extensions[extensions.STORE]
    return [f"{entry.actor} {entry.action}" for entry in audit_log.list_entries(store, 100)]


def test_token_is_shown_once_and_withdrawn(desk: FlaskClient) -> None:
    page = submit(desk, "/tokens", name="crawler", scope=["read", "write"], days="30")
    assert page.headers["Cache-Control"] == "no-store"
    (token,) = re.findall(r"<code>(sft_[^<]+)</code>", page.text)
    program = desk.application.test_client()
    bearer = {"Authorization": f"Bearer {token}"}
    assert program.get("/v1/events", headers=bearer).status_code == 200
    assert program.post("/v1/decisions", json={}, headers=bearer).status_code == 403
    assert token not in desk.get("/admin/access").text
    assert submit(desk, "/tokens/revoke", name="crawler").status_code == 303
    assert program.get("/v1/events", headers=bearer).status_code == 401
    assert submit(desk, "/tokens/revoke", name="crawler").status_code == 404
    assert actions(desk)[:2] == [
        "boss revoked token crawler",
        "boss created token crawler (read write)",
    ]


def test_user_is_made_and_removed(desk: FlaskClient) -> None:
    fields = {"name": "carla", "role": "editor", "password": EDITOR_PASSWORD}
    assert submit(desk, "/users", **fields).status_code == 303
    carla = desk.application.test_client()
    assert log_in(carla, "carla").status_code == 303
    assert submit(desk, "/users/remove", name="carla").status_code == 303
    assert carla.get("/admin").status_code == 303
    assert "carla logged in" in actions(desk)
    assert EDITOR_PASSWORD not in " ".join(actions(desk))


@pytest.mark.parametrize(
    ("path", "fields", "message"),
    [
        ("/tokens", {"name": "a"}, "at least one scope"),
        ("/tokens", {"name": "a:b", "scope": "read"}, "a name has"),
        ("/tokens", {"name": "a", "scope": "all"}, "not a valid Scope"),
        ("/tokens", {"name": "a", "scope": "read", "days": "0"}, "days must be"),
        ("/users", {"name": "x", "password": "short"}, "12 to 1000"),
        ("/users", {"name": "anna", "password": EDITOR_PASSWORD}, "already"),
        ("/users", {"name": "x", "role": "king", "password": EDITOR_PASSWORD}, "not a valid Role"),
    ],
)
def test_errors_are_explained(
    desk: FlaskClient, path: str, fields: dict[str, str], message: str
) -> None:
    response = submit(desk, path, **fields)
    assert response.status_code == 422
    assert message in response.text


def test_names_are_escaped(desk: FlaskClient) -> None:
    submit(desk, "/tokens", name=SCRIPT, scope="read")
    assert SCRIPT not in desk.get("/admin/access").text


@pytest.mark.parametrize("name", ["anna", "ben"])
def test_page_is_closed_to_others(desk: FlaskClient, name: str) -> None:
    other = desk.application.test_client()
    log_in(other, name, EDITOR_PASSWORD if name == "anna" else "plain staple of paper")
    assert "/admin/access" not in other.get("/admin").text
    assert other.get("/admin/access").status_code == 403
    assert submit(other, "/tokens", name="x", scope="admin").status_code == 403


def test_changes_of_webhooks_and_removals_are_recorded(desk: FlaskClient) -> None:
    headers = {"X-CSRF-Token": form_token(desk)}
    desk.post("/v1/articles", json={"id": "a", "text": "Fog at Kelvale."}, headers=headers)
    desk.delete("/v1/articles/a", headers=headers)
    desk.put("/v1/webhooks/w", json={"url": "https://hooks.example/secret"}, headers=headers)
    recorded = actions(desk)
    assert recorded[:2] == ["boss PUT /v1/webhooks/w", "boss DELETE /v1/articles/a"]
    assert not any("POST" in action or "secret" in action for action in recorded)
