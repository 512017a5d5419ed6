"""JSON, NDJSON and array responses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from flask import Response
from pydantic import TypeAdapter

from service.common import media_types
from service.web.http.problems import ProblemError

_T = TypeVar("_T")


def json_response(adapter: TypeAdapter[_T], value: _T, status: int = 200) -> Response:
    """Return a value of a described type as JSON, ended by a line break."""
    return Response(adapter.dump_json(value) + b"\n", status, mimetype=media_types.JSON)


def plain_json_response(value: Mapping[str, Any], status: int = 200) -> Response:
    """Return a JSON object that has no type of its own."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return Response(body, status, mimetype=media_types.JSON)


def ndjson_lines(documents: Iterable[bytes]) -> Iterator[bytes]:
    """Yield JSON documents as the lines of an NDJSON body."""
    for document in documents:
        yield document + b"\n"


def json_array(documents: Iterable[bytes]) -> Iterator[bytes]:
    """Yield JSON documents as the parts of one array, a document at a time."""
    separator = b"[\n"
    for document in documents:
        yield separator + document
        separator = b",\n"
    yield b"[]\n" if separator == b"[\n" else b"\n]\n"


def found_or_404(value: _T | None, noun: str) -> _T:
    """Return a value, or end the request with 404 if it is None.

    Parameters
    ----------
    value : object or None
    noun : str
        What was looked up, for the error text: "event".

    Raises
    ------
    ProblemError
    """
    if value is None:
        raise ProblemError(404, f"no such {noun}")
    return value
