"""Who may come in."""

from __future__ import annotations

import hmac
from typing import Final

from flask import Request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from service.settings import Settings

OPEN: Final = frozenset({"/healthz", "/readyz"})
"""Addresses that a supervisor asks without a token."""
_PAGES: Final = ("/admin", "/docs", "/openapi.json")
"""What people open in a browser, which can send a token only as a password."""


def check(request: Request, settings: Settings) -> None:
    """Let a request in if it carries a token, or none is asked for.

    Raises
    ------
    Unauthorized
    """
    if not settings.tokens or request.path in OPEN:
        return
    page = request.path.startswith(_PAGES)
    if not _known(_token(request, page), settings):
        kinds = ("bearer", "basic") if page else ("bearer",)
        raise Unauthorized(
            "a bearer token is needed",
            www_authenticate=[WWWAuthenticate(kind, {"realm": "storyfold"}) for kind in kinds],
        )


def _token(request: Request, page: bool) -> str:
    given = request.authorization
    if given is None:
        return ""
    if given.type == "basic" and page:
        return given.password or ""
    return (given.token or "") if given.type == "bearer" else ""


def _known(token: str, settings: Settings) -> bool:
    given = token.encode()
    # Every token is compared, in constant time: how long it takes tells nothing.
    matches = [hmac.compare_digest(given, it.get_secret_value().encode()) for it in settings.tokens]
    return any(matches)
