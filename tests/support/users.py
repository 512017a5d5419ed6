"""Users of the admin pages, with password hashes that are fast to check."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.security import generate_password_hash

EDITOR_PASSWORD, READER_PASSWORD = "correct horse battery", "plain staple of paper"


def user_entry(name: str, role: str, password: str) -> str:
    hashed = generate_password_hash(password, "scrypt:1024:8:1").replace("$", ":")
    return f"{name}:{role}:{hashed}"


USERS = ",".join(
    [user_entry("anna", "editor", EDITOR_PASSWORD), user_entry("ben", "reader", READER_PASSWORD)]
)


def csrf_token(html: str) -> str:
    """Return the CSRF token of the first form of a page."""
    field = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert field, html
    return field[1]


def form_token(client: FlaskClient) -> str:
    """Return a CSRF token for a client that has loaded no page yet."""
    with client.session_transaction() as session:
        raw_token = session.setdefault("csrf_token", "a token")
    key = str(client.application.secret_key)
    return str(URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(raw_token))


def log_in(
    client: FlaskClient,
    name: str = "anna",
    password: str = EDITOR_PASSWORD,
    next_url: str = "",
    **request_options: Any,
) -> Any:
    """Fill in and submit the login form, as a browser does."""
    page = client.get("/admin/login", **request_options)
    assert page.status_code == 200, page.text
    form = {
        "csrf_token": csrf_token(page.text),
        "name": name,
        "password": password,
        "next": next_url,
    }
    return client.post("/admin/login", data=form, **request_options)
