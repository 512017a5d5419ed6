"""Logging in and out, the lifetime of sessions, and throttling."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.common import accounts
from service.web import extensions
from service.web.auth import sessions
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
    """A clock that a test advances."""

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


def set_cookie_header(response: Any) -> str:
    (header,) = response.headers.getlist("Set-Cookie")
    return str(header)


def is_logged_in(client: FlaskClient) -> bool:
    return client.get("/admin").status_code == 200


@pytest.mark.parametrize("path", ["/admin", "/admin/events/e1", "/docs", "/admin/nowhere"])
def test_pages_redirect_to_the_login_form(visitor: FlaskClient, path: str) -> None:
    response = visitor.get(path)
    assert response.status_code == 303
    assert response.location == "/admin/login?next=" + path.replace("/", "%2F")


@pytest.mark.parametrize("path", ["/v1/events", "/metrics", "/openapi.json", "/nowhere", "/"])
def test_other_paths_answer_401_without_a_session(visitor: FlaskClient, path: str) -> None:
    response = visitor.get(path)
    assert (response.status_code, response.mimetype) == (401, "application/problem+json")
    assert response.headers.getlist("WWW-Authenticate") == ["Bearer realm=storyfold"]


def test_users_without_tokens_protect_the_api_too(open_app: Open) -> None:
    assert open_app(users=USERS).test_client().get("/v1/events").status_code == 401


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/admin/static/admin.css"])
def test_health_paths_and_styles_need_no_session(visitor: FlaskClient, path: str) -> None:
    with visitor.get(path) as response:
        assert response.status_code == 200
        assert "Set-Cookie" not in response.headers


def test_login_gives_access_to_pages_and_api(visitor: FlaskClient) -> None:
    response = log_in(visitor)
    assert (response.status_code, response.location) == (303, "/admin/events")
    page = visitor.get("/admin")
    assert "<bdi>anna</bdi>, editor" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    for path in ("/v1/events", "/docs", "/metrics"):
        assert visitor.get(path).status_code == 200
    assert visitor.get("/admin/login").location == "/admin/events"


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
def test_wrong_credentials_are_refused(visitor: FlaskClient, name: str, password: str) -> None:
    response = log_in(visitor, name, password)
    assert response.status_code == 403
    assert "The name or the password is wrong." in response.text
    assert password not in response.text or not password
    assert not is_logged_in(visitor)


def test_name_in_any_script_and_password_in_any_unicode_form(open_app: Open) -> None:
    users = user_entry("Žofie 李", "reader", "k\u00e4sekuchenrezept")
    visitor = open_app(users=users).test_client()
    assert log_in(visitor, "Žofie 李", "ka\u0308sekuchenrezept").status_code == 303


def test_cookie_is_http_only_and_same_site(visitor: FlaskClient) -> None:
    set_cookie = set_cookie_header(log_in(visitor))
    assert set_cookie.startswith("storyfold=")
    assert set_cookie.endswith("; HttpOnly; Path=/; SameSite=Lax")


def test_cookie_behind_tls_is_secure(open_app: Open) -> None:
    visitor = open_app(users=USERS, trusted_proxies="127.0.0.0/8").test_client()
    set_cookie = set_cookie_header(log_in(visitor, headers={"X-Forwarded-Proto": "https"}))
    assert set_cookie.startswith("__Host-storyfold=")
    assert "; Secure;" in set_cookie


def test_forwarded_proto_of_an_untrusted_client_is_ignored(visitor: FlaskClient) -> None:
    set_cookie = set_cookie_header(log_in(visitor, headers={"X-Forwarded-Proto": "https"}))
    assert "Secure" not in set_cookie


def test_logout_invalidates_copies_of_the_cookie(guarded: Flask, visitor: FlaskClient) -> None:
    log_in(visitor)
    copied = guarded.test_client()
    copied.set_cookie("storyfold", visitor.get_cookie("storyfold").value)
    assert is_logged_in(copied)
    token = csrf_token(visitor.get("/admin").text)
    assert visitor.post("/admin/logout", data={"csrf_token": token}).location == "/admin/login"
    assert not is_logged_in(visitor)
    assert not is_logged_in(copied)
    log_in(visitor)
    assert is_logged_in(visitor)


def test_reader_can_log_out(visitor: FlaskClient) -> None:
    log_in(visitor, "ben", READER_PASSWORD)
    token = csrf_token(visitor.get("/admin").text)
    assert visitor.post("/admin/logout", data={"csrf_token": token}).status_code == 303
    assert not is_logged_in(visitor)


def test_session_survives_a_restart_and_is_shared_by_processes(
    open_app: Open, visitor: FlaskClient
) -> None:
    log_in(visitor)
    restarted = open_app(users=USERS, tokens="robot").test_client()
    restarted.set_cookie("storyfold", visitor.get_cookie("storyfold").value)
    assert is_logged_in(restarted)
    token = csrf_token(restarted.get("/admin").text)
    restarted.post("/admin/logout", data={"csrf_token": token})
    assert not is_logged_in(visitor)


@pytest.mark.parametrize(
    "changed",
    [
        {"users": user_entry("anna", "editor", READER_PASSWORD)},
        {"users": user_entry("anna", "editor", EDITOR_PASSWORD)},  # hashed again
        {"users": user_entry("ben", "reader", READER_PASSWORD)},
        {"users": USERS, "secret_key": "another key of thirty-two characters"},
    ],
)
def test_changed_password_users_or_key_end_sessions(
    open_app: Open, visitor: FlaskClient, changed: dict[str, str]
) -> None:
    log_in(visitor)
    restarted = open_app(**changed).test_client()
    restarted.set_cookie("storyfold", visitor.get_cookie("storyfold").value)
    assert not is_logged_in(restarted)


def test_changed_role_takes_effect_at_once(open_app: Open, visitor: FlaskClient) -> None:
    log_in(visitor)
    restarted = open_app(users=USERS.replace("editor", "reader")).test_client()
    restarted.set_cookie("storyfold", visitor.get_cookie("storyfold").value)
    assert "<bdi>anna</bdi>, reader" in restarted.get("/admin").text


def test_forged_cookie_is_refused(guarded: Flask, visitor: FlaskClient) -> None:
    log_in(visitor)
    value = visitor.get_cookie("storyfold").value
    for forged in (value[:-2] + "xx", "x" + value, value.partition(".")[0], ""):
        copied = guarded.test_client()
        copied.set_cookie("storyfold", forged)
        assert not is_logged_in(copied)


def test_idle_session_expires(visitor: FlaskClient, clock: Clock) -> None:
    log_in(visitor)
    for _ in range(3):
        clock.now += 1.9 * HOUR
        assert is_logged_in(visitor)
    clock.now += 2.1 * HOUR
    assert not is_logged_in(visitor)


def test_session_expires_despite_activity(visitor: FlaskClient, clock: Clock) -> None:
    log_in(visitor)
    for _ in range(11):
        clock.now += HOUR
        assert is_logged_in(visitor)
    clock.now += 1.1 * HOUR
    assert not is_logged_in(visitor)


def test_session_limits_are_configurable(open_app: Open, clock: Clock) -> None:
    visitor = open_app(users=USERS, session_hours=1, session_idle_minutes=10).test_client()
    log_in(visitor)
    clock.now += 11 * 60
    assert not is_logged_in(visitor)


def test_cookie_is_renewed_once_a_minute_at_most(visitor: FlaskClient, clock: Clock) -> None:
    log_in(visitor)
    assert "Set-Cookie" not in visitor.get("/admin").headers
    clock.now += 61
    assert "Set-Cookie" in visitor.get("/admin").headers


def test_ended_sessions_are_deleted_after_they_expire(
    guarded: Flask, visitor: FlaskClient, clock: Clock
) -> None:
    from sqlalchemy import func, select

    from service.store.schema import revoked_sessions

    for _ in range(3):
        log_in(visitor)
        token = csrf_token(visitor.get("/admin").text)
        visitor.post("/admin/logout", data={"csrf_token": token})
        clock.now += 13 * HOUR
    with guarded.extensions[extensions.STORE].reading() as connection:
        assert connection.scalar(select(func.count()).select_from(revoked_sessions)) == 1


@pytest.mark.parametrize(
    "own_page",
    ["/admin/events/e1", "/admin?q=a%20b&since=2025-05-04", "/docs", "/admin?q=%E2%82%AC"],
)
def test_login_returns_to_the_requested_page(visitor: FlaskClient, own_page: str) -> None:
    redirected = visitor.get(own_page)
    assert redirected.status_code == 303
    page = visitor.get(redirected.location)
    form = {"csrf_token": csrf_token(page.text), "name": "anna", "password": EDITOR_PASSWORD}
    response = visitor.post(redirected.location, data=form)
    assert response.location == own_page


def test_login_returns_to_an_article_whose_id_is_a_url(visitor: FlaskClient) -> None:
    own_page = "/admin/articles/https%3A%2F%2Fnews.example%2Fa%3Fb%3D1%23c"
    page = visitor.get(visitor.get(own_page).location)
    form = {"csrf_token": csrf_token(page.text), "name": "anna", "password": EDITOR_PASSWORD}
    response = visitor.post(visitor.get(own_page).location, data=form)
    page = visitor.get(response.location)
    assert page.status_code == 404
    assert "no such article" in page.text


@pytest.mark.parametrize(
    "foreign_url",
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
def test_login_never_redirects_to_another_site(visitor: FlaskClient, foreign_url: str) -> None:
    assert log_in(visitor, next_url=foreign_url).location == "/admin/events"


def test_submitted_name_is_escaped(visitor: FlaskClient) -> None:
    response = log_in(visitor, "<script>x</script>", "x", next_url='"><script>')
    assert "<script>x" not in response.text
    assert '"><script>' not in response.text


def test_login_form_has_security_headers(visitor: FlaskClient) -> None:
    headers = visitor.get("/admin/login").headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    for rule in ("default-src 'self'", "frame-ancestors 'none'", "form-action 'self'"):
        assert rule in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Cookie" in headers["Vary"]


def test_without_users_there_is_no_login_form(client: FlaskClient) -> None:
    assert client.get("/admin/login").status_code == 404
    assert "Set-Cookie" not in client.get("/admin").headers


def test_expired_login_form_redirects_if_logged_in_meanwhile(visitor: FlaskClient) -> None:
    form = {
        "name": "anna",
        "password": EDITOR_PASSWORD,
        "next": "/docs",
        "csrf_token": "expired",
    }
    again = visitor.post("/admin/login", data=form)
    assert again.status_code == 403
    assert 'value="/docs"' in again.text
    log_in(visitor)
    assert visitor.post("/admin/login", data=form).location == "/docs"


# Throttling


def test_after_five_failures_the_next_attempt_must_wait(
    visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        assert log_in(visitor, password="wrong").status_code == 403
    response = log_in(visitor)
    assert response.status_code == 429
    assert re.search(r"Try again in (5\d|60) seconds\.", response.text)
    assert 50 <= int(response.headers["Retry-After"]) <= 60
    assert not is_logged_in(visitor)
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    assert log_in(visitor).status_code == 303


def test_unknown_name_is_throttled_alike(visitor: FlaskClient) -> None:
    statuses = [log_in(visitor, "nobody", "wrong").status_code for _ in range(6)]
    assert statuses == [403] * 5 + [429]


def test_successes_and_refused_attempts_do_not_count(visitor: FlaskClient) -> None:
    statuses = []
    for _ in range(7):
        statuses.append(log_in(visitor).status_code)
        token = csrf_token(visitor.get("/admin").text)
        visitor.post("/admin/logout", data={"csrf_token": token})
    assert statuses == [303] * 7


def test_guessing_from_elsewhere_does_not_delay_a_known_browser(
    guarded: Flask, visitor: FlaskClient
) -> None:
    log_in(visitor)
    token = csrf_token(visitor.get("/admin").text)
    visitor.post("/admin/logout", data={"csrf_token": token})
    stranger = guarded.test_client()
    for number in range(6):
        elsewhere = {"REMOTE_ADDR": f"198.51.100.{number}"}
        status = log_in(stranger, password="wrong", environ_overrides=elsewhere).status_code
        assert status == (429 if number == 5 else 403)
    assert log_in(visitor).status_code == 303


def test_ipv6_addresses_of_one_site_count_as_one(guarded: Flask) -> None:
    def attempt(name: str, address: str) -> int:
        options = {"environ_overrides": {"REMOTE_ADDR": address}}
        return int(log_in(guarded.test_client(), name, "wrong", **options).status_code)

    for number in range(20):
        assert attempt(f"name {number}", f"2001:db8::{number:x}") == 403
    assert attempt("anna", "2001:db8::ffff:1") == 429
    assert attempt("anna", "2001:db8:0:1::1") == 403


def test_unknown_name_takes_as_long_as_a_wrong_password(
    visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked_passwords = []

    def check(hashed: str, password: str) -> bool:
        checked_passwords.append(password)
        return True

    monkeypatch.setattr(accounts, "check_password_hash", check)
    assert log_in(visitor, "nobody", "some password").status_code == 403
    assert checked_passwords == ["some password"]


def test_failures_are_logged_without_possible_passwords(
    visitor: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "service.web.auth.login_views"):
        log_in(visitor, "anna", "wrong")
        log_in(visitor, EDITOR_PASSWORD, "wrong")
    assert caplog.messages == [
        "a login as 'anna' from 127.0.0.1 failed",
        "a login under an unknown name from 127.0.0.1 failed",
    ]


def test_clients_behind_a_proxy_are_throttled_separately(open_app: Open) -> None:
    app = open_app(users=USERS, trusted_proxies="127.0.0.1")
    for number in range(20):
        log_in(app.test_client(), f"n{number}", headers={"X-Forwarded-For": "198.51.100.7"})
    slowed = log_in(app.test_client(), "n", headers={"X-Forwarded-For": "198.51.100.7"})
    other_address = log_in(app.test_client(), "n", headers={"X-Forwarded-For": "198.51.100.8"})
    assert (slowed.status_code, other_address.status_code) == (429, 403)


def send_as_visitor(visitor: FlaskClient, **fields: str) -> str:
    """Send a decision after the session has ended; return the page that answers."""
    response = visitor.post("/admin/decisions", data={"csrf_token": "of the session", **fields})
    assert response.status_code == 401
    assert "Your session has ended." in response.text
    return response.text


def hidden_fields(html: str) -> dict[str, str]:
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html)
    return {name: unescape(value) for name, value in fields}


def test_decision_is_kept_when_the_session_has_ended(visitor: FlaskClient) -> None:
    back = "/admin/events?q=a&sort=size"
    fields = {"kind": "rename_event", "event_id": "e1", "headline": "Dam <b>", "back": back}
    html = send_as_visitor(visitor, **fields, reason="typo")
    kept = hidden_fields(html)
    wrong = visitor.post("/admin/login", data={**kept, "name": "anna", "password": "wrong"})
    assert wrong.status_code == 403
    kept = hidden_fields(wrong.text)
    answer = visitor.post(
        "/admin/login", data={**kept, "name": "anna", "password": EDITOR_PASSWORD}
    )
    assert answer.status_code == 200
    assert "Rename this event?" in answer.text
    assert 'name="headline" value="Dam &lt;b&gt;"' in answer.text
    assert 'name="reason" value="typo"' in answer.text
    resent = hidden_fields(answer.text)
    assert (resent["kind"], resent["event_id"], resent["back"]) == ("rename_event", "e1", back)
    sent = visitor.post("/admin/decisions", data={**resent, "headline": "Dam", "reason": ""})
    assert sent.status_code == 422  # there is no such event, but the form was accepted


@pytest.mark.parametrize("path", ["https://evil.example/admin/", "//evil.example", "/v1/decisions"])
def test_login_form_keeps_no_form_of_another_address(visitor: FlaskClient, path: str) -> None:
    token = hidden_fields(visitor.get("/admin/login").text)["csrf_token"]
    fields = {"csrf_token": token, "kept_path": path, "kept.kind": "lock_event"}
    login = {"name": "anna", "password": EDITOR_PASSWORD}
    assert visitor.post("/admin/login", data={**fields, **login}).status_code == 303
