"""One line of the log for each request, under the id that the answer carries too."""

from __future__ import annotations

import logging
import re
import uuid
from typing import Final

from flask import Request, Response

from service.common import log_config

_LOG: Final = logging.getLogger(__name__)
HEADER: Final = "X-Request-ID"
_ACCEPTED_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
"""What a proxy may have given; anything else is replaced, as it goes into the log."""
_QUIET_ROUTES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Called every few seconds by supervisors."""


def begin(request: Request) -> None:
    """Give a request its id: the one that it brings, or a new one."""
    given = request.headers.get(HEADER, "")
    is_accepted = _ACCEPTED_ID.fullmatch(given) is not None
    log_config.request_id.set(given if is_accepted else uuid.uuid4().hex)


def end(method: str, route: str, response: Response, seconds: float, actor: str) -> None:
    """Log a request, and name its id in the answer.

    The log has the route and not the path or query: these may hold names and secrets.
    """
    response.headers[HEADER] = log_config.request_id.get()
    _LOG.log(
        _level(method, route, response.status_code),
        "%s %s: %d in %.3f s",
        method,
        route,
        response.status_code,
        seconds,
        extra={
            "method": method,
            "route": route,
            "status": response.status_code,
            "seconds": round(seconds, 6),
            "actor": actor,
        },
    )


def _level(method: str, route: str, status: int) -> int:
    if status >= 500:
        return logging.WARNING
    is_quiet = route in _QUIET_ROUTES or (method in ("GET", "HEAD") and status < 400)
    return logging.DEBUG if is_quiet else logging.INFO
