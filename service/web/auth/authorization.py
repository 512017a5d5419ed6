"""Authorization: which requests are answered, and which may change data.

Every request passes through `authorize_request`, pages and API alike: readers may only read (GET),
everything else is for editors. A new view is therefore protected without doing anything.

Hand-written for now: a maintained library would change cookies and forms, which is a separate step.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import urlsplit

from flask import Request, current_app, g
from pydantic import SecretStr
from werkzeug.datastructures import Authorization, WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from service.common.accounts import Role
from service.settings import Settings
from service.web.auth import sessions
from service.web.http import proxy

PUBLIC_PATHS: Final = frozenset({"/healthz", "/readyz"})
"""Paths that a supervisor requests without a token."""
LOGIN_PATH: Final = "/admin/login"
LOGOUT_PATH: Final = "/admin/logout"
_STATIC_PREFIX: Final = "/admin/static/"
_DOCS_PREFIXES: Final = ("/docs", "/openapi.json")
_FEEDS_PREFIX: Final = "/feeds/"
_SIGNATURE_CHECKED: Final = "_signature_checked"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


_View = TypeVar("_View", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Actor:
    """The user or program that makes the request."""

    name: str
    role: Role
    logged_in: bool = False
    """Whether the actor logged in with a password, so that the name is verified."""

    @property
    def can_edit(self) -> bool:
        """Whether the actor may change data."""
        return self.role is Role.EDITOR

    def recorded_name(self, claimed_name: str | None = None) -> str:
        """Return the name to record with a decision of this actor.

        Parameters
        ----------
        claimed_name : str, optional
            Name that the request gives. A program with a token may act for people; a user who is
            logged in may act only under their own name.

        Raises
        ------
        Forbidden
        """
        if self.logged_in and claimed_name not in (None, "", self.name):
            raise Forbidden(f"you are logged in as {self.name} and cannot act under another name")
        return claimed_name or self.name


ANONYMOUS_READER: Final = Actor("nobody", Role.READER)
_ANONYMOUS_EDITOR: Final = Actor("anonymous", Role.EDITOR)


class LoginRequiredError(Unauthorized):
    """A page was requested without a session, and the visitor can log in."""


class LocalOnlyError(Forbidden):
    """The pages were requested from another machine, but no users are configured."""


def authorize_request(request: Request, settings: Settings) -> None:
    """Authenticate a request, check its permission, and keep its actor in `flask.g`.

    Parameters
    ----------
    request : Request
    settings : Settings

    Raises
    ------
    Unauthorized
        If the address needs a token or a session, and there is no valid one.
    Forbidden
        If the actor lacks the permission, or the request does not come from a page of this
        service as it must.
    """
    if (
        request.path in PUBLIC_PATHS
        or request.path.startswith(_STATIC_PREFIX)
        or _checks_signature(request)
    ):
        return
    g.actor = _authenticate(request, settings)
    if request.method in _SAFE_METHODS:
        return
    _check_origin(request, settings)
    if request.path == LOGIN_PATH:
        return  # the view checks the CSRF token itself, and shows the form again
    if is_admin_page(request) or current_actor().logged_in:
        _check_csrf_token(request)
    if not current_actor().can_edit and request.path != LOGOUT_PATH:
        raise Forbidden("only for editors; readers cannot change anything")


def signature_checked(view: _View) -> _View:
    """Mark a view that checks a signature instead of a token or a session."""
    setattr(view, _SIGNATURE_CHECKED, True)
    return view


def current_actor() -> Actor:
    """Return the actor of the current request."""
    actor: Actor = g.get("actor", ANONYMOUS_READER)
    return actor


def is_admin_page(request: Request) -> bool:
    """Whether an admin page is requested."""
    return request.path == "/admin" or request.path.startswith("/admin/")


def _checks_signature(request: Request) -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, _SIGNATURE_CHECKED, False)


def _authenticate(request: Request, settings: Settings) -> Actor:
    if settings.is_open:
        if is_admin_page(request) and not _is_local(request, settings):
            raise LocalOnlyError("no users are configured, so the pages are for this machine only")
        return _ANONYMOUS_EDITOR
    actor = _token_actor(request, settings) if request.authorization else _session_actor(settings)
    if actor is not None:
        return actor
    if request.path == LOGIN_PATH and settings.users:
        return ANONYMOUS_READER
    if settings.users and not request.authorization and _redirects_to_login(request):
        raise LoginRequiredError("log in first")
    raise _unauthorized(request, settings)


def _is_local(request: Request, settings: Settings) -> bool:
    published_on = settings.published_on
    return proxy.is_local_request(request, str(published_on) if published_on else None)


def _session_actor(settings: Settings) -> Actor | None:
    account = sessions.current_account() if settings.users else None
    return Actor(account.name, account.role, logged_in=True) if account else None


def _token_actor(request: Request, settings: Settings) -> Actor | None:
    token = _read_token(request.authorization, _accepts_basic_auth(request))
    if _matches_any(token, settings.tokens):
        return Actor("token", Role.EDITOR)
    if _matches_any(token, settings.reader_tokens):
        return Actor("token", Role.READER)
    return None


def _read_token(authorization: Authorization | None, allow_basic: bool) -> str:
    if authorization is None:
        return ""
    if authorization.type == "basic" and allow_basic:
        return authorization.password or ""
    return (authorization.token or "") if authorization.type == "bearer" else ""


def _matches_any(token: str, accepted_tokens: Iterable[SecretStr]) -> bool:
    token_bytes = token.encode()
    # Every token is compared, each in constant time, so that the duration reveals nothing.
    matches = [
        hmac.compare_digest(token_bytes, accepted.get_secret_value().encode())
        for accepted in accepted_tokens
    ]
    return any(matches)


def _unauthorized(request: Request, settings: Settings) -> Unauthorized:
    # For the scheme "basic", a browser asks for a password; the token is that password.
    offers_basic = _is_feed(request) or (_accepts_basic_auth(request) and not settings.users)
    schemes = ("bearer", "basic") if offers_basic else ("bearer",)
    return Unauthorized(
        "authentication required: send a bearer token or log in",
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


def _check_origin(request: Request, settings: Settings) -> None:
    """Refuse requests that a page of another site makes a browser send."""
    if not is_of_own_origin(request, settings):
        raise Forbidden("this request was sent by a page of another site")


def is_of_own_origin(request: Request, settings: Settings) -> bool:
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
    if settings.is_open and origin is not None:
        is_own = is_own and proxy.targets_loopback_host(request)
    return is_own


def _is_same_origin(request: Request, origin: str) -> bool:
    try:
        return urlsplit(origin).netloc == request.host
    except ValueError:  # such as a bracket that is not closed
        return False


def _check_csrf_token(request: Request) -> None:
    if not sessions.has_csrf_token(request):
        raise Forbidden("this form has expired; load its page again, and send it once more")
