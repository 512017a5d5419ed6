"""Throttling of failed logins, by name and by address (Flask-Limiter, in a moving window).

Only failures count. The check comes before the attempt and the count after it, so that attempts at
the same time can exceed a limit by the number of the server's threads.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable
from typing import Final, TypeVar, cast

from flask import Response, g, request, session
from flask_limiter import Limiter

from service.common.accounts import MAX_NAME_CHARS
from service.web.auth import sessions

LIMITS_BY_NAME: Final = "5 per minute; 30 per hour"
LIMITS_BY_NETWORK: Final = "20 per 5 minutes; 200 per day"
_FAILED: Final = "login_failed"
_IPV6_PREFIX_BITS: Final = 64
"""Bits of an IPv6 address that identify a site: it chooses the other bits itself."""
_View = TypeVar("_View", bound=Callable[..., object])


def client_network() -> str:
    """Return the address of the client, or its network if it is an IPv6 address."""
    address = request.remote_addr or "none"
    try:
        ip_address = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip_address.version == 4:
        return address
    return str(ipaddress.ip_network((int(ip_address), _IPV6_PREFIX_BITS), strict=False))


limiter: Final = Limiter(client_network, storage_uri="memory://", strategy="moving-window")
"""Counts in the memory of one process, from its start."""


def attempted_name() -> str:
    """Return the name that a login form gives."""
    return request.form.get("name", "").strip()[:MAX_NAME_CHARS]


def limit_failures(view: _View) -> _View:
    """Limit the failures of the login view; it raises `RateLimitExceeded` before an attempt."""
    by_name = limiter.limit(LIMITS_BY_NAME, key_func=_name_key, deduct_when=_has_failed)
    by_network = limiter.limit(LIMITS_BY_NETWORK, deduct_when=_has_failed)
    return cast(_View, by_name(by_network(view)))


def count_failure() -> None:
    """Count the current request as a failed login."""
    setattr(g, _FAILED, True)


def _has_failed(_: Response) -> bool:
    return bool(g.get(_FAILED, False))


def _name_key() -> str:
    """Return the key by which failures of a name are counted.

    A browser that has logged in under this name before is counted by itself: otherwise, guessing
    from elsewhere would lock the user out. The name is hashed, since it is logged, and may be a
    password that was typed into the wrong field.
    """
    name = attempted_name()
    key = hashlib.sha256(name.encode()).hexdigest()[:16]
    is_known = bool(name) and session.get(sessions.KNOWN_NAME) == name
    return f"{key} {client_network()}" if is_known else key
