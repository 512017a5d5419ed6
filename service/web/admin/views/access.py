"""Page of tokens, users and the audit log, for administrators."""

from __future__ import annotations

import time
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from service.common import accounts
from service.common.accounts import Role
from service.common.dates import SECONDS_PER_DAY
from service.common.errors import InvalidInputError
from service.common.scopes import Scope
from service.store.access import audit_log, tokens, users
from service.web import extensions
from service.web.auth import audit, authorization

AUDIT_ENTRIES_SHOWN: Final = 100
_MAX_DAYS: Final = 36_500

blueprint = Blueprint("access", __name__, url_prefix="/access")


class InvalidAccessError(InvalidInputError):
    """A token or user cannot be made as the form says; the message says why."""


@blueprint.get("")
def show_access() -> str:
    """List tokens, users and the newest entries of the audit log."""
    return _render_page()


@blueprint.post("/tokens")
def create_token() -> str:
    """Make a token, and show it: this once, since only its digest is stored."""
    name = request.form.get("name", "").strip()
    try:
        scopes = [Scope(value) for value in request.form.getlist("scope")]
        created_by = authorization.current_actor().recorded_name()
        expires_at = _read_expiry(request.form.get("days", "").strip())
        token = tokens.create_token(extensions.store(), name, scopes, created_by, expires_at)
    except ValueError as error:
        raise InvalidAccessError(str(error)) from error
    _record(f"created token {name} ({' '.join(scopes)})")
    return _render_page(new_token=token, new_token_name=name)


@blueprint.post("/tokens/revoke")
def revoke_token() -> Response:
    """Withdraw a token."""
    name = request.form.get("name", "")
    if not tokens.revoke_token(extensions.store(), name):
        raise NotFound("There is no such token, or it was withdrawn already.")
    _record(f"revoked token {name}")
    return redirect(url_for("admin.access.show_access"), 303)


@blueprint.post("/users")
def create_user() -> Response:
    """Make a user."""
    name, form = request.form.get("name", "").strip(), request.form
    if extensions.credentials().find_account(name) is not None:
        raise InvalidAccessError(f"there is a user {name!r} already")
    try:
        account = accounts.create_account(
            name, Role(form.get("role", Role.READER)), form.get("password", "")
        )
        users.create_user(extensions.store(), account, authorization.current_actor().name)
    except ValueError as error:
        raise InvalidAccessError(str(error)) from error
    _record(f"created user {name} ({account.role})")
    return redirect(url_for("admin.access.show_access"), 303)


@blueprint.post("/users/remove")
def remove_user() -> Response:
    """Remove a user, whose sessions end."""
    name = request.form.get("name", "")
    if not users.remove_user(extensions.store(), name):
        raise NotFound("There is no such user, or it was removed already.")
    _record(f"removed user {name}")
    return redirect(url_for("admin.access.show_access"), 303)


def _render_page(**context: object) -> str:
    store, settings = extensions.store(), extensions.settings()
    return render_template(
        "admin/access.html",
        tokens=tokens.list_tokens(store),
        users=users.list_users(store),
        n_configured_tokens=len(settings.tokens) + len(settings.reader_tokens),
        configured_users=settings.users,
        entries=audit_log.list_entries(store, AUDIT_ENTRIES_SHOWN),
        scopes=Scope,
        roles=Role,
        now=time.time(),
        **context,
    )


def _read_expiry(days: str) -> float | None:
    if not days:
        return None
    if not (days.isascii() and days.isdecimal() and 0 < int(days) <= _MAX_DAYS):
        raise ValueError(f"days must be a number from 1 to {_MAX_DAYS:,}")
    return time.time() + int(days) * SECONDS_PER_DAY


def _record(action: str) -> None:
    actor = authorization.current_actor().name
    audit.record(actor, action, request.remote_addr or "")
