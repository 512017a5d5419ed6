"""Request bodies: a JSON value, a JSON array of articles, or NDJSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from flask import Request

from service.common import strict_json
from service.common.media_types import JSON, NDJSON_TYPES
from service.common.validation import FieldError
from service.web.http.problems import ProblemError


class BatchLine(NamedTuple):
    """One article of a batch: the decoded JSON value, or the error of decoding it."""

    number: int
    content: object
    error: ProblemError | None = None


def read_json(request: Request) -> object:
    """Return the JSON value of a body.

    Raises
    ------
    ProblemError
        400 if the body is not JSON in UTF-8; 415 if it is declared as another media type.
    """
    _check_media_type(request, {JSON, ""})
    return _decode_json(request.get_data(cache=False))


def read_optional_json(request: Request) -> object:
    """Return the JSON value of a body, or None if the body is empty.

    Raises
    ------
    ProblemError
        As `read_json` does.
    """
    return read_json(request) if request.get_data() else None


def read_batch(request: Request) -> Iterable[BatchLine]:
    """Return the articles of a batch in order.

    An NDJSON body is read as it is iterated over.

    Raises
    ------
    ProblemError
        If an array cannot be read. A line of NDJSON that cannot be read carries its error instead.
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
    # The default types of curl and HTML forms are refused: such a body is not meant as JSON.
    if request.mimetype not in media_types:
        expected = " or ".join(sorted(media_type for media_type in media_types if media_type))
        raise ProblemError(415, f"the body is {request.mimetype}; expected {expected}")
    if request.content_encoding not in (None, "", "identity"):
        raise ProblemError(415, "compressed bodies are not supported")


def _decode_json(body: bytes) -> object:
    try:
        return strict_json.parse(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ProblemError(400, f"not UTF-8 at byte {error.start}") from None
    except (ValueError, RecursionError) as error:
        raise ProblemError(400, f"not JSON: {error}") from None
