"""The items that readers yield, and the readers of text formats.

Each reader takes a text stream and yields items; except for JSON documents, none holds more than
one article in memory. Bytes that are not UTF-8 arrive as lone surrogates (PEP 383), so that a bad
line costs only its own article.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, TextIO

from service.common import strict_json
from service.ingest.parsing import field_mapping

Format = Literal["txt", "jsonl", "json", "csv", "html", "feed", "warc", "parquet"]
TextFormat = Literal["txt", "jsonl", "json", "csv", "html"]

MAX_ARTICLE_CHARS: Final = 64 << 20
"""Longest file of one article, and longest line or cell, in characters; bounds memory."""

_MAX_READ_CHARS: Final = MAX_ARTICLE_CHARS + 1

_META_CHARSET = re.compile(
    r"<meta[^<>]{1,200}charset\s*=\s*[\"']?([a-z0-9_:.-]{2,40})", re.IGNORECASE
)
_CHARSET_SCAN_CHARS: Final = 4096
_SURROGATE = re.compile("[\ud800-\udfff]")
_DATE_LINE = re.compile(r"\A\s*date[ \t]+(\d{4}-\d\d-\d\d)[ \t]*(?:\n|\Z)")
_CONTENT_FIELDS: Final = frozenset({"text", "html", "title"})
_NOT_UTF8 = "not UTF-8; convert it first, for example with: iconv -f latin1 -t utf-8"
_TOO_LONG = f"longer than {MAX_ARTICLE_CHARS:,} characters"


@dataclass(frozen=True, slots=True)
class Record:
    """One article as the source holds it, not validated yet.

    Attributes
    ----------
    origin : str
        Where it begins: ``file:line``.
    article : object
        The decoded value, as in a JSON request body; a valid article is a dict.
    is_excerpt : bool
        Whether the text may be only the beginning. An excerpt never replaces a longer text.
    """

    origin: str
    article: object
    is_excerpt: bool = False


@dataclass(frozen=True, slots=True)
class UnreadableRecord:
    """A record that cannot be read.

    Attributes
    ----------
    origin : str
        Where it begins, or the name of the source.
    reason : str
    is_fatal : bool
        Whether the rest of the source cannot be read either.
    """

    origin: str
    reason: str
    is_fatal: bool = False


@dataclass(frozen=True, slots=True)
class ReaderNote:
    """A message about the source; no article is lost."""

    origin: str
    message: str


@dataclass(frozen=True, slots=True)
class SitemapRef:
    """Address of a sitemap that a sitemap index lists."""

    origin: str
    url: str


ReaderItem = Record | UnreadableRecord | ReaderNote | SitemapRef


class _UnreadableError(Exception):
    """A record cannot be read; the message says why."""


def read_plain_text(stream: TextIO, name: str) -> Iterator[ReaderItem]:
    """Yield one article without a title: blank lines, an optional date line, the text."""
    yield _try_parse(
        f"{name}:1", lambda: _split_date_line(_check_text(stream.read(_MAX_READ_CHARS)))
    )


def read_html(stream: TextIO, name: str) -> Iterator[ReaderItem]:
    """Yield one article as the HTML page around it."""
    yield _try_parse(
        f"{name}:1",
        lambda: {"html": _check_text(_decode_as_declared(stream.read(_MAX_READ_CHARS)))},
    )


def read_json_lines(stream: TextIO, name: str) -> Iterator[ReaderItem]:
    """Yield one JSON object per line, with the API's fields; blank lines are skipped."""
    for number, line in enumerate(_iter_lines(stream), start=1):
        if not line.isspace():
            yield _try_parse(f"{name}:{number}", partial(_parse_json, line))


def read_json(stream: TextIO, name: str) -> Iterator[ReaderItem]:
    """Yield a JSON object, or the objects of a JSON array, with the API's fields."""
    document = _try_parse(f"{name}:1", lambda: _parse_json(stream.read(_MAX_READ_CHARS)))
    if isinstance(document, Record) and isinstance(document.article, list):
        for number, article in enumerate(document.article, start=1):
            yield Record(f"{name}[{number}]", article)
    else:
        yield document


def read_csv(stream: TextIO, name: str) -> Iterator[ReaderItem]:
    """Yield the rows of a CSV table with the API's field names; empty cells are missing fields."""
    header: list[str] | None = None
    for number, row in _iter_rows(stream):
        origin = f"{name}:{number}"
        if isinstance(row, csv.Error):
            yield UnreadableRecord(origin, f"broken CSV: {row}")
        elif header is None:
            header = [column.strip().lower() for column in row]
            yield from check_header(header, origin)
        elif has_content_column(header):
            yield _try_parse(origin, partial(_map_row, header, row))


TEXT_READERS: Final[dict[TextFormat, Callable[[TextIO, str], Iterator[ReaderItem]]]] = {
    "txt": read_plain_text,
    "jsonl": read_json_lines,
    "json": read_json,
    "csv": read_csv,
    "html": read_html,
}


def _try_parse(origin: str, parse: Callable[[], object]) -> Record | UnreadableRecord:
    try:
        return Record(origin, parse())
    except _UnreadableError as error:
        return UnreadableRecord(origin, str(error))


def _decode_as_declared(page: str) -> str:
    """Decode a page that is not UTF-8 by the encoding that its ``<meta>`` tag declares."""
    declared = _META_CHARSET.search(page[:_CHARSET_SCAN_CHARS])
    if declared is None or not _SURROGATE.search(page):
        return page
    try:
        return page.encode(errors="surrogateescape").decode(declared[1], errors="replace")
    except LookupError:
        return page


def _iter_lines(stream: TextIO) -> Iterator[str]:
    """Yield each line; of an overlong line only the part by which `_check_text` rejects it."""
    while line := stream.readline(MAX_ARTICLE_CHARS + 1):
        yield line
        while len(line) > MAX_ARTICLE_CHARS and not line.endswith("\n"):
            line = stream.readline(MAX_ARTICLE_CHARS + 1)


def _check_text(text: str) -> str:
    if len(text) > MAX_ARTICLE_CHARS:
        raise _UnreadableError(_TOO_LONG)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _UnreadableError(_NOT_UTF8) from None
    return text


def _split_date_line(text: str) -> dict[str, object]:
    date_line = _DATE_LINE.match(text)
    if date_line is None:
        return {"text": text.strip()}
    return {"text": text[date_line.end() :].strip(), "published_at": date_line[1]}


def _parse_json(line: str) -> object:
    try:
        return strict_json.parse(_check_text(line))
    except ValueError as error:
        raise _UnreadableError(f"broken JSON: {error}") from None
    except RecursionError:
        raise _UnreadableError("broken JSON: nested too deeply") from None


def _iter_rows(stream: TextIO) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Yield the first line number of each row, and its cells or the error in it."""
    csv.field_size_limit(MAX_ARTICLE_CHARS)
    rows = csv.reader(_iter_lines(stream), strict=True)
    while True:
        number = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, error
        else:
            if row:
                yield number, row


def check_header(header: Collection[str], origin: str) -> Iterator[ReaderItem]:
    """Yield an item if a table has no content column, or has columns that are ignored."""
    if not has_content_column(header):
        yield UnreadableRecord(
            origin, "no column is named text, html or title (expected comma-separated columns)"
        )
    elif unknown := [column for column in header if field_mapping.field_of(column) is None]:
        yield ReaderNote(origin, f"unknown columns, ignored: {', '.join(unknown)}")


def has_content_column(header: Iterable[str]) -> bool:
    """Whether a table has a column for text, HTML or title; an article needs one of them."""
    return any(field_mapping.field_of(column) in _CONTENT_FIELDS for column in header)


def _map_row(header: list[str], row: list[str]) -> dict[str, object]:
    if len(row) != len(header):
        raise _UnreadableError(f"{len(row)} cells, but the header has {len(header)}")
    return {
        column: _check_text(cell)
        for column, cell in zip(header, row, strict=True)
        if cell and field_mapping.field_of(column)
    }
