"""Where a request comes from: this machine, a proxy that is trusted, or elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from flask import Request
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Network = IPv4Network | IPv6Network

_FORWARDED_KEY: Final = "storyfold.forwarded"
_FORWARDING_HEADERS: Final = (
    *("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST"),
    *("HTTP_X_FORWARDED_PORT", "HTTP_X_FORWARDED_PREFIX", "HTTP_X_REAL_IP", "HTTP_VIA"),
)


class TrustedProxyMiddleware:
    """Believes what trusted proxies say of the client (`X-Forwarded-For`, `-Proto`, `-Host`).

    Parameters
    ----------
    app : WSGI application
    trusted_networks : sequence of networks
        Where those proxies are; headers from elsewhere are thrown away.
    """

    def __init__(self, app: WSGIApplication, trusted_networks: Sequence[Network]) -> None:
        self._app = app
        self._proxied_app = ProxyFix(app, x_for=1, x_proto=1, x_host=1)
        self._trusted_networks = trusted_networks

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on, as it came to the proxy."""
        if _is_in_networks(environ.get("REMOTE_ADDR", ""), self._trusted_networks):
            environ[_FORWARDED_KEY] = True
            return self._proxied_app(environ, start_response)
        thrown_away = [environ.pop(name, None) for name in _FORWARDING_HEADERS]
        environ[_FORWARDED_KEY] = any(thrown_away)
        return self._app(environ, start_response)


def is_local_request(request: Request, published_on: str | None) -> bool:
    """Whether a request was made on this machine, to an address of this machine.

    The name that was asked for counts too: a page of the web may let a name of its own lead here,
    and then read what it finds.

    Parameters
    ----------
    request : Request
    published_on : str, optional
        Address that a container's port is published on. All requests seem to come from elsewhere
        then, and this says whether they do.
    """
    near = is_loopback(request.remote_addr) or is_loopback(published_on)
    return near and not request.environ.get(_FORWARDED_KEY) and targets_loopback_host(request)


def targets_loopback_host(request: Request) -> bool:
    """Whether the host that was asked for is this machine's own name for itself."""
    try:
        host = urlsplit(f"//{request.host}").hostname
    except ValueError:  # such as a bracket that is not closed
        return False
    return host == "localhost" or is_loopback(host)


def is_loopback(address: str | None) -> bool:
    """Whether an address never leaves the machine."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return found.is_loopback


def _is_in_networks(address: str, networks: Sequence[Network]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in network for network in networks)
