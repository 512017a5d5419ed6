"""Requests to addresses that others name: webhooks, feeds, sitemaps, redirects of these.

They must not reach what only this machine can reach: itself, its network, the metadata service of a
cloud. So each connection resolves the name once, checks the addresses, and connects to one that was
checked. A name that resolves to something else a moment later (DNS rebinding) gains nothing, and a
redirect opens a new connection with a new check.
"""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any, Final

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

Network = IPv4Network | IPv6Network
_NAT64: Final = ip_network("64:ff9b::/96")
"""Addresses that a NAT64 gateway translates to the IPv4 address in their last 32 bits."""

_allowed_networks: tuple[Network, ...] = ()


class ForbiddenAddressError(HTTPError):
    """A name or address leads to a private network; the message says which."""


def allow_networks(networks: Iterable[Network]) -> None:
    """Set the private networks that requests of this process may reach."""
    global _allowed_networks
    _allowed_networks = tuple(networks)


def is_allowed(address: str) -> bool:
    """Whether requests may reach an IP address: it is public, or in an allowed network."""
    parsed = ip_address(address.partition("%")[0])
    if any(parsed in network for network in _allowed_networks):
        return True
    embedded = _embedded_ipv4(parsed)
    if embedded is not None:
        return is_allowed(str(embedded))
    return parsed.is_global and not parsed.is_multicast


def guarded_pool(trusted_hosts: Collection[str] = (), **options: Any) -> PoolManager:
    """Return a pool of connections to public addresses only.

    Parameters
    ----------
    trusted_hosts : collection of str
        Hosts, in lower case, that the operator named: they may have private addresses.
    **options
        Of `urllib3.PoolManager`.

    Returns
    -------
    PoolManager
        A request to a private address raises `ForbiddenAddressError`.
    """
    trusted = frozenset(trusted_hosts)

    class GuardedConnection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(self, trusted)

    class GuardedTLSConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(self, trusted)

    class GuardedPool(HTTPConnectionPool):
        ConnectionCls = GuardedConnection

    class GuardedTLSPool(HTTPSConnectionPool):
        ConnectionCls = GuardedTLSConnection

    pool = PoolManager(**options)
    pool.pool_classes_by_scheme = {"http": GuardedPool, "https": GuardedTLSPool}
    return pool


def _connect(connection: HTTPConnection, trusted_hosts: frozenset[str]) -> socket.socket:
    host = connection.host.strip("[]")
    addresses = _resolve(connection, host, connection.port or connection.default_port)
    if host.lower() not in trusted_hosts:
        addresses = _permitted(host, addresses)
    try:
        return _connect_to_first(connection, addresses)
    except OSError as error:
        raise NewConnectionError(connection, f"no connection to {host}: {error}") from error


def _resolve(connection: HTTPConnection, host: str, port: int) -> list[tuple[str, int]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        reason = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
        raise NameResolutionError(host, connection, reason) from error
    return [(str(address[0]), int(address[1])) for *_, address in found]


def _permitted(host: str, addresses: list[tuple[str, int]]) -> list[tuple[str, int]]:
    permitted = [address for address in addresses if is_allowed(address[0])]
    if not permitted:
        raise ForbiddenAddressError(
            f"{host} is in a private network; STORYFOLD_PRIVATE_NETWORKS lists those that may be"
            " reached"
        )
    return permitted


def _connect_to_first(
    connection: HTTPConnection, addresses: list[tuple[str, int]]
) -> socket.socket:
    """Connect to the first address that answers; each is numeric, so nothing is resolved again."""
    failure: OSError = OSError("it has no address")
    for address in addresses:
        try:
            return create_connection(
                address,
                connection.timeout,
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
        except OSError as error:
            failure = error
    raise failure


def _embedded_ipv4(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for, or None."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
