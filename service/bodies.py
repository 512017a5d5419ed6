"""Request bodies: JSON, arrays of it, and lines of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple, NoReturn

from flask import Request

from service.problems import ProblemError
from service.submission import Fault

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
LINES: Final = frozenset(
    {NDJSON, "application/ndjson", "application/jsonl", "application/x-jsonlines"}
)


class Line(NamedTuple):
    """One article of a batch, decoded or not to be decoded."""

    number: int
    content: object
    error: ProblemError | None = None


def one(request: Request) -> object:
    """Return the JSON value of a body.

    Raises
    ------
    ProblemError
        400 if it is not JSON in UTF-8; 415 if it says it is something else.
    """
    _check_kind(request, {JSON, ""})
    return _decode(request.get_data(cache=False))


def one_or_none(request: Request) -> object:
    """Return the JSON value of a body, and None if there is no body.

    Raises
    ------
    ProblemError
    """
    return one(request) if request.get_data() else None


def lines(request: Request) -> Iterable[Line]:
    """Return what the articles of a batch hold, in order.

    Raises
    ------
    ProblemError
        If an array can't be read. A line that can't be read carries its error instead.
    """
    _check_kind(request, {*LINES, JSON, ""})
    if request.mimetype == JSON:
        return _elements(_decode(request.get_data(cache=False)))
    return _lines(request.stream)


def _lines(stream: Iterable[bytes]) -> Iterator[Line]:
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        try:
            yield Line(number, _decode(line))
        except ProblemError as error:
            yield Line(number, None, error)


def _elements(value: object) -> Iterable[Line]:
    if not isinstance(value, list):
        raise ProblemError(422, "a batch is a JSON array", Fault("", "must be an array"))
    return (Line(number, element) for number, element in enumerate(value, start=1))


def _check_kind(request: Request, kinds: set[str]) -> None:
    # What curl and HTML forms say when nobody told them is not JSON by accident.
    if request.mimetype not in kinds:
        known = " or ".join(sorted(kind for kind in kinds if kind))
        raise ProblemError(415, f"the body is {request.mimetype}; expected {known}")
    if request.content_encoding not in (None, "", "identity"):
        raise ProblemError(415, "compressed bodies are not read")


def _decode(body: bytes) -> object:
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise ProblemError(400, f"not UTF-8 at byte {error.start}") from None
    except (ValueError, RecursionError) as error:
        raise ProblemError(400, f"not JSON: {error}") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def dump(value: Any) -> bytes:
    """Return a plain value as JSON."""
    return json.dumps(value, ensure_ascii=False).encode()
