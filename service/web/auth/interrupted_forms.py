"""Forms that were sent after the session had ended: kept through the login, and shown again.

The form is never sent by itself: whoever logs in sees what it would do and sends it, with the token
of the new session. A page of another site can therefore not have a decision made by a login.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import request

from service.web.auth.sessions import CSRF_FIELD
from service.web.http import redirects

FIELD_PREFIX: Final = "kept."
"""Prefix of the names of the kept fields in the login form."""
PATH_FIELD: Final = "kept_path"
_KEPT_PATHS: Final = "/admin/"
_MAX_FIELDS: Final = 2000


@dataclass(frozen=True, slots=True)
class InterruptedForm:
    """A form that could not be accepted because nobody was logged in."""

    path: str
    fields: Sequence[tuple[str, str]]
    """Without the CSRF token, which belonged to the ended session."""


def from_refused_request() -> InterruptedForm | None:
    """Return the form of the current request, which was refused."""
    fields = request.form.items(multi=True)
    return _make_form(request.path, [(name, value) for name, value in fields if name != CSRF_FIELD])


def from_login_form() -> InterruptedForm | None:
    """Return the form that the login form keeps; None if it keeps none."""
    fields = request.form.items(multi=True)
    kept = [
        (name.removeprefix(FIELD_PREFIX), value)
        for name, value in fields
        if name.startswith(FIELD_PREFIX)
    ]
    return _make_form(request.form.get(PATH_FIELD, ""), kept)


def _make_form(path: str, fields: list[tuple[str, str]]) -> InterruptedForm | None:
    is_own = redirects.local_url_or_none(path) is not None and path.startswith(_KEPT_PATHS)
    if not is_own or not fields or len(fields) > _MAX_FIELDS:
        return None
    return InterruptedForm(path, fields)
