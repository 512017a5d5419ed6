"""The commands for tokens and users, beside a service that runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from service.cli.main import main
from tests.support.users import EDITOR_PASSWORD, log_in

Open = Callable[..., Flask]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    def run_command(*arguments: str, **options: Any) -> Result:
        command = [*arguments, "--db", str(tmp_path / "store.db")]
        return CliRunner().invoke(main, command, **options)

    return run_command


def status(app: Flask, token: str, path: str = "/v1/events", method: str = "GET") -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return int(app.test_client().open(path, method=method, headers=headers).status_code)


def test_tokens_are_made_and_withdrawn_while_the_service_runs(
    open_app: Open, run: Callable[..., Result]
) -> None:
    app = open_app()
    assert app.test_client().get("/v1/events").status_code == 200
    run("token", "create", "crawler")
    token = run("token", "create", "dashboard", "--scope", "read", "--days", "2").stdout.strip()
    assert app.test_client().get("/v1/events").status_code == 401
    assert status(app, token) == 200
    assert status(app, token, "/v1/articles/a", "DELETE") == 403
    listed = run("token", "list").stdout
    assert "\ndashboard\tread\t20" in listed
    assert token not in listed
    assert run("token", "revoke", "dashboard").exit_code == 0
    assert status(app, token) == 401


def test_withdrawing_the_last_token_opens_the_service_to_nobody_else(
    open_app: Open, run: Callable[..., Result]
) -> None:
    app = open_app()
    run("token", "create", "crawler")
    run("token", "revoke", "crawler")
    remote = {"REMOTE_ADDR": "192.0.2.1"}
    refused = app.test_client().get("/v1/events", environ_overrides=remote)
    assert refused.status_code == 401


def test_expired_token_is_refused_and_keeps_the_service_closed(
    open_app: Open, run: Callable[..., Result], tmp_path: Path
) -> None:
    app = open_app()
    token = run("token", "create", "crawler", "--days", "1").stdout.strip()
    with sqlite3.connect(tmp_path / "store.db") as connection:
        connection.execute("UPDATE access_tokens SET expires_at = 1")
    connection.close()
    assert status(app, token) == 401
    assert app.test_client().get("/v1/events").status_code == 401


def test_store_holds_no_token_and_no_password(
    open_app: Open, run: Callable[..., Result], tmp_path: Path
) -> None:
    open_app()
    token = run("token", "create", "crawler").stdout.strip()
    run("user", "create", "anna", input=EDITOR_PASSWORD)
    content = b"".join(path.read_bytes() for path in tmp_path.glob("store.db*"))
    assert b"crawler" in content
    assert token.removeprefix("sft_").encode() not in content
    assert EDITOR_PASSWORD.encode() not in content


def test_users_are_made_changed_and_removed_while_the_service_runs(
    open_app: Open, run: Callable[..., Result]
) -> None:
    app = open_app()
    assert run("user", "create", "anna", "--role", "admin", input=EDITOR_PASSWORD).exit_code == 0
    visitor = app.test_client()
    assert log_in(visitor).status_code == 303
    assert "<bdi>anna</bdi>, admin" in visitor.get("/admin").text
    assert run("user", "list").stdout.startswith("anna\tadmin\tcommand line, 20")
    run("user", "replace", "anna", input="another long password")
    assert visitor.get("/admin").status_code == 303
    assert log_in(visitor, password="another long password").status_code == 303
    assert "<bdi>anna</bdi>, reader" in visitor.get("/admin").text
    assert run("user", "remove", "anna").exit_code == 0
    assert visitor.get("/admin", environ_overrides={"REMOTE_ADDR": "192.0.2.1"}).status_code == 403


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("token", "create", "a:b"), "a name has"),
        (("token", "create", "crawler"), "already"),
        (("token", "revoke", "nobody"), "no token 'nobody'"),
        (("user", "create", "anna"), "12 to 1000 characters"),
        (("user", "replace", "ben"), "12 to 1000 characters"),
        (("user", "remove", "ben"), "no user 'ben'"),
    ],
)
def test_errors_are_explained(
    run: Callable[..., Result], command: tuple[str, ...], message: str
) -> None:
    run("token", "create", "crawler")
    result = run(*command, input="short")
    assert result.exit_code == 1
    assert message in result.output


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_service_refuses_to_listen_elsewhere_without_a_token(
    run: Callable[..., Result], host: str
) -> None:
    result = run("serve", "--host", host)
    assert result.exit_code == 1
    assert "storyfold token create crawler --db " in result.output
    assert "--insecure" in result.output
