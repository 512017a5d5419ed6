"""Audit: records who changed what, except for articles and decisions, which have their own logs."""

from __future__ import annotations

import logging
from typing import Final
from urllib.parse import quote

from flask import Request, Response

from service.common.scopes import Scope
from service.store import StoreUnavailableError
from service.store.access import audit_log
from service.web import extensions
from service.web.auth import policy
from service.web.auth.actors import Actor

_LOG: Final = logging.getLogger(__name__)


def record_request(request: Request, response: Response, actor: Actor) -> None:
    """Record a request if it changed something that an auditor asks for."""
    if response.status_code < 400 and _is_recorded(request):
        # Escaped, so that a line break in an id does not begin another line of the log.
        action = f"{request.method} {quote(request.path)}"
        if query := request.query_string.decode("ascii", "replace"):
            action += f"?{query}"
        record(actor.name, action, request.remote_addr or "")


def record(actor: str, action: str, address: str) -> None:
    """Write an entry, to the store and to the log."""
    _LOG.info("%s from %s: %s", actor, address, action)
    try:
        audit_log.record(extensions.store(), actor, action, address)
    except StoreUnavailableError as error:
        _LOG.warning("the audit log has no entry for that: %s", error)


def _is_recorded(request: Request) -> bool:
    if request.method in policy.SAFE_METHODS or request.endpoint in policy.LOGIN_ENDPOINTS:
        return False  # the login view records itself, since only it knows whether it succeeded
    if request.blueprint == "admin.access":
        return False  # so do these: what they made is in the form, beside secrets
    if request.method == "DELETE" or request.endpoint == policy.LOGOUT_ENDPOINT:
        return True
    is_public = policy.is_public(request)
    return not is_public and policy.required_scope(request) is Scope.ADMIN
