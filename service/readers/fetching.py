"""Feeds and sitemaps from the web, within bounds of size and time."""

from __future__ import annotations

import gzip
import hashlib
import io
import time
import zlib
from dataclasses import dataclass
from typing import Final

from urllib3 import BaseHTTPResponse, PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

LARGEST: Final = 32 << 20
"""Bytes after which a feed is given up, packed or not."""
PATIENCE: Final = 30.0
"""Seconds after which it is given up."""

_CONNECT_SECONDS: Final = 10.0
_PORTION: Final = 64 << 10
_REDIRECTS: Final = Retry(connect=0, read=0, status=0, other=0, redirect=5)
_HEADERS: Final = {
    "User-Agent": "storyfold",
    "Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.1",
    "Accept-Encoding": "gzip",
}
_VALIDATORS: Final = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}


class FetchError(Exception):
    """An address that gave nothing to read; the message says why."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What stood at an address."""

    edition: str
    """Tells it from what stands there another time."""
    content: bytes


def fetch(address: str, known: str | None = None) -> Fetched | None:
    """Return what stands at an address; None if it is still the known edition.

    Parameters
    ----------
    address : str
        An http or https address.
    known : str, optional
        The edition that need not be sent again.

    Raises
    ------
    FetchError
    """
    asked = {**_HEADERS, **_unless(known)}
    timeout = Timeout(connect=_CONNECT_SECONDS, read=PATIENCE)
    try:
        with (
            PoolManager(retries=_REDIRECTS, timeout=timeout) as pool,
            pool.request("GET", address, headers=asked, preload_content=False) as answer,
        ):
            if answer.status == 304:
                return None
            if answer.status != 200:
                raise FetchError(f"the answer was {answer.status}")
            found = _fetched(answer)
    except (HTTPError, OSError, EOFError, zlib.error) as error:
        raise FetchError(f"not fetched: {error}") from error
    return None if found.edition == known else found


def _unless(known: str | None) -> dict[str, str]:
    kind, _, value = (known or "").partition(":")
    return {_VALIDATORS[kind]: value} if kind in _VALIDATORS else {}


def _fetched(answer: BaseHTTPResponse) -> Fetched:
    content = _bounded(answer)
    for kind in _VALIDATORS:
        if value := answer.headers.get(kind):
            return Fetched(f"{kind}:{value}", content)
    return Fetched(f"sha256:{hashlib.sha256(content).hexdigest()}", content)


def _bounded(answer: BaseHTTPResponse) -> bytes:
    deadline = time.monotonic() + PATIENCE
    content = bytearray()
    while portion := answer.read1(_PORTION, decode_content=True):
        content += portion
        _check_size(content)
        if time.monotonic() > deadline:
            raise FetchError(f"not fetched within {PATIENCE:.0f} seconds")
    if content[:2] != b"\x1f\x8b":
        return bytes(content)
    with gzip.open(io.BytesIO(content)) as packed:  # a file .xml.gz, whatever the server calls it
        unpacked = packed.read(LARGEST + 1)
    _check_size(unpacked)
    return unpacked


def _check_size(content: bytes | bytearray) -> None:
    if len(content) > LARGEST:
        raise FetchError(f"longer than {LARGEST:,} bytes")
