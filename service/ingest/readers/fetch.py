"""Fetch feeds and sitemaps from the web, with limits on size and time."""

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
"""Largest response, compressed or not; a larger one is an error."""
MAX_FETCH_SECONDS: Final = 30.0
"""Longest time for a whole response; a slower server is an error."""

_CONNECT_TIMEOUT_SECONDS: Final = 10.0
_CHUNK_BYTES: Final = 64 << 10
_RETRY_POLICY: Final = Retry(connect=0, read=0, status=0, other=0, redirect=5)
"""Follow redirects only: a failed fetch is reported at once, and the command can be repeated."""
_HEADERS: Final = {
    "User-Agent": "storyfold",
    "Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.1",
    "Accept-Encoding": "gzip",
}
_VALIDATORS: Final = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
"""Response headers that name a version, best first, and the request headers that send it back."""
_GZIP_MAGIC: Final = b"\x1f\x8b"


class FetchError(Exception):
    """An address could not be fetched; the message says why."""


@dataclass(frozen=True, slots=True)
class FetchResult:
    """The content of an address."""

    version_tag: str
    """Differs when the content differs: ETag, Last-Modified, or a hash of the content."""
    content: bytes


def fetch(url: str, known_version_tag: str | None = None) -> FetchResult | None:
    """Return the content of an address, or None if it is still the known version.

    Parameters
    ----------
    url : str
        An http or https address.
    known_version_tag : str, optional
        The version that need not be sent again.

    Raises
    ------
    FetchError
    """
    headers = {**_HEADERS, **_conditional_headers(known_version_tag)}
    timeout = Timeout(connect=_CONNECT_TIMEOUT_SECONDS, read=MAX_FETCH_SECONDS)
    try:
        with (
            PoolManager(retries=_RETRY_POLICY, timeout=timeout) as pool,
            pool.request("GET", url, headers=headers, preload_content=False) as response,
        ):
            if response.status == 304:
                return None
            if response.status != 200:
                raise FetchError(f"the server answered {response.status}")
            result = _build_result(response)
    except (HTTPError, OSError, EOFError, zlib.error) as error:
        raise FetchError(f"not fetched: {error}") from error
    return None if result.version_tag == known_version_tag else result


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
    while chunk := response.read1(_CHUNK_BYTES, decode_content=True):
        content += chunk
        _check_size(content)
        if time.monotonic() > deadline:
            raise FetchError(f"not fetched within {MAX_FETCH_SECONDS:.0f} seconds")
    if content[:2] != _GZIP_MAGIC:
        return bytes(content)
    with gzip.open(io.BytesIO(content)) as file:  # .xml.gz, whatever content type the server sends
        unpacked = file.read(MAX_FETCH_BYTES + 1)
    _check_size(unpacked)
    return unpacked


def _check_size(content: bytes | bytearray) -> None:
    if len(content) > MAX_FETCH_BYTES:
        raise FetchError(f"longer than {MAX_FETCH_BYTES:,} bytes")
