"""Sessions: a signed cookie says who signed in, and when.

What it says is checked at every request against the list of users, so that a changed password, a
changed role or a removed user counts at once. Only signing out writes to the store.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from typing import Final

from flask import Flask, Request, current_app, request, session
from flask.sessions import SecureCookieSessionInterface

from service.common import accounts
from service.common.accounts import Account
from service.settings import Settings
from service.store import Store
from service.store import sessions as ended
from service.web import extensions

COOKIE_NAME: Final = "storyfold"
CSRF_FIELD: Final = "csrf_token"
CSRF_HEADER: Final = "X-CSRF-Token"
_SEEN_INTERVAL_SECONDS: Final = 60.0
"""Seconds after which a cookie is renewed to say that its owner is still there."""


class _SessionInterface(SecureCookieSessionInterface):
    """Flask's signed cookie; behind TLS it is sent over TLS alone."""

    salt = "storyfold session"
    digest_method = staticmethod(hashlib.sha256)

    def get_cookie_name(self, app: Flask) -> str:  # noqa: ARG002
        # Browsers take a cookie of such a name from this host alone, and only over TLS.
        return f"__Host-{COOKIE_NAME}" if request.is_secure else COOKIE_NAME

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002
        return request.is_secure


def init_app(app: Flask, settings: Settings, store: Store) -> None:
    """Give an application sessions, and its templates `csrf_token()`."""
    given = settings.secret_key
    app.secret_key = given.get_secret_value() if given else ended.signing_key(store)
    app.session_interface = _SessionInterface()
    app.config.update(SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax")
    app.jinja_env.globals[csrf_token.__name__] = csrf_token


def start_session(account: Account) -> None:
    """Sign somebody in, under a new session and with a new token for forms."""
    session.clear()
    session.update(
        id=secrets.token_urlsafe(16),
        csrf=secrets.token_urlsafe(16),
        name=account.name,
        proof=_password_proof(account),
        begun=now(),
        seen=now(),
    )


def end_session() -> None:
    """Sign out: no copy of the cookie opens anything any more.

    Raises
    ------
    service.store.StoreBusyError
        This browser is signed out even then.
    """
    name, begun = session.get("id"), session.get("begun", 0.0)
    session.clear()
    if name:
        ended.revoke_session(
            extensions.store(), name, now(), begun + _max_age_seconds(extensions.settings())
        )


def current_account() -> Account | None:
    """Return who is signed in, if the session still counts."""
    settings = extensions.settings()
    found = accounts.find_account(settings.users, session.get("name", ""))
    if found is None or not _is_fresh(settings) or not _has_same_password(found):
        return None
    if ended.is_revoked(extensions.store(), session["id"]):
        return None
    if now() - session["seen"] > _SEEN_INTERVAL_SECONDS:
        session["seen"] = now()
    return found


def csrf_token() -> str:
    """Return the token that shows that a form came from a page of ours."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(16)
    token: str = session["csrf"]
    return token


def has_csrf_token(request: Request) -> bool:
    """Whether a request carries the token, in its form or as a header."""
    given = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
    wanted: str = session.get("csrf", "")
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())


def now() -> float:
    """Return the time; sessions survive restarts, so it is the calendar's."""
    return time.time()


def _is_fresh(settings: Settings) -> bool:
    seen: float = session["seen"]
    begun: float = session["begun"]
    idle, age = now() - seen, now() - begun
    return idle < settings.session_idle_minutes * 60 and age < _max_age_seconds(settings)


def _max_age_seconds(settings: Settings) -> float:
    return settings.session_hours * 3600.0


def _has_same_password(account: Account) -> bool:
    proof: str = session["proof"]
    return hmac.compare_digest(proof, _password_proof(account))


def _password_proof(account: Account) -> str:
    """What changes with the password, and tells nothing of it."""
    key = str(current_app.secret_key).encode()
    return hmac.new(key, account.password_hash.encode(), hashlib.sha256).hexdigest()[:32]
