"""Sessions: a signed cookie says which user logged in, and when.

The cookie is Flask's, and Flask-Login keeps the user in it. Here is what they lack: a longest age,
a time of idleness, and the end of copies of the cookie after logging out. A changed password, a
changed role or a removed user takes effect at once. Only logging out writes to the store.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from typing import Final

import flask_login
from flask import Flask, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf

from service.common.accounts import Account
from service.settings import Settings
from service.store import Store
from service.store import sessions as session_table
from service.web import extensions
from service.web.auth import actors
from service.web.auth.actors import Actor

COOKIE_NAME: Final = "storyfold"
CSRF_FIELD: Final = "csrf_token"
KNOWN_NAME: Final = "known"
"""Entry of the session that outlives it: under which name this browser has logged in before."""
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


def init_app(app: Flask, settings: Settings, store: Store) -> CSRFProtect:
    """Set up sessions for an application, and `csrf_token()` for its templates.

    Parameters
    ----------
    app : Flask
    settings : Settings
        With the key that signs cookies, if it is configured.
    store : Store
        Keeps a generated key otherwise.

    Returns
    -------
    CSRFProtect
        Checks the tokens of forms, when it is called.
    """
    configured_key = settings.secret_key
    app.secret_key = (
        configured_key.get_secret_value() if configured_key else session_table.signing_key(store)
    )
    app.session_interface = _SessionInterface()
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_FIELD_NAME=CSRF_FIELD,
        WTF_CSRF_CHECK_DEFAULT=False,  # programs with a token have no session: see authorization
        WTF_CSRF_TIME_LIMIT=None,  # tokens live as long as their session
        WTF_CSRF_SSL_STRICT=False,  # the origin is checked for every request, not by Referer alone
    )
    return CSRFProtect(app)


def start_session(account: Account) -> Actor:
    """Log a user in, with a new session id and a new CSRF token."""
    session.clear()
    g.pop(CSRF_FIELD, None)
    session.update(id=secrets.token_urlsafe(16), begun=now(), seen=now())
    session[KNOWN_NAME] = account.name
    generate_csrf()  # now, so that no later page changes the cookie again
    actor = actors.from_account(account, _session_key(account))
    flask_login.login_user(actor)
    return actor


def end_session() -> None:
    """Log the user out: copies of the cookie become invalid too.

    Raises
    ------
    service.store.StoreUnavailableError
        This browser is logged out even then.
    """
    session_id, started_at = session.get("id"), session.get("begun", 0.0)
    known_name = session.get(KNOWN_NAME)
    session.clear()
    if known_name:
        session[KNOWN_NAME] = known_name
    if session_id:
        expires_at = started_at + _max_age_seconds(extensions.settings())
        session_table.revoke_session(extensions.store(), session_id, now(), expires_at)


def load_user(session_key: str) -> Actor | None:
    """Return the user of this session; None if it is not valid any more."""
    _, _, name = session_key.partition(":")
    account = extensions.credentials().find_account(name)
    if account is None or not hmac.compare_digest(session_key, _session_key(account)):
        return None
    if not _is_fresh(extensions.settings()):
        return None
    if session_table.is_revoked(extensions.store(), session["id"]):
        return None
    if now() - session["seen"] > _SEEN_INTERVAL_SECONDS:
        session["seen"] = now()
    return actors.from_account(account, session_key)


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


def _session_key(account: Account) -> str:
    """Return the name, and a proof of the password that the user logged in with.

    The proof is an HMAC of the password hash. It changes when the password does, so that old
    sessions become invalid, and reveals nothing of the hash.
    """
    key = str(current_app.secret_key).encode()
    proof = hmac.new(key, account.password_hash.encode(), hashlib.sha256).hexdigest()[:32]
    return f"{proof}:{account.name}"
