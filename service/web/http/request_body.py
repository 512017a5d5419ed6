"""Request bodies: JSON, arrays of it, and lines of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, NoReturn

from flask import Request

from service.common.media_types import JSON, NDJSON_TYPES
from service.common.validation import FieldError
from service.web.http.problems import ProblemError


class BatchLine(NamedTuple):
    """One article of a batch, decoded or not to be decoded."""

    number: int
    content: object
    error: ProblemError | None = None


def read_json(request: Request) -> object:
    """Return the JSON value of a body.

    Raises
    ------
    ProblemError
        400 if it is not JSON in UTF-8; 415 if it says it is something else.
    """
    _check_media_type(request, {JSON, ""})
    return _decode_json(request.get_data(cache=False))


def read_optional_json(request: Request) -> object:
    """Return the JSON value of a body, and None if there is no body.

    Raises
    ------
    ProblemError
    """
    return read_json(request) if request.get_data() else None


def read_batch(request: Request) -> Iterable[BatchLine]:
    """Return what the articles of a batch hold, in order.

    Raises
    ------
    ProblemError
        If an array can't be read. A line that can't be read carries its error instead.
    """
    _check_media_type(request, {*NDJSON_TYPES, JSON, ""})
    if request.mimetype == JSON:
        return _parse_array(_decode_json(request.get_data(cache=False)))
    return _parse_ndjson(request.stream)


def _parse_ndjson(stream: Iterable[bytes]) -> Iterator[BatchLine]:
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        try:
            yield BatchLine(number, _decode_json(line))
        except ProblemError as error:
            yield BatchLine(number, None, error)


def _parse_array(value: object) -> Iterable[BatchLine]:
    if not isinstance(value, list):
        raise ProblemError(422, "a batch is a JSON array", FieldError("", "must be an array"))
    return (BatchLine(number, element) for number, element in enumerate(value, start=1))


def _check_media_type(request: Request, media_types: set[str]) -> None:
    # What curl and HTML forms say when nobody told them is not JSON by accident.
    if request.mimetype not in media_types:
        known = " or ".join(sorted(kind for kind in media_types if kind))
        raise ProblemError(415, f"the body is {request.mimetype}; expected {known}")
    if request.content_encoding not in (None, "", "identity"):
        raise ProblemError(415, "compressed bodies are not read")


def _decode_json(body: bytes) -> object:
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_reject_constant)
    except UnicodeDecodeError as error:
        raise ProblemError(400, f"not UTF-8 at byte {error.start}") from None
    except (ValueError, RecursionError) as error:
        raise ProblemError(400, f"not JSON: {error}") from None


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def dump_json(value: Any) -> bytes:
    """Return a plain value as JSON."""
    return json.dumps(value, ensure_ascii=False).encode()
