"""Signing in and out, and what a session is good for."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.common import accounts
from service.web import extensions
from service.web.auth import sessions
from service.web.http.login_throttle import LoginThrottle
from tests.support.users import (
    EDITOR_PASSWORD,
    READER_PASSWORD,
    USERS,
    csrf_token,
    log_in,
    user_entry,
)

Open = Callable[..., Flask]
HOUR = 3600.0


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(sessions, "now", clock)
    return clock


@pytest.fixture
def guarded(open_app: Open) -> Flask:
    return open_app(users=USERS, tokens="robot")


@pytest.fixture
def visitor(guarded: Flask) -> FlaskClient:
    return guarded.test_client()


def cookie(answer: Any) -> str:
    (found,) = answer.headers.getlist("Set-Cookie")
    return str(found)


def is_in(client: FlaskClient) -> bool:
    return client.get("/admin").status_code == 200


@pytest.mark.parametrize("address", ["/admin", "/admin/events/e1", "/docs", "/admin/nowhere"])
def test_pages_lead_to_signing_in(visitor: FlaskClient, address: str) -> None:
    answer = visitor.get(address)
    assert answer.status_code == 303
    assert answer.location == "/admin/sign-in?next=" + address.replace("/", "%2F")


@pytest.mark.parametrize("address", ["/v1/events", "/metrics", "/openapi.json", "/nowhere", "/"])
def test_nothing_else_opens_either(visitor: FlaskClient, address: str) -> None:
    answer = visitor.get(address)
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers.getlist("WWW-Authenticate") == ["Bearer realm=storyfold"]


def test_users_alone_close_the_interface_too(open_app: Open) -> None:
    assert open_app(users=USERS).test_client().get("/v1/events").status_code == 401


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/admin/static/admin.css"])
def test_supervisors_and_styles_need_no_session(visitor: FlaskClient, address: str) -> None:
    with visitor.get(address) as answer:
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers


def test_a_password_opens_pages_and_interface(visitor: FlaskClient) -> None:
    answer = log_in(visitor)
    assert (answer.status_code, answer.location) == (303, "/admin/events")
    page = visitor.get("/admin")
    assert "<bdi>anna</bdi>, editor" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    for address in ("/v1/events", "/docs", "/metrics"):
        assert visitor.get(address).status_code == 200
    assert visitor.get("/admin/sign-in").location == "/admin/events"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("anna", READER_PASSWORD),
        ("anna", ""),
        ("nobody", EDITOR_PASSWORD),
        ("", EDITOR_PASSWORD),
        ("Anna", EDITOR_PASSWORD),
    ],
)
def test_nothing_else_does(visitor: FlaskClient, name: str, password: str) -> None:
    answer = log_in(visitor, name, password)
    assert answer.status_code == 403
    assert "The name or the password is wrong." in answer.text
    assert password not in answer.text or not password
    assert not is_in(visitor)


def test_a_name_in_any_script_and_a_password_from_any_keyboard(open_app: Open) -> None:
    made = user_entry("Žofie 李", "reader", "k\u00e4sekuchenrezept")
    visitor = open_app(users=made).test_client()
    assert log_in(visitor, "Žofie 李", "ka\u0308sekuchenrezept").status_code == 303


def test_the_cookie_is_for_this_site_and_no_script(visitor: FlaskClient) -> None:
    sent = cookie(log_in(visitor))
    assert sent.startswith("storyfold=")
    assert sent.endswith("; HttpOnly; Path=/; SameSite=Lax")


def test_behind_tls_the_cookie_is_for_tls_only(open_app: Open) -> None:
    visitor = open_app(users=USERS, trusted_proxies="127.0.0.0/8").test_client()
    sent = cookie(log_in(visitor, headers={"X-Forwarded-Proto": "https"}))
    assert sent.startswith("__Host-storyfold=")
    assert "; Secure;" in sent


def test_tls_is_not_believed_from_just_anybody(visitor: FlaskClient) -> None:
    sent = cookie(log_in(visitor, headers={"X-Forwarded-Proto": "https"}))
    assert "Secure" not in sent


def test_signing_out_ends_every_copy_of_the_cookie(guarded: Flask, visitor: FlaskClient) -> None:
    log_in(visitor)
    thief = guarded.test_client()
    thief.set_cookie("storyfold", visitor.get_cookie("storyfold").value)
    assert is_in(thief)
    token = csrf_token(visitor.get("/admin").text)
    assert visitor.post("/admin/sign-out", data={"csrf_token": token}).location == "/admin/sign-in"
    assert not is_in(visitor)
    assert not is_in(thief)
    log_in(visitor)
    assert is_in(visitor)


def test_a_reader_signs_out_too(visitor: FlaskClient) -> None:
    log_in(visitor, "ben", READER_PASSWORD)
    token = csrf_token(visitor.get("/admin").text)
    assert visitor.post("/admin/sign-out", data={"csrf_token": token}).status_code == 303
    assert not is_in(visitor)


def test_a_session_outlives_a_restart_and_is_known_to_every_process(
    open_app: Open, visitor: FlaskClient
) -> None:
    log_in(visitor)
    other = open_app(users=USERS, tokens="robot").test_client()
    other.set_cookie("storyfold", visitor.get_cookie("storyfold").value)
    assert is_in(other)
    token = csrf_token(other.get("/admin").text)
    other.post("/admin/sign-out", data={"csrf_token": token})
    assert not is_in(visitor)


@pytest.mark.parametrize(
    "changed",
    [
        {"users": user_entry("anna", "editor", READER_PASSWORD)},
        {"users": user_entry("anna", "editor", EDITOR_PASSWORD)},  # hashed again
        {"users": user_entry("ben", "reader", READER_PASSWORD)},
        {"users": USERS, "secret_key": "another key of thirty-two characters"},
    ],
)
def test_another_password_hash_list_or_key_ends_sessions(
    open_app: Open, visitor: FlaskClient, changed: dict[str, str]
) -> None:
    log_in(visitor)
    other = open_app(**changed).test_client()
    other.set_cookie("storyfold", visitor.get_cookie("storyfold").value)
    assert not is_in(other)


def test_another_role_counts_at_once(open_app: Open, visitor: FlaskClient) -> None:
    log_in(visitor)
    other = open_app(users=USERS.replace("editor", "reader")).test_client()
    other.set_cookie("storyfold", visitor.get_cookie("storyfold").value)
    assert "<bdi>anna</bdi>, reader" in other.get("/admin").text


def test_a_cookie_of_our_own_making_opens_nothing(guarded: Flask, visitor: FlaskClient) -> None:
    log_in(visitor)
    value = visitor.get_cookie("storyfold").value
    for forged in (value[:-2] + "xx", "x" + value, value.partition(".")[0], ""):
        thief = guarded.test_client()
        thief.set_cookie("storyfold", forged)
        assert not is_in(thief)


def test_who_does_nothing_for_long_is_signed_out(visitor: FlaskClient, clock: Clock) -> None:
    log_in(visitor)
    for _ in range(3):
        clock.now += 1.9 * HOUR
        assert is_in(visitor)
    clock.now += 2.1 * HOUR
    assert not is_in(visitor)


def test_no_session_lasts_for_ever(visitor: FlaskClient, clock: Clock) -> None:
    log_in(visitor)
    for _ in range(11):
        clock.now += HOUR
        assert is_in(visitor)
    clock.now += 1.1 * HOUR
    assert not is_in(visitor)


def test_the_limits_can_be_set(open_app: Open, clock: Clock) -> None:
    visitor = open_app(users=USERS, session_hours=1, session_idle_minutes=10).test_client()
    log_in(visitor)
    clock.now += 11 * 60
    assert not is_in(visitor)


def test_looking_around_renews_the_cookie_now_and_then_only(
    visitor: FlaskClient, clock: Clock
) -> None:
    log_in(visitor)
    assert "Set-Cookie" not in visitor.get("/admin").headers
    clock.now += 61
    assert "Set-Cookie" in visitor.get("/admin").headers


def test_sessions_that_ended_long_ago_are_forgotten(
    guarded: Flask, visitor: FlaskClient, clock: Clock
) -> None:
    from sqlalchemy import func, select

    from service.store.schema import ended_sessions

    for _ in range(3):
        log_in(visitor)
        token = csrf_token(visitor.get("/admin").text)
        visitor.post("/admin/sign-out", data={"csrf_token": token})
        clock.now += 13 * HOUR
    with guarded.extensions[extensions.STORE].reading() as connection:
        assert connection.scalar(select(func.count()).select_from(ended_sessions)) == 1


@pytest.mark.parametrize(
    "own", ["/admin/events/e1", "/admin?q=a%20b&since=2025-05-04", "/docs", "/admin?q=%E2%82%AC"]
)
def test_after_signing_in_one_is_where_one_wanted_to_be(visitor: FlaskClient, own: str) -> None:
    asked = visitor.get(own)
    assert asked.status_code == 303
    page = visitor.get(asked.location)
    form = {"csrf_token": csrf_token(page.text), "name": "anna", "password": EDITOR_PASSWORD}
    answer = visitor.post(asked.location, data=form)
    assert answer.location == own


def test_an_article_with_an_address_for_an_id_is_come_back_to(visitor: FlaskClient) -> None:
    own = "/admin/articles/https%3A%2F%2Fnews.example%2Fa%3Fb%3D1%23c"
    page = visitor.get(visitor.get(own).location)
    form = {"csrf_token": csrf_token(page.text), "name": "anna", "password": EDITOR_PASSWORD}
    answer = visitor.post(visitor.get(own).location, data=form)
    there = visitor.get(answer.location)
    assert there.status_code == 404
    assert "no such article" in there.text


@pytest.mark.parametrize(
    "foreign",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example",
        " //evil.example",
    ],
)
def test_nobody_is_led_away(visitor: FlaskClient, foreign: str) -> None:
    assert log_in(visitor, next_url=foreign).location == "/admin/events"


def test_a_name_is_never_markup(visitor: FlaskClient) -> None:
    answer = log_in(visitor, "<script>x</script>", "x", next_url='"><script>')
    assert "<script>x" not in answer.text
    assert '"><script>' not in answer.text


def test_the_page_lets_nothing_in(visitor: FlaskClient) -> None:
    headers = visitor.get("/admin/sign-in").headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    for rule in ("default-src 'self'", "frame-ancestors 'none'", "form-action 'self'"):
        assert rule in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Cookie" in headers["Vary"]


def test_there_is_no_signing_in_where_nobody_is_known(client: FlaskClient) -> None:
    assert client.get("/admin/sign-in").status_code == 404
    assert "Set-Cookie" not in client.get("/admin").headers


def test_of_two_pages_that_asked_the_second_leads_in_as_well(visitor: FlaskClient) -> None:
    form = {
        "name": "anna",
        "password": EDITOR_PASSWORD,
        "next": "/docs",
        "csrf_token": "of long ago",
    }
    again = visitor.post("/admin/sign-in", data=form)
    assert again.status_code == 403
    assert 'value="/docs"' in again.text
    log_in(visitor)
    assert visitor.post("/admin/sign-in", data=form).location == "/docs"


# Guessing


@pytest.fixture
def slow(guarded: Flask) -> Clock:
    """The clock by which attempts are slowed."""
    clock = Clock()
    guarded.extensions[extensions.LOGIN_THROTTLE] = LoginThrottle(clock)
    return clock


def test_after_failures_the_next_attempt_has_to_wait(visitor: FlaskClient, slow: Clock) -> None:
    for _ in range(5):
        assert log_in(visitor, password="wrong").status_code == 403
    answer = log_in(visitor)
    assert answer.status_code == 429
    assert "Try again in 2 seconds." in answer.text
    assert answer.headers["Retry-After"] == "2"
    assert not is_in(visitor)
    slow.now += 2
    assert log_in(visitor).status_code == 303


def test_an_unknown_name_has_to_wait_just_so(visitor: FlaskClient, slow: Clock) -> None:
    statuses = [log_in(visitor, "nobody", "wrong").status_code for _ in range(6)]
    assert statuses == [403] * 5 + [429]


def test_an_unknown_name_costs_as_much_as_a_wrong_password(
    visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = []

    def check(hashed: str, password: str) -> bool:
        checked.append(password)
        return True

    monkeypatch.setattr(accounts, "check_password_hash", check)
    assert log_in(visitor, "nobody", "some password").status_code == 403
    assert checked == ["some password"]


def test_failures_are_logged_without_what_may_be_a_password(
    visitor: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "service.web.auth.login_views"):
        log_in(visitor, "anna", "wrong")
        log_in(visitor, EDITOR_PASSWORD, "wrong")
    assert caplog.messages == [
        "a sign-in as 'anna' from 127.0.0.1 failed",
        "a sign-in under a name that nobody has from 127.0.0.1 failed",
    ]


def test_clients_behind_a_proxy_are_told_apart(open_app: Open) -> None:
    app = open_app(users=USERS, trusted_proxies="127.0.0.1")
    app.extensions[extensions.LOGIN_THROTTLE] = LoginThrottle(Clock())
    for number in range(25):
        log_in(app.test_client(), f"n{number}", headers={"X-Forwarded-For": "198.51.100.7"})
    slowed = log_in(app.test_client(), "n", headers={"X-Forwarded-For": "198.51.100.7"})
    other = log_in(app.test_client(), "n", headers={"X-Forwarded-For": "198.51.100.8"})
    assert (slowed.status_code, other.status_code) == (429, 403)
