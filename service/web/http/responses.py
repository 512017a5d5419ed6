"""JSON, NDJSON and array responses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from flask import Response
from pydantic import TypeAdapter

from service.common import media_types
from service.web.http.problems import ProblemError

_T = TypeVar("_T")


def ndjson_lines(documents: Iterable[bytes]) -> Iterator[bytes]:
    for document in documents:
        yield document + b"\n"


def json_array(documents: Iterable[bytes]) -> Iterator[bytes]:
    before = b"[\n"
    for document in documents:
        yield before + document
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def json_response(adapter: TypeAdapter[_T], value: _T) -> Response:
    return Response(adapter.dump_json(value) + b"\n", mimetype=media_types.JSON)


def found_or_404(value: _T | None, noun: str) -> _T:
    if value is None:
        raise ProblemError(404, f"no such {noun}")
    return value
