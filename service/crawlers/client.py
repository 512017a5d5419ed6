"""Batches to the service and answers back, over one connection that is kept."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlsplit

_BATCH_PATH: Final = "/v1/articles/batch"
_CONNECT_TIMEOUT_SECONDS: Final = 10.0
_READ_TIMEOUT_SECONDS: Final = 120.0
_MAX_ERROR_CHARS: Final = 300


class ServiceUnavailableError(Exception):
    """The service is not there, or not ready, or not for us; try again later."""


class TooLargeError(Exception):
    """The service reads no request of that size."""


class StoryfoldClient:
    """The way to one service.

    Parameters
    ----------
    url : str
        Its address.
    token : str, optional
    """

    def __init__(self, url: str, token: str | None) -> None:
        self._url = urlsplit(url)
        self._headers = {
            "Content-Type": "application/x-ndjson",
            "Accept": "application/x-ndjson",
            **({"Authorization": f"Bearer {token}"} if token else {}),
        }
        self._connection: HTTPConnection | None = None

    def send(self, lines: Sequence[bytes]) -> Iterator[dict[str, Any]]:
        """Send lines, and yield one answer for each as they come.

        Raises
        ------
        ServiceUnavailableError
            Lines that have had an answer by then are safe; the others may be or not.
        TooLargeError
        """
        try:
            answer = self._post_batch(b"\n".join(lines) + b"\n")
            for _ in lines:
                yield _parse_answer(answer.readline())
            answer.read()  # the end of it, so that the connection can be used again
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
        connection.request("POST", self._url.path.rstrip("/") + _BATCH_PATH, body, self._headers)
        answer = connection.getresponse()
        if answer.status == 413:
            self.close()
            raise TooLargeError
        if answer.status != 200:
            said = answer.read(_MAX_ERROR_CHARS).decode(errors="replace").strip()
            raise ServiceUnavailableError(f"{answer.status} {answer.reason}: {said}")
        return answer

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


def _parse_answer(line: bytes) -> dict[str, Any]:
    if not line.endswith(b"\n"):
        raise ServiceUnavailableError("the answers ended early")
    answer = json.loads(line)
    if not isinstance(answer, dict) or not ("article_id" in answer or "status" in answer):
        raise ServiceUnavailableError(f"not an answer of storyfold: {line[:_MAX_ERROR_CHARS]!r}")
    return answer
