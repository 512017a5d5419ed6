"""Who may come in, and who may change what is there.

Every request goes through `check`, pages and interface alike: what only looks (GET) is for readers,
all else for editors. So a view that is added is guarded, and has nothing to do for it.
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
"""Addresses that a supervisor asks without a token."""
LOGIN_PATH: Final = "/admin/sign-in"
LOGOUT_PATH: Final = "/admin/sign-out"
_STATIC_PREFIX: Final = "/admin/static/"
_DOCS_PREFIXES: Final = ("/docs", "/openapi.json")
_FEEDS_PREFIX: Final = "/feeds/"
_SIGNATURE_CHECKED: Final = "_signature_checked"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


_View = TypeVar("_View", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes the request."""

    name: str
    role: Role
    logged_in: bool = False
    """With a password, so that the name is known to be right."""

    @property
    def can_edit(self) -> bool:
        """Whether changing things is allowed."""
        return self.role is Role.EDITOR

    def recorded_name(self, claimed_name: str | None = None) -> str:
        """Return the name to write under what this actor does.

        Parameters
        ----------
        claimed_name : str, optional
            Name that the request gives. A program with a token may act for people; who has signed
            in acts for nobody else.

        Raises
        ------
        Forbidden
        """
        if self.logged_in and claimed_name not in (None, "", self.name):
            raise Forbidden(f"you are signed in as {self.name}, and can't sign for somebody else")
        return claimed_name or self.name


ANONYMOUS_READER: Final = Actor("nobody", Role.READER)
_ANONYMOUS_EDITOR: Final = Actor("anonymous", Role.EDITOR)


class LoginRequiredError(Unauthorized):
    """A page was asked for by somebody who has not signed in, and could."""


class LocalOnlyError(Forbidden):
    """The pages were asked for from elsewhere, and nothing is set by which to know who it is."""


def authorize_request(request: Request, settings: Settings) -> None:
    """Let a request in, and remember who makes it.

    Raises
    ------
    Unauthorized
        If what is asked for needs a token or a session, and there is none that counts.
    Forbidden
        If it is not for this actor, or does not come from a page of ours as it should.
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
        return  # its page looks at the token, and asks once more
    if is_admin_page(request) or current_actor().logged_in:
        _check_csrf_token(request)
    if not current_actor().can_edit and request.path != LOGOUT_PATH:
        raise Forbidden("this is for editors; a reader may only look")


def signature_checked(view: _View) -> _View:
    """Mark a view that checks a signature instead of a token or a session."""
    setattr(view, _SIGNATURE_CHECKED, True)
    return view


def current_actor() -> Actor:
    """Return who makes the request that is being answered."""
    found: Actor = g.get("actor", ANONYMOUS_READER)
    return found


def is_admin_page(request: Request) -> bool:
    """Whether a review page is asked for."""
    return request.path == "/admin" or request.path.startswith("/admin/")


def _checks_signature(request: Request) -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, _SIGNATURE_CHECKED, False)


def _authenticate(request: Request, settings: Settings) -> Actor:
    if settings.is_open:
        if is_admin_page(request) and not _is_local(request, settings):
            raise LocalOnlyError("no user is set, so the pages are for this machine only")
        return _ANONYMOUS_EDITOR
    found = _token_actor(request, settings) if request.authorization else _session_actor(settings)
    if found is not None:
        return found
    if request.path == LOGIN_PATH and settings.users:
        return ANONYMOUS_READER
    if settings.users and not request.authorization and _redirects_to_login(request):
        raise LoginRequiredError("you have to sign in")
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


def _matches_any(token: str, tokens: Iterable[SecretStr]) -> bool:
    given = token.encode()
    # Every token is compared, in constant time: how long it takes tells nothing.
    matches = [hmac.compare_digest(given, it.get_secret_value().encode()) for it in tokens]
    return any(matches)


def _unauthorized(request: Request, settings: Settings) -> Unauthorized:
    # A browser asks for the password of the "basic" kind, and that is a token.
    basic = _is_feed(request) or (_accepts_basic_auth(request) and not settings.users)
    kinds = ("bearer", "basic") if basic else ("bearer",)
    return Unauthorized(
        "a bearer token is needed",
        www_authenticate=[WWWAuthenticate(kind, {"realm": "storyfold"}) for kind in kinds],
    )


def _accepts_basic_auth(request: Request) -> bool:
    """Whether this is what people open in a browser, which can send a token only as a password."""
    return is_admin_page(request) or request.path.startswith(_DOCS_PREFIXES) or _is_feed(request)


def _is_feed(request: Request) -> bool:
    """Whether a feed reader asks, which knows no sign-in either."""
    return request.path.startswith(_FEEDS_PREFIX)


def _redirects_to_login(request: Request) -> bool:
    return is_admin_page(request) or request.path == "/docs"


def _check_origin(request: Request, settings: Settings) -> None:
    """Refuse what a page of somebody else's makes a browser send; programs say no origin."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    ours = (
        site in ("same-origin", "none")
        if site
        else origin is None or _is_same_origin(request, origin)
    )
    # Where anybody may write, a name that leads to this machine makes a stranger's page "ours".
    if settings.is_open and origin is not None:
        ours = ours and proxy.targets_loopback_host(request)
    if not ours:
        raise Forbidden("a page of another site sent this")


def _is_same_origin(request: Request, origin: str) -> bool:
    try:
        return urlsplit(origin).netloc == request.host
    except ValueError:  # such as a bracket that is not closed
        return False


def _check_csrf_token(request: Request) -> None:
    if not sessions.has_csrf_token(request):
        raise Forbidden("this form is out of date; load its page again, and send it once more")
