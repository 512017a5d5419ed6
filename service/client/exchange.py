"""What both clients do with requests and responses, apart from waiting for them."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, NamedTuple

import httpx

from service.client.batches import BATCH_HEADERS, BATCH_PATH, Line, auth_headers, join_lines
from service.client.batches import encode_json as encode_json
from service.client.decoding import decode
from service.client.errors import StoryfoldError, error_from_problem
from service.client.operations import ConflictProblem, IngestResult, LineProblem, Problem
from service.client.retries import Retries

_CONNECT_SECONDS: Final = 10.0
_READ_SECONDS: Final = 120.0
_MAX_QUOTED_CHARS: Final = 300
"""Longest part of an answer that an error quotes."""
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Failures before anything was sent."""


class Call(NamedTuple):
    """A request, and how it may be repeated."""

    request: httpx.Request
    retries: Retries
    is_repeatable: bool = True
    is_streamed: bool = False
    """Whether the body is left to be read as it arrives."""

    @property
    def http_options(self) -> dict[str, Any]:
        """How httpx sends it; only a GET follows redirects, since others would lose their body."""
        return {"stream": self.is_streamed, "follow_redirects": self.request.method == "GET"}

    def wait_after_failure(self, error: Exception, attempt: int) -> float:
        """Return the seconds to wait after a lost connection.

        Raises
        ------
        StoryfoldError
            If the request is not to be repeated.
        """
        was_sent = not isinstance(error, _NOT_SENT)
        wait = self.retries.wait_after_failure(attempt, self.is_repeatable, was_sent)
        if wait is None:
            raise error_from_failure(error) from error
        return wait

    def wait_after_response(self, response: httpx.Response, attempt: int) -> float | None:
        """Return the seconds to wait after a response that is an error; None if it is final."""
        retry_after = response.headers.get("Retry-After")
        return self.retries.wait_after_status(
            attempt, response.status_code, retry_after, self.is_repeatable
        )


def client_arguments(url: str, token: str | None, **given: Any) -> dict[str, Any]:
    """Return the arguments of httpx's clients; certificates are those that the system trusts.

    Raises
    ------
    ValueError
        If the address is not one of a service.
    """
    if httpx.URL(url).scheme not in ("http", "https"):
        raise ValueError(f"{url!r} is not an http or https address")
    return {
        "base_url": url,
        "headers": {"Accept": "application/json", **auth_headers(token)},
        "timeout": httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS),
        "verify": ssl.create_default_context(),
        **given,
    }


def request_arguments(
    method: str,
    path: str,
    query: Mapping[str, Any] | None = None,
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the arguments of a request; a long poll may take as long as it asks to wait."""
    query = {name: _query_text(value) for name, value in (query or {}).items() if value is not None}
    arguments: dict[str, Any] = {"method": method, "url": path, "params": query}
    if body is not None:
        arguments["content"] = body if isinstance(body, bytes) else encode_json(body)
        arguments["headers"] = {"Content-Type": "application/json", **(headers or {})}
    if "wait" in query:
        arguments["timeout"] = httpx.Timeout(
            _READ_SECONDS + float(query["wait"]), connect=_CONNECT_SECONDS
        )
    return arguments


def batch_arguments(lines: Sequence[bytes], dry_run: bool | None = None) -> dict[str, Any]:
    """Return the arguments of a request that posts lines of JSON."""
    arguments = request_arguments("POST", BATCH_PATH, {"dry_run": dry_run})
    return {**arguments, "content": join_lines(lines), "headers": BATCH_HEADERS}


def _query_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def read_answer(answer_type: Any, response: httpx.Response) -> Any:
    """Return the answer of a successful response.

    Raises
    ------
    StoryfoldError
        If it is not an answer of storyfold.
    """
    if answer_type is None:
        return None
    if answer_type is str:
        return response.text
    return decode_json(answer_type, response.content, response.status_code)


def decode_json(answer_type: Any, content: bytes, status: int | None = 200) -> Any:
    """Return JSON as a type.

    Raises
    ------
    StoryfoldError
        If it is not JSON, or not of this type.
    """
    try:
        return decode(answer_type, json.loads(content))
    except ValueError as error:
        quoted = content[:_MAX_QUOTED_CHARS].decode(errors="replace")
        message = f"not an answer of storyfold: {quoted!r}"
        raise StoryfoldError(message, status=status) from error


def is_done(response: httpx.Response, attempt: int) -> bool:
    """Whether the request is done: an article that is gone after a lost answer was removed."""
    was_removed = attempt > 1 and response.request.method == "DELETE"
    return response.is_success or (was_removed and response.status_code == httpx.codes.NOT_FOUND)


def error_from_response(response: httpx.Response) -> StoryfoldError:
    """Return the exception of a response that was read."""
    try:
        return error_from_problem(decode(ConflictProblem | Problem, response.json()))
    except ValueError:
        quoted = response.text[:_MAX_QUOTED_CHARS].strip()
        message = f"{response.status_code} {response.reason_phrase}: {quoted}"
        return StoryfoldError(message, status=response.status_code)


def error_from_failure(error: Exception) -> StoryfoldError:
    """Return the exception of a lost or refused connection."""
    return StoryfoldError(f"no answer: {type(error).__name__}: {error}")


class BatchDelivery:
    """The lines of a batch that have no result yet, in order, and what becomes of them.

    If an answer breaks off, the lines without one are posted again, in their order: a line that was
    stored already is `unchanged` then.
    """

    def __init__(self, lines: Sequence[Line], attempts: int) -> None:
        self._lines = list(lines)
        self._size = len(self._lines)
        self._attempts = attempts
        self._unanswered = 0
        self.attempt = 1
        """Number of the request, counted from the last one that had a result."""

    def __bool__(self) -> bool:
        return bool(self._lines)

    @property
    def is_answered(self) -> bool:
        """Whether all lines of the last request have a result."""
        return not self._unanswered

    def next_lines(self) -> list[bytes]:
        """Return the lines of the next request."""
        lines = self._lines[: self._size]
        self._unanswered = len(lines)
        return [line.content for line in lines]

    def accept(self, answer: bytes) -> IngestResult | LineProblem | None:
        """Return the result of the first line; None if it is to be posted again later."""
        if self.is_answered:
            raise StoryfoldError("not an answer of storyfold: too many results", status=200)
        result: IngestResult | LineProblem = decode_json(IngestResult | LineProblem, answer)
        if isinstance(result, LineProblem):
            if result.status == httpx.codes.SERVICE_UNAVAILABLE and self.attempt < self._attempts:
                return None
            result = replace(result, line=self._lines[0].number)
        self.attempt = 1
        self._unanswered -= 1
        del self._lines[0]
        return result

    def shrink(self, error: StoryfoldError) -> LineProblem | None:
        """Halve the requests, which are too large; return the problem of a line that is alone.

        Raises
        ------
        StoryfoldError
            The error, if it is another one.
        """
        if error.status != httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            raise error
        sent = min(self._size, len(self._lines))
        if sent > 1:
            self._size = sent // 2
            return None
        detail = error.problem.detail if error.problem else str(error)
        return LineProblem(
            type="/docs#problem-413", title="Content Too Large", status=413, detail=detail,
            line=self._lines.pop(0).number,
        )  # fmt: skip
