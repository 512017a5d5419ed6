"""Who may come in, and who may change what is there.

Every request goes through `check`, pages and interface alike: what only looks (GET) is for readers,
all else for editors. So a view that is added is guarded, and has nothing to do for it.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from flask import Request, g
from pydantic import SecretStr
from werkzeug.datastructures import Authorization, WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from service import miniflux, neighbourhood, sessions
from service.accounts import Role
from service.settings import Settings

OPEN: Final = frozenset({"/healthz", "/readyz"})
"""Addresses that a supervisor asks without a token."""
SIGNED: Final = frozenset({miniflux.PATH})
"""Addresses that check a signature instead."""
SIGN_IN: Final = "/admin/sign-in"
SIGN_OUT: Final = "/admin/sign-out"
_STATIC: Final = "/admin/static/"
_DOCUMENTS: Final = ("/docs", "/openapi.json")
_FEEDS: Final = "/feeds/"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes the request."""

    name: str
    role: Role
    signed_in: bool = False
    """With a password, so that the name is known to be right."""

    @property
    def may_edit(self) -> bool:
        """Whether changing things is allowed."""
        return self.role is Role.EDITOR

    def signature(self, claimed: str | None = None) -> str:
        """Return the name to write under what this actor does.

        Parameters
        ----------
        claimed : str, optional
            Name that the request gives. A program with a token may act for people; who has signed
            in acts for nobody else.

        Raises
        ------
        Forbidden
        """
        if self.signed_in and claimed not in (None, "", self.name):
            raise Forbidden(f"you are signed in as {self.name}, and can't sign for somebody else")
        return claimed or self.name


NOBODY: Final = Actor("nobody", Role.READER)
_ANYBODY: Final = Actor("anonymous", Role.EDITOR)


class SignInNeededError(Unauthorized):
    """A page was asked for by somebody who has not signed in, and could."""


class LocalOnlyError(Forbidden):
    """The pages were asked for from elsewhere, and nothing is set by which to know who it is."""


def check(request: Request, settings: Settings) -> None:
    """Let a request in, and remember who makes it.

    Raises
    ------
    Unauthorized
        If what is asked for needs a token or a session, and there is none that counts.
    Forbidden
        If it is not for this actor, or does not come from a page of ours as it should.
    """
    if request.path in OPEN | SIGNED or request.path.startswith(_STATIC):
        return
    g.actor = _identify(request, settings)
    if request.method in _SAFE:
        return
    _check_origin(request, settings)
    if request.path == SIGN_IN:
        return  # its page looks at the token, and asks once more
    if is_page(request) or actor().signed_in:
        _check_token_of_form(request)
    if not actor().may_edit and request.path != SIGN_OUT:
        raise Forbidden("this is for editors; a reader may only look")


def actor() -> Actor:
    """Return who makes the request that is being answered."""
    found: Actor = g.get("actor", NOBODY)
    return found


def is_page(request: Request) -> bool:
    """Whether a review page is asked for."""
    return request.path == "/admin" or request.path.startswith("/admin/")


def _identify(request: Request, settings: Settings) -> Actor:
    if settings.is_open:
        if is_page(request) and not _is_local(request, settings):
            raise LocalOnlyError("no user is set, so the pages are for this machine only")
        return _ANYBODY
    found = _bearer(request, settings) if request.authorization else _signed_in(settings)
    if found is not None:
        return found
    if request.path == SIGN_IN and settings.users:
        return NOBODY
    if settings.users and not request.authorization and _opened_by_people(request):
        raise SignInNeededError("you have to sign in")
    raise _refusal(request, settings)


def _is_local(request: Request, settings: Settings) -> bool:
    published_on = settings.published_on
    return neighbourhood.is_local(request, str(published_on) if published_on else None)


def _signed_in(settings: Settings) -> Actor | None:
    account = sessions.account() if settings.users else None
    return Actor(account.name, account.role, signed_in=True) if account else None


def _bearer(request: Request, settings: Settings) -> Actor | None:
    token = _token(request.authorization, _in_a_browser(request))
    if _known(token, settings.tokens):
        return Actor("token", Role.EDITOR)
    if _known(token, settings.reader_tokens):
        return Actor("token", Role.READER)
    return None


def _token(given: Authorization | None, page: bool) -> str:
    if given is None:
        return ""
    if given.type == "basic" and page:
        return given.password or ""
    return (given.token or "") if given.type == "bearer" else ""


def _known(token: str, tokens: Iterable[SecretStr]) -> bool:
    given = token.encode()
    # Every token is compared, in constant time: how long it takes tells nothing.
    matches = [hmac.compare_digest(given, it.get_secret_value().encode()) for it in tokens]
    return any(matches)


def _refusal(request: Request, settings: Settings) -> Unauthorized:
    # A browser asks for the password of the "basic" kind, and that is a token.
    basic = _is_feed(request) or (_in_a_browser(request) and not settings.users)
    kinds = ("bearer", "basic") if basic else ("bearer",)
    return Unauthorized(
        "a bearer token is needed",
        www_authenticate=[WWWAuthenticate(kind, {"realm": "storyfold"}) for kind in kinds],
    )


def _in_a_browser(request: Request) -> bool:
    """Whether this is what people open in a browser, which can send a token only as a password."""
    return is_page(request) or request.path.startswith(_DOCUMENTS) or _is_feed(request)


def _is_feed(request: Request) -> bool:
    """Whether a feed reader asks, which knows no sign-in either."""
    return request.path.startswith(_FEEDS)


def _opened_by_people(request: Request) -> bool:
    return is_page(request) or request.path == "/docs"


def _check_origin(request: Request, settings: Settings) -> None:
    """Refuse what a page of somebody else's makes a browser send; programs say no origin."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    ours = site in ("same-origin", "none") if site else origin is None or _is_ours(request, origin)
    # Where anybody may write, a name that leads to this machine makes a stranger's page "ours".
    if settings.is_open and origin is not None:
        ours = ours and neighbourhood.asks_this_machine(request)
    if not ours:
        raise Forbidden("a page of another site sent this")


def _is_ours(request: Request, origin: str) -> bool:
    try:
        return urlsplit(origin).netloc == request.host
    except ValueError:  # such as a bracket that is not closed
        return False


def _check_token_of_form(request: Request) -> None:
    if not sessions.has_csrf_token(request):
        raise Forbidden("this form is out of date; load its page again, and send it once more")
