"""Requests that others name reach no private address, whatever the name resolves to."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from urllib3 import Retry

from service import settings
from service.common import outbound
from service.common.outbound import ForbiddenAddressError
from service.ingest.readers import fetch
from service.ingest.readers.fetch import FetchError
from tests.support.recording_server import CannedResponse, recording_server

PRIVATE = [
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1"),
    *("169.254.169.254", "100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1"),
    *("64:ff9b::10.0.0.1", "2002:7f00:1::", "::ffff:169.254.169.254"),
]


@pytest.fixture
def nothing_allowed() -> Iterator[None]:
    outbound.allow_networks(())
    yield
    outbound.allow_networks(settings.load().private_networks)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Addresses of names; each look-up of a name takes the next ones."""
    answers: dict[str, list[str]] = {}
    resolve = socket.getaddrinfo

    def getaddrinfo(host: str, *arguments: Any, **options: Any) -> Any:
        known = answers.get(host)
        if known is None:
            return resolve(host, *arguments, **options)
        return resolve(known.pop(0) if len(known) > 1 else known[0], *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return answers


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused(nothing_allowed: None, address: str) -> None:
    assert not outbound.is_allowed(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::8.8.8.8"])
def test_public_addresses_are_allowed(nothing_allowed: None, address: str) -> None:
    assert outbound.is_allowed(address)


def test_listed_network_is_allowed() -> None:
    assert outbound.is_allowed("127.0.0.9")
    assert outbound.is_allowed("::ffff:127.0.0.9")
    assert not outbound.is_allowed("10.0.0.1")


def request(url: str, trusted_hosts: tuple[str, ...] = ()) -> int:
    with outbound.guarded_pool(trusted_hosts, retries=Retry(0)) as pool:
        return int(pool.request("GET", url).status)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]", "rebound.example"],
)
def test_every_spelling_of_this_machine_is_refused(
    nothing_allowed: None, names: dict[str, list[str]], host: str
) -> None:
    names["rebound.example"] = ["127.0.0.1"]
    with pytest.raises(ForbiddenAddressError, match="STORYFOLD_PRIVATE_NETWORKS"):
        request(f"http://{host}:9/")


def test_name_is_resolved_once(
    nothing_allowed: None, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Public when it is checked, private a moment later: the checked address is used."""
    names["rebound.example"] = ["8.8.8.8", "127.0.0.1"]
    connected: list[Any] = []

    def connect(address: Any, *_: Any, **__: Any) -> socket.socket:
        connected.append(address)
        raise OSError("not in a test")

    monkeypatch.setattr(outbound, "create_connection", connect)
    with pytest.raises(Exception, match="no connection to rebound"):
        request("http://rebound.example/")
    assert connected == [("8.8.8.8", 80)]


def test_private_address_beside_a_public_one_is_left_out(
    nothing_allowed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [(None, None, None, "", (address, 80)) for address in ("10.0.0.1", "8.8.8.8")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    connected: list[Any] = []

    def connect(address: Any, *_: Any, **__: Any) -> socket.socket:
        connected.append(address)
        raise OSError("not in a test")

    monkeypatch.setattr(outbound, "create_connection", connect)
    with pytest.raises(Exception, match="no connection"):
        request("http://two.example/")
    assert connected == [("8.8.8.8", 80)]


def test_redirect_to_a_private_address_is_refused(names: dict[str, list[str]]) -> None:
    names["inner.example"] = ["10.0.0.1"]
    moved = CannedResponse(302, headers={"Location": "http://inner.example/feed.xml"})
    refused = pytest.raises(FetchError, match=r"inner\.example is in a private network")
    with recording_server(lambda _: moved) as server, refused:
        fetch.fetch(f"{server.address}/feed.xml")


def test_feed_of_a_private_address_is_refused(nothing_allowed: None) -> None:
    with pytest.raises(FetchError, match="private network"):
        fetch.fetch("http://169.254.169.254/latest/meta-data")


def test_trusted_host_may_be_private(nothing_allowed: None) -> None:
    with recording_server() as server:
        assert request(server.address, ("127.0.0.1",)) == 200
        with pytest.raises(ForbiddenAddressError):
            request(server.address)
