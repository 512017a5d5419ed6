"""Request bodies: a JSON value, a JSON array of articles, a JSON Feed, or NDJSON."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any, Final, NamedTuple

from flask import Request

from service.common import strict_json
from service.common.media_types import JSON, LD_JSON, NDJSON_TYPES, is_json
from service.common.validation import FieldError
from service.ingest.parsing import field_mapping
from service.ingest.parsing.json_feed import is_json_feed
from service.ingest.readers import Record, UnreadableRecord
from service.ingest.readers.json_feed import read_json_feed
from service.web.http import content_encoding
from service.web.http.problems import ProblemError

_BUFFER_BYTES: Final = 1 << 16
MAX_LINE_BYTES: Final = 32 << 20
"""Longest line of a batch: the longest page, with every character escaped, is shorter."""
MAX_BATCH_LINES: Final = 100_000
"""Lines, or elements of an array, of one batch."""


class BatchLine(NamedTuple):
    """One article of a batch, or the error of reading it."""

    number: int
    content: Record | ProblemError


def read_json(request: Request) -> object:
    """Return the JSON value of a body.

    Raises
    ------
    ProblemError
        400 if the body is not JSON in UTF-8; 413 if it is too large after decompression; 415 if it
        is declared as another media type, or in an encoding that is not supported.
    """
    _check_media_type(request, frozenset())
    return _decode_json(_read_whole(request))


def read_optional_json(request: Request) -> object:
    """Return the JSON value of a body, or None if the body is empty.

    Raises
    ------
    ProblemError
        As `read_json` does.
    """
    return read_json(request) if request.get_data() else None


def read_batch(request: Request) -> Iterable[BatchLine]:
    """Return the articles of a batch in order: lines of NDJSON, an array, or a JSON Feed's entries.

    An NDJSON body is read as it is iterated over.

    Raises
    ------
    ProblemError
        If an array cannot be read. A line of NDJSON that cannot be read carries its error instead.
    """
    _check_media_type(request, NDJSON_TYPES)
    if is_json(request.mimetype):
        return _parse_array(_decode_json(_read_whole(request)), request.mimetype)
    return _parse_ndjson(_open_body(request, _buffer(request.stream)))


def _buffer(stream: IO[bytes]) -> IO[bytes]:
    """Read a body in large pieces: werkzeug's limited stream reads a line byte by byte."""
    if isinstance(stream, io.RawIOBase):
        return io.BufferedReader(stream, _BUFFER_BYTES)
    return stream


def _read_whole(request: Request) -> bytes:
    return _open_body(request, io.BytesIO(request.get_data(cache=False))).read()


def _open_body(request: Request, stream: IO[bytes]) -> IO[bytes]:
    encoding = request.headers.get("Content-Encoding")
    return content_encoding.open_body(stream, encoding, request.max_content_length)


def _parse_ndjson(stream: IO[bytes]) -> Iterator[BatchLine]:
    """Yield the lines; where a body can't be decompressed further, the last says so."""
    number = 0
    try:
        for number, line in enumerate(iter_bounded_lines(stream, MAX_LINE_BYTES), start=1):
            if number > MAX_BATCH_LINES:
                raise ProblemError(413, f"a batch has at most {MAX_BATCH_LINES:,} lines")
            if line.strip():
                yield _parse_line(number, line)
    except ProblemError as error:
        yield BatchLine(number + 1, error)


def iter_bounded_lines(stream: IO[bytes], max_bytes: int) -> Iterator[bytes]:
    """Yield each line; of an overlong line only the part by which it can be told.

    Parameters
    ----------
    stream : file-like
    max_bytes : int
        Longest line; memory is bounded by it.
    """
    while line := stream.readline(max_bytes + 1):
        yield line
        while len(line) > max_bytes and not line.endswith(b"\n"):
            line = stream.readline(max_bytes + 1)


def _parse_line(number: int, line: bytes) -> BatchLine:
    try:
        if len(line) > MAX_LINE_BYTES:
            raise ProblemError(413, f"the line is longer than {MAX_LINE_BYTES:,} bytes")
        return BatchLine(number, Record("", _decode_json(line)))
    except ProblemError as error:
        return BatchLine(number, error)


def _parse_array(value: object, media_type: str) -> Iterable[BatchLine]:
    if isinstance(value, dict) and is_json_feed(value):
        return _parse_json_feed(value)
    if isinstance(value, dict) and media_type == LD_JSON:
        value = field_mapping.list_articles(value) or [value]
    if not isinstance(value, list):
        raise ProblemError(422, "a batch is a JSON array", FieldError("", "must be an array"))
    if len(value) > MAX_BATCH_LINES:
        raise ProblemError(413, f"a batch has at most {MAX_BATCH_LINES:,} articles")
    return (BatchLine(number, Record("", element)) for number, element in enumerate(value, start=1))


def _parse_json_feed(feed: Mapping[str, Any]) -> Iterator[BatchLine]:
    """Yield the entries as files of feeds are read, so that guids and addresses mean the same."""
    for number, item in enumerate(read_json_feed(feed, name=""), start=1):
        if isinstance(item, Record):
            yield BatchLine(number, item)
        elif isinstance(item, UnreadableRecord):
            yield BatchLine(number, ProblemError(422, item.reason))


def _check_media_type(request: Request, other_types: frozenset[str]) -> None:
    # The default types of curl and HTML forms are refused: such a body is not meant as JSON.
    if request.mimetype and not is_json(request.mimetype) and request.mimetype not in other_types:
        expected = " or ".join(sorted({JSON, *other_types}))
        raise ProblemError(415, f"the body is {request.mimetype}; expected {expected}")


def _decode_json(body: bytes) -> object:
    try:
        return strict_json.parse(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ProblemError(400, f"not UTF-8 at byte {error.start}") from None
    except ValueError as error:
        raise ProblemError(400, f"not JSON: {error}") from None
