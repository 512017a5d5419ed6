"""Sessions: a signed cookie says which user logged in, and when.

The cookie is checked against the list of users at every request, so that a changed password, a
changed role or a removed user takes effect at once. Only logging out writes to the store.

The cookie is Flask's. Checks and CSRF tokens are hand-written for now: a maintained library would
change cookies and forms, which is a separate step.
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
from service.store import sessions as session_table
from service.web import extensions

COOKIE_NAME: Final = "storyfold"
CSRF_FIELD: Final = "csrf_token"
CSRF_HEADER: Final = "X-CSRF-Token"
_SEEN_INTERVAL_SECONDS: Final = 60.0
"""Age of a cookie's last activity from which it is renewed; a renewal at every request would send
the cookie with every response."""


class _SessionInterface(SecureCookieSessionInterface):
    """Flask's signed cookie; behind TLS it is sent over TLS alone."""

    salt = "storyfold session"
    digest_method = staticmethod(hashlib.sha256)

    def get_cookie_name(self, app: Flask) -> str:  # noqa: ARG002
        # Browsers accept a cookie with this prefix from this host alone, and only over TLS.
        return f"__Host-{COOKIE_NAME}" if request.is_secure else COOKIE_NAME

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002
        return request.is_secure


def init_app(app: Flask, settings: Settings, store: Store) -> None:
    """Set up sessions for an application, and `csrf_token()` for its templates.

    Parameters
    ----------
    app : Flask
    settings : Settings
        With the key that signs cookies, if it is configured.
    store : Store
        Keeps a generated key otherwise.
    """
    configured_key = settings.secret_key
    app.secret_key = (
        configured_key.get_secret_value() if configured_key else session_table.signing_key(store)
    )
    app.session_interface = _SessionInterface()
    app.config.update(SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax")
    app.jinja_env.globals[csrf_token.__name__] = csrf_token


def start_session(account: Account) -> None:
    """Log a user in, with a new session id and a new CSRF token."""
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
    """Log the user out: copies of the cookie become invalid too.

    Raises
    ------
    service.store.StoreBusyError
        This browser is logged out even then.
    """
    session_id, started_at = session.get("id"), session.get("begun", 0.0)
    session.clear()
    if session_id:
        expires_at = started_at + _max_age_seconds(extensions.settings())
        session_table.revoke_session(extensions.store(), session_id, now(), expires_at)


def current_account() -> Account | None:
    """Return the user of this session; None if there is no valid session."""
    settings = extensions.settings()
    account = accounts.find_account(settings.users, session.get("name", ""))
    if account is None or not _is_fresh(settings) or not _has_same_password(account):
        return None
    if session_table.is_revoked(extensions.store(), session["id"]):
        return None
    if now() - session["seen"] > _SEEN_INTERVAL_SECONDS:
        session["seen"] = now()
    return account


def csrf_token() -> str:
    """Return the token that proves that a form came from a page of this service."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(16)
    token: str = session["csrf"]
    return token


def has_csrf_token(request: Request) -> bool:
    """Whether a request carries the CSRF token, in its form or as a header."""
    sent_token = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
    expected: str = session.get("csrf", "")
    return bool(expected) and hmac.compare_digest(sent_token.encode(), expected.encode())


def now() -> float:
    """Return the Unix time: sessions outlive restarts, so a monotonic clock cannot be used."""
    return time.time()


def _is_fresh(settings: Settings) -> bool:
    seen_at: float = session["seen"]
    started_at: float = session["begun"]
    idle, age = now() - seen_at, now() - started_at
    return idle < settings.session_idle_minutes * 60 and age < _max_age_seconds(settings)


def _max_age_seconds(settings: Settings) -> float:
    return settings.session_hours * 3600.0


def _has_same_password(account: Account) -> bool:
    proof: str = session["proof"]
    return hmac.compare_digest(proof, _password_proof(account))


def _password_proof(account: Account) -> str:
    """HMAC of the password hash.

    It changes when the password does, so that old sessions become invalid, and reveals nothing of
    the hash.
    """
    key = str(current_app.secret_key).encode()
    return hmac.new(key, account.password_hash.encode(), hashlib.sha256).hexdigest()[:32]
