"""Batches of articles: lines of JSON, split by number and bytes, and the lines of the answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

BATCH_PATH: Final = "/v1/articles/batch"
BATCH_HEADERS: Final = {"Content-Type": "application/x-ndjson", "Accept": "application/x-ndjson"}
MAX_LINES: Final = 500
"""Lines of one request."""
MAX_BYTES: Final = 8 << 20
"""Bytes of one request; a larger article is sent alone."""


class Line(NamedTuple):
    """An article of a batch: its position, counted from 1, and its JSON."""

    number: int
    content: bytes


def auth_headers(token: str | None) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def encode_json(value: object) -> bytes:
    """Return a value as JSON on one line; a date or time is written in ISO 8601.

    Raises
    ------
    TypeError, ValueError
        If JSON cannot represent it.
    """
    text = json.dumps(value, separators=(",", ":"), allow_nan=False, default=_encode_date)
    return text.encode()


def _encode_date(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON: {value!r}")


def join_lines(lines: Iterable[bytes]) -> bytes:
    """Return lines as the body of a request."""
    return b"".join(line + b"\n" for line in lines)


def split_batch(articles: Iterable[Mapping[str, Any]]) -> Iterator[Sequence[Line]]:
    """Yield articles as the lines of requests of bounded size, in their order."""
    chunk: list[Line] = []
    size = 0
    for number, article in enumerate(articles, start=1):
        line = Line(number, encode_json(article))
        if chunk and (len(chunk) == MAX_LINES or size + len(line.content) > MAX_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(line)
        size += len(line.content) + 1
    if chunk:
        yield chunk


class LineSplitter:
    r"""Cuts bytes, as they arrive, into the lines that have their end.

    Only `\n` ends a line: other line ends of Unicode may be part of JSON.
    """

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, part: bytes) -> list[bytes]:
        """Return the lines that are complete with this part."""
        *lines, self._rest = (self._rest + part).split(b"\n")
        return [line for line in lines if line]

    @property
    def is_complete(self) -> bool:
        """Whether the bytes ended with the end of a line."""
        return not self._rest
