"""Clients that post batches and yield the results, over one persistent connection.

Both build the same requests by `service.client.batches`. Neither repeats anything: what has no
result stays in the spool, and the sender decides when to post it again.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Sequence
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from importlib.util import find_spec
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from service.client.batches import BATCH_HEADERS, BATCH_PATH, auth_headers, join_lines

_HAS_HTTPX: Final = find_spec("httpx") is not None
_CONNECT_TIMEOUT_SECONDS: Final = 10.0
_READ_TIMEOUT_SECONDS: Final = 120.0
_MAX_ERROR_CHARS: Final = 300
"""Longest part of an error response that is logged."""


class ServiceUnavailableError(Exception):
    """The service is unreachable, not ready or refuses the token; try again later."""


class TooLargeError(Exception):
    """The request is larger than the service accepts."""


class BatchClient(Protocol):
    """What the sender needs of a client."""

    def send(self, lines: Sequence[bytes]) -> Iterator[dict[str, Any]]:
        """Post lines of JSON, and yield one result for each as the service answers.

        Raises
        ------
        ServiceUnavailableError
            Lines with a result are stored; the others may be stored or not.
        TooLargeError
        """

    def close(self) -> None:
        """Close the connection, if there is one."""


def open_client(url: str, token: str | None) -> BatchClient:
    """Return a client: that of `service.client` if httpx is installed.

    Parameters
    ----------
    url : str
        Address of the service.
    token : str or None
        Bearer token.
    """
    return HttpxClient(url, token) if _HAS_HTTPX else StandardLibraryClient(url, token)


class HttpxClient:
    """Posts by the client of the API. Proxies that the crawler uses are not for the service."""

    def __init__(self, url: str, token: str | None) -> None:
        from service.client import StoryfoldClient, StoryfoldError

        self._client = StoryfoldClient(url, token, trust_env=False)
        self._error_class = StoryfoldError

    def send(self, lines: Sequence[bytes]) -> Iterator[dict[str, Any]]:
        """Post lines of JSON; see `BatchClient`."""
        try:
            with closing(self._client.post_lines(lines)) as answer:
                for _ in lines:
                    yield _parse_result(next(answer, b"") + b"\n")
                for _ in answer:  # to the end, so that the connection can be reused
                    pass
        except self._error_class as error:
            if error.status == 413:
                raise TooLargeError from error
            raise ServiceUnavailableError(str(error)) from error
        except ValueError as error:
            raise ServiceUnavailableError(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        """Close the connection, if there is one."""
        self._client.close()


class StandardLibraryClient:
    """Posts by the standard library, for crawlers without httpx."""

    def __init__(self, url: str, token: str | None) -> None:
        self._url = urlsplit(url)
        self._headers = {**BATCH_HEADERS, **auth_headers(token)}
        self._connection: HTTPConnection | None = None

    def send(self, lines: Sequence[bytes]) -> Iterator[dict[str, Any]]:
        """Post lines of JSON; see `BatchClient`."""
        try:
            response = self._post_batch(join_lines(lines))
            for _ in lines:
                yield _parse_result(response.readline())
            response.read()  # to the end, so that the connection can be reused
        except (OSError, HTTPException, ValueError) as error:
            self.close()
            raise ServiceUnavailableError(f"{type(error).__name__}: {error}") from error
        except (ServiceUnavailableError, GeneratorExit):
            self.close()
            raise

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _post_batch(self, body: bytes) -> HTTPResponse:
        connection = self._connection or self._connect()
        self._connection = connection
        connection.request("POST", self._url.path.rstrip("/") + BATCH_PATH, body, self._headers)
        response = connection.getresponse()
        if response.status == 413:
            self.close()
            raise TooLargeError
        if response.status != 200:
            body_start = response.read(_MAX_ERROR_CHARS).decode(errors="replace").strip()
            raise ServiceUnavailableError(f"{response.status} {response.reason}: {body_start}")
        return response

    def _connect(self) -> HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "https":
            context = ssl.create_default_context()
            connection: HTTPConnection = HTTPSConnection(
                host, port, timeout=_CONNECT_TIMEOUT_SECONDS, context=context
            )
        else:
            connection = HTTPConnection(host, port, timeout=_CONNECT_TIMEOUT_SECONDS)
        connection.connect()
        connection.sock.settimeout(_READ_TIMEOUT_SECONDS)
        return connection


def _parse_result(line: bytes) -> dict[str, Any]:
    if not line.endswith(b"\n"):
        raise ServiceUnavailableError("the response ended early")
    result = json.loads(line)
    if not isinstance(result, dict) or not ("article_id" in result or "status" in result):
        raise ServiceUnavailableError(f"not a result of storyfold: {line[:_MAX_ERROR_CHARS]!r}")
    return result
