"""The policy: which scope each request needs. This is the only place that says so.

Everything is denied that is not allowed here: an address that is not listed needs authentication
to be read, and the scope `admin` to be changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask import Request

from service.common.scopes import Scope

PUBLIC_ENDPOINTS: Final = frozenset(
    {
        "api.health.healthz",  # supervisors have no token
        "api.health.readyz",
        "admin.static",  # styles and script of the login form, the same in every installation
        "api.miniflux.post_miniflux",  # checks a signature itself
    }
)
"""Endpoints that anyone may call."""
LOGIN_ENDPOINTS: Final = frozenset({"admin.auth.login_form", "admin.auth.login"})
"""Endpoints for visitors who have not logged in yet; closed where nobody can log in."""
LOGOUT_ENDPOINT: Final = "admin.auth.logout"
"""For everyone who is logged in, whatever their scopes."""
ADMIN_BLUEPRINTS: Final = frozenset({"api.webhooks", "admin.webhooks", "admin.access"})
"""Blueprints that cannot even be read without the scope `admin`: the addresses of webhooks may
contain credentials."""
SCOPES_OF_CHANGES: Final[Mapping[str, Scope]] = MappingProxyType(
    {
        "api.articles": Scope.WRITE,
        "api.batch": Scope.WRITE,
        "api.decisions": Scope.REVIEW,
        "admin.decisions": Scope.REVIEW,
        "admin.events": Scope.REVIEW,
        "admin.review_queue": Scope.REVIEW,
        "admin.storyline": Scope.REVIEW,
        "admin.threshold": Scope.REVIEW,
    }
)
"""Scope that requests other than GET need, by blueprint."""
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def is_public(request: Request) -> bool:
    """Whether anyone may make a request."""
    return request.endpoint in PUBLIC_ENDPOINTS


def is_login(request: Request) -> bool:
    """Whether a request is for the login form."""
    return request.endpoint in LOGIN_ENDPOINTS


def required_scope(request: Request) -> Scope | None:
    """Return the scope that a request needs; None if being logged in is enough."""
    if request.endpoint == LOGOUT_ENDPOINT:
        return None
    if request.blueprint in ADMIN_BLUEPRINTS:
        return Scope.ADMIN
    if request.method in SAFE_METHODS:
        return Scope.READ
    return SCOPES_OF_CHANGES.get(request.blueprint or "", Scope.ADMIN)
