"""What readers find, and what is in files of text, format by format.

Every reader here takes a text stream and yields readings; none holds more than one article in
memory. Bytes that are not UTF-8 arrive as lone surrogates (PEP 383), so that one bad line spoils
only its own article.
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
"""Characters after which a file can't be one article, or a line one record."""

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
    """One article as the file holds it, not judged yet.

    Attributes
    ----------
    origin : str
        Where it begins: ``file:line``.
    article : object
        What a JSON body would hold: a dict, if it is well.
    is_excerpt : bool
        Whether it may be only the beginning: it shall not take the place of a longer text.
    """

    origin: str
    article: object
    is_excerpt: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A place where an article should be and can't be made out.

    Attributes
    ----------
    origin : str
    reason : str
    is_fatal : bool
        Whether all that follows in the file is lost with it.
    """

    origin: str
    reason: str
    is_fatal: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth knowing that costs no article."""

    origin: str
    message: str


@dataclass(frozen=True, slots=True)
class SitemapRef:
    """Articles that stand at another address, as an index of sitemaps names them."""

    origin: str
    url: str


ReaderItem = Record | Unreadable | Note | SitemapRef


class _UnreadableError(Exception):
    """An article that can't be made out; the message says why."""


def read_plain_text(stream: TextIO, name: str) -> Iterator[ReaderItem]:
    """One article without a title, as crawlers leave it: blank lines, perhaps a date line, text."""
    yield _try_parse(
        f"{name}:1", lambda: _split_date_line(_check_text(stream.read(_MAX_READ_CHARS)))
    )


def read_html(stream: TextIO, name: str) -> Iterator[ReaderItem]:
    """One article with its page around it."""
    yield _try_parse(
        f"{name}:1",
        lambda: {"html": _check_text(_decode_as_declared(stream.read(_MAX_READ_CHARS)))},
    )


def read_json_lines(stream: TextIO, name: str) -> Iterator[ReaderItem]:
    """One JSON object a line, with the fields of the API. Blank lines are left out."""
    for number, line in enumerate(_iter_lines(stream), start=1):
        if not line.isspace():
            yield _try_parse(f"{name}:{number}", partial(_parse_json, line))


def read_json(stream: TextIO, name: str) -> Iterator[ReaderItem]:
    """One JSON object, or an array of them, each with the fields of the API."""
    whole = _try_parse(f"{name}:1", lambda: _parse_json(stream.read(_MAX_READ_CHARS)))
    if isinstance(whole, Record) and isinstance(whole.article, list):
        for number, article in enumerate(whole.article, start=1):
            yield Record(f"{name}[{number}]", article)
    else:
        yield whole


def read_csv(stream: TextIO, name: str) -> Iterator[ReaderItem]:
    """CSV with a header of the API's field names; an empty cell is an absent field."""
    header: list[str] | None = None
    for number, row in _iter_rows(stream):
        origin = f"{name}:{number}"
        if isinstance(row, csv.Error):
            yield Unreadable(origin, f"broken CSV: {row}")
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


def _try_parse(origin: str, parse: Callable[[], object]) -> Record | Unreadable:
    try:
        return Record(origin, parse())
    except _UnreadableError as error:
        return Unreadable(origin, str(error))


def _decode_as_declared(page: str) -> str:
    """Read a page that is not UTF-8 again, by the encoding that it declares."""
    declared = _META_CHARSET.search(page[:_CHARSET_SCAN_CHARS])
    if declared is None or not _SURROGATE.search(page):
        return page
    try:
        return page.encode(errors="surrogateescape").decode(declared[1], errors="replace")
    except LookupError:
        return page


def _iter_lines(stream: TextIO) -> Iterator[str]:
    """Yield each line; of one that is too long, only enough for `_sound` to refuse it."""
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
    dated = _DATE_LINE.match(text)
    if dated is None:
        return {"text": text.strip()}
    return {"text": text[dated.end() :].strip(), "published_at": dated[1]}


def _parse_json(line: str) -> object:
    try:
        return strict_json.parse(_check_text(line))
    except ValueError as error:
        raise _UnreadableError(f"broken JSON: {error}") from None
    except RecursionError:
        raise _UnreadableError("broken JSON: nested too deeply") from None


def _iter_rows(stream: TextIO) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Yield each row, or what is wrong with it, and the line it begins on."""
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
    """Say what is wrong with the columns of a table."""
    if not has_content_column(header):
        yield Unreadable(origin, "no column is called text, html or title (separated by commas)")
    elif unknown := [column for column in header if field_mapping.field_of(column) is None]:
        yield Note(origin, f"columns left out: {', '.join(unknown)}")


def has_content_column(header: Iterable[str]) -> bool:
    """Whether a table has a column that an article can't do without."""
    return any(field_mapping.field_of(column) in _CONTENT_FIELDS for column in header)


def _map_row(header: list[str], row: list[str]) -> dict[str, object]:
    if len(row) != len(header):
        raise _UnreadableError(f"{len(row)} cells under a header of {len(header)}")
    return {
        column: _check_text(cell)
        for column, cell in zip(header, row, strict=True)
        if cell and field_mapping.field_of(column)
    }
