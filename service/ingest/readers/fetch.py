"""Fetch feeds and sitemaps from the web, with limits on size and time."""

from __future__ import annotations

import gzip
import hashlib
import io
import threading
import time
import zlib
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from urllib3 import BaseHTTPResponse, Retry, Timeout
from urllib3.exceptions import HTTPError, MaxRetryError, ResponseError

from service.common import outbound

MAX_FETCH_BYTES: Final = 32 << 20
"""Largest response, compressed or not; a larger one is an error."""
MAX_FETCH_SECONDS: Final = 30.0
"""Longest time for an address with all redirects; a slower server is an error."""
MAX_REDIRECTS: Final = 5

_CONNECT_TIMEOUT_SECONDS: Final = 10.0
_CHUNK_BYTES: Final = 64 << 10
_RETRY_POLICY: Final = Retry(connect=0, read=0, status=0, other=0, redirect=MAX_REDIRECTS)
"""Follow redirects only: a failed fetch is reported at once, and the command can be repeated."""
_HEADERS: Final = {
    "User-Agent": "storyfold",
    "Accept": "application/atom+xml, application/rss+xml, application/feed+json,"
    " application/xml;q=0.9, */*;q=0.1",
    "Accept-Encoding": "gzip",
}
_VALIDATORS: Final = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
"""Response headers that name a version, best first, and the request headers that send it back."""
_TOO_SLOW: Final = "not fetched within {:.0f} seconds"
_GZIP_MAGIC: Final = b"\x1f\x8b"


class FetchError(Exception):
    """An address could not be fetched; the message says why."""


@dataclass(frozen=True, slots=True)
class FetchResult:
    """The content of an address."""

    version_tag: str
    """Differs when the content differs: ETag, Last-Modified, or a hash of the content."""
    content: bytes
    url: str = ""
    """Where it was found, after redirects."""
    content_type: str = ""


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
    attempt = _Attempt(url, {**_HEADERS, **_conditional_headers(known_version_tag)})
    result = attempt.wait()
    return None if result is None or result.version_tag == known_version_tag else result


class _Attempt:
    """A request in a thread of its own.

    A server that sends a byte now and then keeps every single read short. A thread can be left
    behind when the time for all of them is over.
    """

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._url = url
        self._headers = headers
        self._deadline = time.monotonic() + MAX_FETCH_SECONDS
        self._result: FetchResult | None = None
        self._error: Exception | None = None

    def wait(self) -> FetchResult | None:
        thread = threading.Thread(target=self._run, name=f"fetch {self._url}", daemon=True)
        thread.start()
        thread.join(MAX_FETCH_SECONDS)
        if thread.is_alive():
            raise FetchError(_TOO_SLOW.format(MAX_FETCH_SECONDS))
        if self._error is not None:
            raise self._error
        return self._result

    def _run(self) -> None:
        try:
            self._result = _request(self._url, self._headers, self._deadline)
        except FetchError as error:
            self._error = error
        except (HTTPError, OSError, EOFError, ValueError, zlib.error) as error:
            self._error = FetchError(f"not fetched: {_describe(error)}")
        except Exception as error:  # it would only be printed, and the wait would not see it
            self._error = FetchError(f"not fetched: {error!r}")


def _request(url: str, headers: dict[str, str], deadline: float) -> FetchResult | None:
    timeout = Timeout(connect=_CONNECT_TIMEOUT_SECONDS, read=MAX_FETCH_SECONDS)
    with (
        outbound.guarded_pool(retries=_RETRY_POLICY, timeout=timeout) as pool,
        pool.request("GET", url, headers=headers, preload_content=False) as response,
    ):
        if response.status == 304:
            return None
        if response.status != 200:
            raise FetchError(f"the server answered {response.status}")
        return _build_result(url, response, deadline)


def _describe(error: Exception) -> str:
    if isinstance(error, MaxRetryError) and isinstance(error.reason, ResponseError):
        return f"redirected more than {MAX_REDIRECTS} times"
    return str(error)


def _conditional_headers(known_version_tag: str | None) -> dict[str, str]:
    kind, _, value = (known_version_tag or "").partition(":")
    return {_VALIDATORS[kind]: value} if kind in _VALIDATORS else {}


def _build_result(url: str, response: BaseHTTPResponse, deadline: float) -> FetchResult:
    content = _read_bounded(response, deadline)
    found_at = url
    for redirect in response.retries.history if response.retries else ():
        found_at = urljoin(found_at, redirect.redirect_location or "")
    return FetchResult(
        _version_tag(response, content),
        content,
        found_at,
        response.headers.get("Content-Type", ""),
    )


def _version_tag(response: BaseHTTPResponse, content: bytes) -> str:
    for kind in _VALIDATORS:
        if value := response.headers.get(kind):
            return f"{kind}:{value}"
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _read_bounded(response: BaseHTTPResponse, deadline: float) -> bytes:
    content = bytearray()
    while chunk := response.read1(_CHUNK_BYTES, decode_content=True):
        content += chunk
        _check_size(content)
        if time.monotonic() > deadline:
            raise FetchError(_TOO_SLOW.format(MAX_FETCH_SECONDS))
    if content[:2] != _GZIP_MAGIC:
        return bytes(content)
    with gzip.open(io.BytesIO(content)) as file:  # .xml.gz, whatever content type the server sends
        unpacked = file.read(MAX_FETCH_BYTES + 1)
    _check_size(unpacked)
    return unpacked


def _check_size(content: bytes | bytearray) -> None:
    if len(content) > MAX_FETCH_BYTES:
        raise FetchError(f"longer than {MAX_FETCH_BYTES:,} bytes")
