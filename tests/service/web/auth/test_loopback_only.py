"""Without users and tokens, the pages are for the local machine only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.users import USERS

Open = Callable[..., Flask]


def get(
    client: FlaskClient, peer: str = "127.0.0.1", host: str = "localhost", **headers: str
) -> Any:
    return client.get(
        "/admin",
        environ_overrides={"REMOTE_ADDR": peer, "HTTP_HOST": host},
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080"])
def test_local_requests_see_the_pages(client: FlaskClient, peer: str, host: str) -> None:
    response = get(client, peer, host)
    assert response.status_code == 200
    assert "for this machine only" in response.text


@pytest.mark.parametrize(
    ("peer", "host"),
    [
        ("192.0.2.7", "localhost:8080"),
        ("172.18.0.1", "127.0.0.1:8080"),
        ("2001:db8::1", "[::1]:8080"),
        ("::ffff:192.0.2.7", "localhost"),
        ("", "localhost"),
        ("127.0.0.1", "evil.example:8080"),
        ("127.0.0.1", "localhost.evil.example"),
        ("127.0.0.1", "192.0.2.1:8080"),
        ("127.0.0.1", "127.0.0.1.evil.example"),
        ("127.0.0.1", "0.0.0.0"),
        ("127.0.0.1", "["),
        ("127.0.0.1", ""),
    ],
)
def test_other_requests_do_not(client: FlaskClient, peer: str, host: str) -> None:
    response = get(client, peer, host)
    assert (response.status_code, response.mimetype) == (403, "text/html")
    assert "storyfold user create" in response.text
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("header", ["X_Forwarded_For", "Forwarded", "X_Real_IP", "Via"])
def test_forwarded_request_is_not_local(client: FlaskClient, header: str) -> None:
    assert get(client, **{header: "127.0.0.1"}).status_code == 403


@pytest.mark.parametrize("headers", [{}, {"X_Forwarded_For": "127.0.0.1"}])
def test_request_through_a_trusted_proxy_is_not_local(
    open_app: Open, headers: dict[str, str]
) -> None:
    client = open_app(trusted_proxies="127.0.0.1, ::1/128").test_client()
    assert get(client, **headers).status_code == 403


def test_forwarding_headers_of_an_untrusted_client_are_ignored(open_app: Open) -> None:
    client = open_app(trusted_proxies="10.0.0.0/8").test_client()
    assert get(client, "192.0.2.7", X_Forwarded_For="127.0.0.1").status_code == 403


REMOTE = {"REMOTE_ADDR": "172.18.0.3", "HTTP_HOST": "storyfold:8080"}


@pytest.mark.parametrize("path", ["/v1/events", "/docs", "/metrics", "/feeds/events.rss"])
def test_api_is_closed_to_other_hosts_and_says_how_to_open_it(
    client: FlaskClient, path: str
) -> None:
    refused = client.get(path, environ_overrides=REMOTE)
    assert refused.status_code == 401
    assert "storyfold token create" in refused.get_json()["detail"]


def test_insecure_opens_the_api_and_not_the_pages(open_app: Open) -> None:
    client = open_app(insecure=True).test_client()
    assert client.get("/v1/events", environ_overrides=REMOTE).status_code == 200
    assert client.get("/docs", environ_overrides=REMOTE).status_code == 200
    assert client.get("/admin", environ_overrides=REMOTE).status_code == 403


def test_local_only_page_has_its_styles(client: FlaskClient) -> None:
    remote = {"REMOTE_ADDR": "192.0.2.7"}
    with client.get("/admin/static/admin.css", environ_overrides=remote) as response:
        assert response.status_code == 200


@pytest.mark.parametrize(
    ("published_on", "host", "status"),
    [
        ("127.0.0.1", "127.0.0.1:8080", 200),
        ("::1", "localhost:8080", 200),
        ("127.0.0.1", "evil.example:8080", 403),
        ("0.0.0.0", "127.0.0.1:8080", 403),
        ("192.0.2.1", "127.0.0.1:8080", 403),
    ],
)
def test_published_address_of_a_container_decides(
    open_app: Open, published_on: str, host: str, status: int
) -> None:
    client = open_app(published_on=published_on).test_client()
    assert get(client, "172.18.0.1", host).status_code == status


def test_with_users_the_pages_redirect_to_the_login_form(open_app: Open) -> None:
    client = open_app(users=USERS).test_client()
    assert get(client, "192.0.2.7", "news.example").status_code == 303


def test_with_tokens_the_pages_need_one(open_app: Open) -> None:
    client = open_app(reader_tokens="look").test_client()
    assert get(client, "192.0.2.7", "news.example").status_code == 401
    page = get(client, "192.0.2.7", "news.example", Authorization="Bearer look")
    assert page.status_code == 200
    assert "for this machine only" not in page.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLISHED_ON", "everywhere"),
        ("TRUSTED_PROXIES", "10.0.0.1,proxy"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("SECRET_KEY", "short"),
        ("SESSION_HOURS", "0"),
        ("SESSION_IDLE_MINUTES", "soon"),
        ("READER_TOKENS", "é"),
    ],
)
def test_invalid_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    from service import settings

    monkeypatch.setenv(f"STORYFOLD_{name}", value)
    with pytest.raises(settings.SettingsError, match=f"STORYFOLD_{name}: "):
        settings.load()
