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

MAX_FETCH_BYTES: Final = 32 << 20
"""Bytes after which a feed is given up, packed or not."""
MAX_FETCH_SECONDS: Final = 30.0
"""Seconds after which it is given up."""

_CONNECT_TIMEOUT_SECONDS: Final = 10.0
_CHUNK_BYTES: Final = 64 << 10
_RETRY_POLICY: Final = Retry(connect=0, read=0, status=0, other=0, redirect=5)
_HEADERS: Final = {
    "User-Agent": "storyfold",
    "Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.1",
    "Accept-Encoding": "gzip",
}
_VALIDATORS: Final = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}


class FetchError(Exception):
    """An address that gave nothing to read; the message says why."""


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What stood at an address."""

    version_tag: str
    """Tells it from what stands there another time."""
    content: bytes


def fetch(url: str, known_version_tag: str | None = None) -> FetchResult | None:
    """Return what stands at an address; None if it is still the known edition.

    Parameters
    ----------
    url : str
        An http or https address.
    known_version_tag : str, optional
        The edition that need not be sent again.

    Raises
    ------
    FetchError
    """
    asked = {**_HEADERS, **_conditional_headers(known_version_tag)}
    timeout = Timeout(connect=_CONNECT_TIMEOUT_SECONDS, read=MAX_FETCH_SECONDS)
    try:
        with (
            PoolManager(retries=_RETRY_POLICY, timeout=timeout) as pool,
            pool.request("GET", url, headers=asked, preload_content=False) as answer,
        ):
            if answer.status == 304:
                return None
            if answer.status != 200:
                raise FetchError(f"the answer was {answer.status}")
            found = _build_result(answer)
    except (HTTPError, OSError, EOFError, zlib.error) as error:
        raise FetchError(f"not fetched: {error}") from error
    return None if found.version_tag == known_version_tag else found


def _conditional_headers(known_version_tag: str | None) -> dict[str, str]:
    kind, _, value = (known_version_tag or "").partition(":")
    return {_VALIDATORS[kind]: value} if kind in _VALIDATORS else {}


def _build_result(response: BaseHTTPResponse) -> FetchResult:
    content = _read_bounded(response)
    for kind in _VALIDATORS:
        if value := response.headers.get(kind):
            return FetchResult(f"{kind}:{value}", content)
    return FetchResult(f"sha256:{hashlib.sha256(content).hexdigest()}", content)


def _read_bounded(response: BaseHTTPResponse) -> bytes:
    deadline = time.monotonic() + MAX_FETCH_SECONDS
    content = bytearray()
    while portion := response.read1(_CHUNK_BYTES, decode_content=True):
        content += portion
        _check_size(content)
        if time.monotonic() > deadline:
            raise FetchError(f"not fetched within {MAX_FETCH_SECONDS:.0f} seconds")
    if content[:2] != b"\x1f\x8b":
        return bytes(content)
    with gzip.open(io.BytesIO(content)) as packed:  # a file .xml.gz, whatever the server calls it
        unpacked = packed.read(MAX_FETCH_BYTES + 1)
    _check_size(unpacked)
    return unpacked


def _check_size(content: bytes | bytearray) -> None:
    if len(content) > MAX_FETCH_BYTES:
        raise FetchError(f"longer than {MAX_FETCH_BYTES:,} bytes")
