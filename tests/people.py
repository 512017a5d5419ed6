"""People who may sign in, with passwords that are quickly checked."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.security import generate_password_hash

ANNA, BEN = "correct horse battery", "plain staple of paper"


def entry(name: str, role: str, password: str) -> str:
    hashed = generate_password_hash(password, "scrypt:1024:8:1").replace("$", ":")
    return f"{name}:{role}:{hashed}"


USERS = ",".join([entry("anna", "editor", ANNA), entry("ben", "reader", BEN)])


def csrf_token(html: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert found, html
    return found[1]


def sign_in(
    client: FlaskClient, name: str = "anna", password: str = ANNA, wanted: str = "", **more: Any
) -> Any:
    """Fill the form in and send it, as a browser does."""
    page = client.get("/admin/sign-in", **more)
    assert page.status_code == 200, page.text
    form = {"csrf_token": csrf_token(page.text), "name": name, "password": password, "next": wanted}
    return client.post("/admin/sign-in", data=form, **more)
