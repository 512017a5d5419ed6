"""Where a request comes from: this machine, a trusted proxy, or elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from flask import Request
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Network = IPv4Network | IPv6Network

_FORWARDED_KEY: Final = "storyfold.forwarded"
"""Key of the WSGI environment: whether a proxy passed the request on."""
_FORWARDING_HEADERS: Final = (
    *("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST"),
    *("HTTP_X_FORWARDED_PORT", "HTTP_X_FORWARDED_PREFIX", "HTTP_X_REAL_IP", "HTTP_VIA"),
)


class TrustedProxyMiddleware:
    """Applies the headers of trusted proxies (`X-Forwarded-For`, `-Proto`, `-Host`).

    Parameters
    ----------
    app : WSGI application
    trusted_networks : sequence of networks
        Addresses of the trusted proxies. The headers of other clients are removed.
    """

    def __init__(self, app: WSGIApplication, trusted_networks: Sequence[Network]) -> None:
        self._app = app
        self._proxied_app = ProxyFix(app, x_for=1, x_proto=1, x_host=1)
        self._trusted_networks = trusted_networks

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call the application with the request as the proxy received it."""
        if _is_in_networks(environ.get("REMOTE_ADDR", ""), self._trusted_networks):
            environ[_FORWARDED_KEY] = True
            return self._proxied_app(environ, start_response)
        removed_values = [environ.pop(name, None) for name in _FORWARDING_HEADERS]
        environ[_FORWARDED_KEY] = any(removed_values)
        return self._app(environ, start_response)


def is_local_request(request: Request, published_on: str | None) -> bool:
    """Whether a request was made on this machine, to an address of this machine.

    The requested host name counts too: a web page may point a name of its own at this machine and
    then read the responses (DNS rebinding).

    Parameters
    ----------
    request : Request
    published_on : str, optional
        Address that the port of a container is published on. All requests then seem to come from
        another machine, and this address decides. Other containers of its network call it by name.
    """
    if request.environ.get(_FORWARDED_KEY):
        return False
    if is_loopback(published_on):
        return targets_loopback_host(request) or _targets_container(request)
    return is_loopback(request.remote_addr) and targets_loopback_host(request)


def targets_loopback_host(request: Request) -> bool:
    """Whether the requested host is `localhost` or a loopback address."""
    try:
        host = urlsplit(f"//{request.host}").hostname
    except ValueError:  # such as a bracket that is not closed
        return False
    return host == "localhost" or is_loopback(host)


def _targets_container(request: Request) -> bool:
    """Whether the requested host is a name without a dot, which no web site can have."""
    try:
        host = urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return False
    return bool(host) and not {*".:"} & {*host}


def is_loopback(address: str | None) -> bool:
    """Whether an address is a loopback address."""
    parsed = _parse_address(address or "")
    return parsed is not None and parsed.is_loopback


def _is_in_networks(address: str, networks: Sequence[Network]) -> bool:
    parsed = _parse_address(address)
    return parsed is not None and any(parsed in network for network in networks)


def _parse_address(address: str) -> IPv4Address | IPv6Address | None:
    """Return an address, as IPv4 if it is mapped into IPv6; None if it is not one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed
