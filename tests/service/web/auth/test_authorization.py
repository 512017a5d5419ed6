"""Who may change what is there, and whether it was them who asked for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, jsonify, request
from flask.testing import FlaskClient
from werkzeug.exceptions import Forbidden

from service.common.accounts import Role
from service.web.auth import authorization
from service.web.auth.authorization import Actor
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


def with_a_page_of_its_own(app: Flask) -> Flask:
    """Add a page and a call that do something, and say for whom."""

    def act() -> Any:
        return jsonify(authorization.current_actor().recorded_name(request.values.get("actor")))

    app.add_url_rule("/admin/act", "act", act, methods=["GET", "POST"])
    app.add_url_rule("/v1/act", "act_by_call", act, methods=["GET", "POST"])
    return app


@pytest.fixture
def guarded(open_app: Open) -> Flask:
    return with_a_page_of_its_own(open_app(users=USERS, tokens="robot", reader_tokens="look, see"))


@pytest.fixture
def visitor(guarded: Flask) -> FlaskClient:
    return guarded.test_client()


def token_of(client: FlaskClient) -> str:
    return csrf_token(client.get("/admin").text)


@pytest.mark.parametrize("token", ["look", "see"])
@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_token_for_readers_only_looks(
    visitor: FlaskClient, method: str, path: str, token: str
) -> None:
    assert visitor.get("/v1/events", headers=bearer(token)).status_code == 200
    answer = visitor.open(path, method=method, json=ARTICLE, headers=bearer(token))
    assert answer.status_code == 403
    assert visitor.get("/v1/assignments", headers=bearer("look")).text == ""


def test_a_token_for_all_writes_and_needs_no_token_of_a_form(visitor: FlaskClient) -> None:
    answer = visitor.post("/v1/articles", json=ARTICLE, headers=bearer("robot"))
    assert answer.status_code == 201


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_reader_only_looks(visitor: FlaskClient, method: str, path: str) -> None:
    log_in(visitor, "ben", READER_PASSWORD)
    headers = {"X-CSRF-Token": token_of(visitor)}
    answer = visitor.open(path, method=method, json=ARTICLE, headers=headers)
    assert answer.status_code == 403
    assert "for editors" in answer.text


def test_an_editor_acts_from_a_form_and_from_a_script(visitor: FlaskClient) -> None:
    log_in(visitor)
    token = token_of(visitor)
    assert visitor.post("/admin/act", data={"csrf_token": token}).get_json() == "anna"
    assert visitor.post("/v1/act", headers={"X-CSRF-Token": token}).get_json() == "anna"
    put = visitor.post("/v1/articles", json=ARTICLE, headers={"X-CSRF-Token": token})
    assert put.status_code == 201


@pytest.mark.parametrize("path", ["/admin/act", "/v1/act", "/v1/articles", "/admin/sign-out"])
@pytest.mark.parametrize("token", [None, "", "wrong", "é"])
def test_a_session_alone_changes_nothing(
    visitor: FlaskClient, path: str, token: str | None
) -> None:
    log_in(visitor)
    form = {} if token is None else {"csrf_token": token}
    answer = visitor.post(path, data=form)
    assert answer.status_code == 403
    assert "load its page again" in answer.text
    assert visitor.get("/admin").status_code == 200


def test_signing_in_needs_the_token_and_brings_another(visitor: FlaskClient) -> None:
    blind = visitor.post("/admin/sign-in", data={"name": "ben", "password": READER_PASSWORD})
    assert blind.status_code == 403
    assert "once more" in blind.text
    assert visitor.get("/admin").status_code == 303
    before = csrf_token(visitor.get("/admin/sign-in").text)
    log_in(visitor)
    assert token_of(visitor) != before
    assert visitor.post("/admin/act", data={"csrf_token": before}).status_code == 403


def test_the_token_of_one_session_is_nothing_in_another(guarded: Flask) -> None:
    first, second = guarded.test_client(), guarded.test_client()
    log_in(first)
    log_in(second)
    assert second.post("/admin/act", data={"csrf_token": token_of(first)}).status_code == 403


def test_a_form_after_the_session_has_ended_says_so(visitor: FlaskClient) -> None:
    answer = visitor.post("/admin/act", data={"csrf_token": "x"})
    assert answer.status_code == 401
    assert "nothing was changed" in answer.text
    assert 'href="/admin/sign-in"' in answer.text


def test_a_wrong_token_is_not_made_good_by_a_session(visitor: FlaskClient) -> None:
    log_in(visitor)
    assert visitor.get("/v1/events", headers=bearer("wrong")).status_code == 401
    assert visitor.get("/admin", headers=bearer("wrong")).status_code == 401


FOREIGN = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://["},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_what_another_site_sends_is_refused(
    client: FlaskClient, visitor: FlaskClient, headers: dict[str, str]
) -> None:
    log_in(visitor)
    token = token_of(visitor)
    assert visitor.post("/v1/act", headers={**headers, "X-CSRF-Token": token}).status_code == 403
    answer = client.post("/v1/articles", json=ARTICLE, headers=headers)
    assert answer.status_code == 403
    assert answer.get_json()["type"] == "/docs#problem-403"
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
def test_what_programs_and_our_own_pages_send_is_taken(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    assert client.post("/v1/articles", json=ARTICLE, headers=headers).status_code == 201


def test_a_strangers_name_for_this_machine_does_not_make_his_page_ours(
    client: FlaskClient,
) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example:8080"}
    rebound = {"base_url": "http://evil.example:8080", "headers": headers}
    assert client.post("/v1/articles", json=ARTICLE, **rebound).status_code == 403
    crawler = {"base_url": "http://storyfold:8080"}
    assert client.post("/v1/articles", json=ARTICLE, **crawler).status_code == 201


def test_without_users_the_pages_ask_for_the_token_of_the_form_all_the_same(
    open_app: Open,
) -> None:
    client = with_a_page_of_its_own(open_app()).test_client()
    assert client.post("/admin/act").status_code == 403
    assert client.post("/v1/act").get_json() == "anonymous"


def test_programs_sign_for_people_and_people_for_themselves(visitor: FlaskClient) -> None:
    named = visitor.post("/v1/act?actor=carla", headers=bearer("robot"))
    assert named.get_json() == "carla"
    assert visitor.post("/v1/act", headers=bearer("robot")).get_json() == "token"
    log_in(visitor)
    headers = {"X-CSRF-Token": token_of(visitor)}
    assert visitor.post("/v1/act?actor=anna", headers=headers).get_json() == "anna"
    assert visitor.post("/v1/act?actor=carla", headers=headers).status_code == 403


def test_a_signature_is_never_empty() -> None:
    anna = Actor("anna", Role.EDITOR, logged_in=True)
    assert anna.recorded_name("") == anna.recorded_name() == "anna"
    with pytest.raises(Forbidden):
        anna.recorded_name("ben")
