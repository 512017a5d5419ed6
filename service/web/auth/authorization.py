"""Authorization: which requests are answered, and which may change data.

Every request passes through `authorize_request`, pages and API alike, and `policy` says what it
needs. A new view is therefore protected without doing anything.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import flask_login
from flask import Flask, Request, g
from flask import request as flask_request
from flask_wtf.csrf import CSRFError
from werkzeug.datastructures import Authorization, WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from service.settings import Settings
from service.web import extensions
from service.web.auth import policy, sessions
from service.web.auth.actors import ANONYMOUS, NOBODY, Actor
from service.web.http import proxy

LOGIN_PATH: Final = "/admin/login"
LOGOUT_PATH: Final = "/admin/logout"
_DOCS_PREFIXES: Final = ("/docs", "/openapi.json")
_FEEDS_PREFIX: Final = "/feeds/"
_LOCAL_ONLY: Final = (
    "there are no tokens and no users yet, so that only this machine has access; make a token with"
    " `storyfold token create`"
)


class LoginRequiredError(Unauthorized):
    """A page was requested without a session, and the visitor can log in."""


class LocalOnlyError(Forbidden):
    """The pages were requested from another machine, but there are no users and tokens."""


def init_app(app: Flask) -> None:
    """Let Flask-Login find the actor of a request: by session, by token, or at this machine."""
    login_manager = flask_login.LoginManager(app)
    login_manager.user_loader(_load_session_user)
    login_manager.request_loader(_load_token_actor)
    login_manager.anonymous_user = _anonymous_actor


def authorize_request(request: Request) -> None:
    """Authenticate a request, check its permission, and keep its actor in `flask.g`.

    Parameters
    ----------
    request : Request

    Raises
    ------
    Unauthorized
        If the address needs a token or a session, and there is no valid one.
    Forbidden
        If the actor lacks the permission, or the request does not come from a page of this
        service as it must.
    """
    if policy.is_public(request):
        return
    actor: Actor = flask_login.current_user._get_current_object()
    g.actor = actor
    if not actor.scopes and not _shows_login_form(request):
        raise _refusal(request)
    if request.method not in policy.SAFE_METHODS:
        _check_sender(request, actor)
    scope = None if policy.is_login(request) else policy.required_scope(request)
    if scope is not None and scope not in actor.scopes:
        raise Forbidden(f"this needs the permission to {scope}, which {actor.name} does not have")


def current_actor() -> Actor:
    """Return the actor of the current request."""
    actor: Actor = g.get("actor", NOBODY)
    return actor


def is_open() -> bool:
    """Whether no authentication is required: there are neither tokens nor users."""
    if "is_open" not in g:
        g.is_open = not extensions.credentials().exist()
    return bool(g.is_open)


def is_admin_page(request: Request) -> bool:
    """Whether an admin page is requested."""
    return request.path == "/admin" or request.path.startswith("/admin/")


def check_csrf_token() -> None:
    """Check that a form came from a page of this service, in this session.

    Raises
    ------
    Forbidden
    """
    try:
        extensions.csrf().protect()
    except CSRFError:
        raise Forbidden("this form has expired; load its page again, and send it once more") from (
            None
        )


def is_of_own_origin(request: Request) -> bool:
    """Whether no page of another site made a browser send a request.

    Programs send no origin and pass.
    """
    fetch_site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    is_own = (
        fetch_site in ("same-origin", "none")
        if fetch_site
        else origin is None or _is_same_origin(request, origin)
    )
    # Without authentication, a foreign host name that resolves to this machine would make a
    # foreign page count as same-origin.
    if origin is not None and is_open():
        is_own = is_own and proxy.targets_loopback_host(request)
    return is_own


def _check_sender(request: Request, actor: Actor) -> None:
    """Refuse requests that a page of another site makes a browser send."""
    if not is_of_own_origin(request):
        raise Forbidden("this request was sent by a page of another site")
    # The login view checks the token itself, and shows its form again.
    if not policy.is_login(request) and (is_admin_page(request) or actor.logged_in):
        check_csrf_token()


def _load_session_user(session_key: str) -> Actor | None:
    # A token that is sent with a request counts alone, also if it is wrong.
    return None if flask_request.authorization else sessions.load_user(session_key)


def _load_token_actor(request: Request) -> Actor | None:
    token = _read_token(request.authorization, _accepts_basic_auth(request))
    return extensions.credentials().find_token_actor(token)


def _anonymous_actor() -> Actor:
    request, settings = flask_request, extensions.settings()
    if not is_open():
        return NOBODY
    may_be_remote = settings.insecure and not is_admin_page(request)
    return ANONYMOUS if may_be_remote or _is_local(request, settings) else NOBODY


def _is_local(request: Request, settings: Settings) -> bool:
    published_on = settings.published_on
    return proxy.is_local_request(request, str(published_on) if published_on else None)


def _shows_login_form(request: Request) -> bool:
    return policy.is_login(request) and extensions.credentials().have_users()


def _refusal(request: Request) -> Unauthorized | Forbidden:
    """Return why a request without a valid token or session is refused."""
    if is_open():
        return LocalOnlyError(_LOCAL_ONLY) if is_admin_page(request) else _unauthorized(request)
    has_users = extensions.credentials().have_users()
    if has_users and not request.authorization and _redirects_to_login(request):
        return LoginRequiredError("log in first")
    return _unauthorized(request)


def _read_token(authorization: Authorization | None, allow_basic: bool) -> str:
    if authorization is None:
        return ""
    if authorization.type == "basic" and allow_basic:
        return authorization.password or ""
    return (authorization.token or "") if authorization.type == "bearer" else ""


def _unauthorized(request: Request) -> Unauthorized:
    # For the scheme "basic", a browser asks for a password; the token is that password.
    is_for_browsers = _accepts_basic_auth(request) and not extensions.credentials().have_users()
    schemes = ("bearer", "basic") if _is_feed(request) or is_for_browsers else ("bearer",)
    return Unauthorized(
        _LOCAL_ONLY if is_open() else "authentication required: send a bearer token or log in",
        www_authenticate=[WWWAuthenticate(scheme, {"realm": "storyfold"}) for scheme in schemes],
    )


def _accepts_basic_auth(request: Request) -> bool:
    """Whether a browser opens this address: it can send a token only as a password."""
    return is_admin_page(request) or request.path.startswith(_DOCS_PREFIXES) or _is_feed(request)


def _is_feed(request: Request) -> bool:
    """Whether a feed is requested: feed readers cannot log in either."""
    return request.path.startswith(_FEEDS_PREFIX)


def _redirects_to_login(request: Request) -> bool:
    return is_admin_page(request) or request.path == "/docs"


def _is_same_origin(request: Request, origin: str) -> bool:
    try:
        return urlsplit(origin).netloc == request.host
    except ValueError:  # such as a bracket that is not closed
        return False
