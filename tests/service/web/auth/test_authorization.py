"""Permissions of readers and editors, CSRF tokens, and requests from other sites."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, jsonify, request
from flask.testing import FlaskClient
from werkzeug.exceptions import Forbidden

from service.common.scopes import ALL_SCOPES
from service.web.auth import authorization
from service.web.auth.actors import Actor
from tests.support.users import READER_PASSWORD, USERS, csrf_token, log_in

Open = Callable[..., Flask]
WRITES = [
    ("POST", "/v1/articles"),
    ("POST", "/v1/articles/batch"),
    ("PUT", "/v1/articles/a"),
    ("DELETE", "/v1/articles/a"),
    ("POST", "/v1/decisions"),
    ("POST", "/nowhere"),
    ("PATCH", "/admin/events/e1"),
]
ARTICLE = {"id": "a", "text": "Fog closed the airport at Kelvale until noon."}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def add_act_views(app: Flask) -> Flask:
    """Add a page and an API operation that return the recorded name of the actor."""

    def act() -> Any:
        return jsonify(authorization.current_actor().recorded_name(request.values.get("actor")))

    app.add_url_rule("/admin/act", "admin.decisions.act", act, methods=["GET", "POST"])
    app.add_url_rule("/v1/act", "api.decisions.act", act, methods=["GET", "POST"])
    return app


@pytest.fixture
def guarded(open_app: Open) -> Flask:
    return add_act_views(open_app(users=USERS, tokens="robot", reader_tokens="look, see"))


@pytest.fixture
def visitor(guarded: Flask) -> FlaskClient:
    return guarded.test_client()


def session_csrf_token(client: FlaskClient) -> str:
    return csrf_token(client.get("/admin").text)


@pytest.mark.parametrize("token", ["look", "see"])
@pytest.mark.parametrize(("method", "path"), WRITES)
def test_reader_token_cannot_write(
    visitor: FlaskClient, method: str, path: str, token: str
) -> None:
    assert visitor.get("/v1/events", headers=bearer(token)).status_code == 200
    response = visitor.open(path, method=method, json=ARTICLE, headers=bearer(token))
    assert response.status_code == 403
    assert visitor.get("/v1/assignments", headers=bearer("look")).text == ""


def test_editor_token_writes_without_csrf_token(visitor: FlaskClient) -> None:
    response = visitor.post("/v1/articles", json=ARTICLE, headers=bearer("robot"))
    assert response.status_code == 201


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_reader_session_cannot_write(visitor: FlaskClient, method: str, path: str) -> None:
    log_in(visitor, "ben", READER_PASSWORD)
    headers = {"X-CSRF-Token": session_csrf_token(visitor)}
    response = visitor.open(path, method=method, json=ARTICLE, headers=headers)
    assert response.status_code == 403
    assert "needs the permission to" in response.text


def test_editor_session_writes_from_forms_and_scripts(visitor: FlaskClient) -> None:
    log_in(visitor)
    token = session_csrf_token(visitor)
    assert visitor.post("/admin/act", data={"csrf_token": token}).get_json() == "anna"
    assert visitor.post("/v1/act", headers={"X-CSRF-Token": token}).get_json() == "anna"
    created = visitor.post("/v1/articles", json=ARTICLE, headers={"X-CSRF-Token": token})
    assert created.status_code == 201


@pytest.mark.parametrize("path", ["/admin/act", "/v1/act", "/v1/articles", "/admin/logout"])
@pytest.mark.parametrize("token", [None, "", "wrong", "é"])
def test_session_without_csrf_token_cannot_write(
    visitor: FlaskClient, path: str, token: str | None
) -> None:
    log_in(visitor)
    form = {} if token is None else {"csrf_token": token}
    response = visitor.post(path, data=form)
    assert response.status_code == 403
    assert "load its page again" in response.text
    assert visitor.get("/admin").status_code == 200


def test_login_needs_a_csrf_token_and_renews_it(visitor: FlaskClient) -> None:
    without_token = visitor.post("/admin/login", data={"name": "ben", "password": READER_PASSWORD})
    assert without_token.status_code == 403
    assert "once more" in without_token.text
    assert visitor.get("/admin").status_code == 303
    login_token = csrf_token(visitor.get("/admin/login").text)
    log_in(visitor)
    assert session_csrf_token(visitor) != login_token
    assert visitor.post("/admin/act", data={"csrf_token": login_token}).status_code == 403


def test_csrf_token_of_another_session_is_refused(guarded: Flask) -> None:
    first, second = guarded.test_client(), guarded.test_client()
    log_in(first)
    log_in(second)
    assert (
        second.post("/admin/act", data={"csrf_token": session_csrf_token(first)}).status_code == 403
    )


def test_form_after_the_end_of_the_session_is_refused_with_a_reason(visitor: FlaskClient) -> None:
    response = visitor.post("/admin/act", data={"csrf_token": "x"})
    assert response.status_code == 401
    assert "nothing was changed" in response.text
    assert 'action="/admin/login"' in response.text


def test_wrong_bearer_token_is_refused_despite_a_session(visitor: FlaskClient) -> None:
    log_in(visitor)
    assert visitor.get("/v1/events", headers=bearer("wrong")).status_code == 401
    assert visitor.get("/admin", headers=bearer("wrong")).status_code == 401


CROSS_SITE_HEADERS = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://["},
]


@pytest.mark.parametrize("headers", CROSS_SITE_HEADERS, ids=str)
def test_requests_from_other_sites_are_refused(
    client: FlaskClient, visitor: FlaskClient, headers: dict[str, str]
) -> None:
    log_in(visitor)
    token = session_csrf_token(visitor)
    assert visitor.post("/v1/act", headers={**headers, "X-CSRF-Token": token}).status_code == 403
    response = client.post("/v1/articles", json=ARTICLE, headers=headers)
    assert response.status_code == 403
    assert response.get_json()["type"] == "/docs#problem-403"
    assert client.get("/v1/assignments").text == ""


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
def test_requests_from_programs_and_own_pages_are_accepted(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    assert client.post("/v1/articles", json=ARTICLE, headers=headers).status_code == 201


def test_dns_rebinding_does_not_make_a_page_same_origin(
    client: FlaskClient, open_app: Open
) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example:8080"}
    rebound = {"base_url": "http://evil.example:8080", "headers": headers}
    assert client.post("/v1/articles", json=ARTICLE, **rebound).status_code == 401
    assert client.get("/v1/events", base_url="http://evil.example:8080").status_code == 401
    insecure = open_app(insecure=True).test_client()
    assert insecure.post("/v1/articles", json=ARTICLE, **rebound).status_code == 403


def test_other_containers_call_a_container_by_its_name(open_app: Open) -> None:
    client = open_app(published_on="127.0.0.1").test_client()
    crawler = {
        "base_url": "http://storyfold:8080",
        "environ_overrides": {"REMOTE_ADDR": "10.0.0.7"},
    }
    assert client.post("/v1/articles", json=ARTICLE, **crawler).status_code == 201
    public_name = {**crawler, "base_url": "http://storyfold.example:8080"}
    assert client.post("/v1/articles", json=ARTICLE, **public_name).status_code == 401


def test_pages_need_a_csrf_token_even_without_users(
    open_app: Open,
) -> None:
    client = add_act_views(open_app()).test_client()
    assert client.post("/admin/act").status_code == 403
    assert client.post("/v1/act").get_json() == "anonymous"


def test_programs_act_for_people_and_users_for_themselves(visitor: FlaskClient) -> None:
    act_for_carla = visitor.post("/v1/act?actor=carla", headers=bearer("robot"))
    assert act_for_carla.get_json() == "carla"
    assert visitor.post("/v1/act", headers=bearer("robot")).get_json() == "token"
    log_in(visitor)
    headers = {"X-CSRF-Token": session_csrf_token(visitor)}
    assert visitor.post("/v1/act?actor=anna", headers=headers).get_json() == "anna"
    assert visitor.post("/v1/act?actor=carla", headers=headers).status_code == 403


def test_recorded_name_is_never_empty() -> None:
    anna = Actor("anna", ALL_SCOPES, logged_in=True)
    assert anna.recorded_name("") == anna.recorded_name() == "anna"
    with pytest.raises(Forbidden):
        anna.recorded_name("ben")
