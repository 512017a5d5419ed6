"""The readers of text formats: plain text, pages, JSON documents and lines of JSON.

Except for JSON documents, none holds more than one article in memory.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import BinaryIO, Final, Literal, cast

from service.common import strict_json
from service.ingest.parsing import field_mapping
from service.ingest.parsing.json_feed import is_json_feed
from service.ingest.readers import charsets, limits
from service.ingest.readers.charsets import DecodedText
from service.ingest.readers.csv_tables import read_csv
from service.ingest.readers.items import ReaderItem, ReaderNote, Record, UnreadableRecord
from service.ingest.readers.json_feed import read_json_feed
from service.ingest.readers.limits import TOO_LONG, is_too_long, iter_lines

TextFormat = Literal["txt", "jsonl", "json", "csv", "html"]

_DATE_LINE = re.compile(r"\A\s*date[ \t]+(\d{4}-\d\d-\d\d)[ \t]*(?:\n|\Z)")
_NOT_UTF8 = "not UTF-8; convert it first, for example with: iconv -f windows-1252 -t utf-8"
_LIST_NAMES: Final = ("items", "articles", "entries", "results", "posts", "stories", "news", "data")
"""Members of a JSON document that hold its articles, best first."""
_CONTENT_NAMES: Final = frozenset({"text", "html", "body", "content", "maintext", "articleBody"})


class _UnreadableError(Exception):
    """A record cannot be read; the message says why."""


def read_plain_text(file: BinaryIO, name: str) -> Iterator[ReaderItem]:
    """Yield one article without a title: blank lines, an optional date line, the text."""
    yield _read_document(file, f"{name}:1", _split_date_line)


def read_html(file: BinaryIO, name: str) -> Iterator[ReaderItem]:
    """Yield one article as the HTML page around it."""
    yield _read_document(file, f"{name}:1", lambda page: {"html": page})


def read_json_lines(file: BinaryIO, name: str) -> Iterator[ReaderItem]:
    """Yield one JSON object per line, with the API's fields; blank lines are skipped.

    A line that is not UTF-8 is refused, as over HTTP; UTF-16 is read if a byte order mark says so.
    """
    encoding = "utf-16" if _peek(file).startswith(_UTF16_MARKS) else "utf-8-sig"
    # Bytes that are not UTF-8 become lone surrogates, so that a bad line costs only itself.
    # Only a line feed ends a line of JSON.
    stream = io.TextIOWrapper(file, encoding, errors="surrogateescape", newline="\n")
    try:
        for number, line in enumerate(iter_lines(stream), start=1):
            if not line.isspace():
                yield _try_parse(f"{name}:{number}", partial(_parse_line, line))
    finally:
        stream.detach()  # otherwise the file, or even standard input, would be closed with it


def read_json(file: BinaryIO, name: str) -> Iterator[ReaderItem]:
    """Yield the articles of a JSON document: an object, an array, a JSON Feed or a list inside."""
    document = _read_document(file, f"{name}:1", _parse_json)
    if not isinstance(document, Record):
        yield document
        return
    yield from (ReaderNote(document.origin, warning) for warning in document.warnings)
    content = document.article
    if isinstance(content, dict) and is_json_feed(content):
        yield from read_json_feed(content, name)
    elif isinstance(content, list):
        yield from _number_articles(name, content)
    elif isinstance(content, dict) and len(graph := field_mapping.list_articles(content)) > 1:
        yield from _number_articles(f"{name}/@graph", [*graph])
    elif isinstance(content, dict) and (list_name := _find_list(content)):
        yield ReaderNote(name, f'articles read from "{list_name}"')
        yield from _number_articles(f"{name}/{list_name}", cast(list[object], content[list_name]))
    else:
        yield Record(document.origin, content)


TEXT_READERS: Final[dict[TextFormat, Callable[[BinaryIO, str], Iterator[ReaderItem]]]] = {
    "txt": read_plain_text,
    "jsonl": read_json_lines,
    "json": read_json,
    "csv": read_csv,
    "html": read_html,
}

_UTF16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _read_document(
    file: BinaryIO, origin: str, parse: Callable[[str], object]
) -> Record | UnreadableRecord:
    content = file.read(limits.MAX_ARTICLE_CHARS + 1)
    if is_too_long(content):
        return UnreadableRecord(origin, TOO_LONG)
    decoded = charsets.decode(content)
    item = _try_parse(origin, lambda: parse(_join_line_ends(decoded)))
    return item if isinstance(item, UnreadableRecord) else replace(item, warnings=decoded.warnings)


def _join_line_ends(decoded: DecodedText) -> str:
    return decoded.text.replace("\r\n", "\n").replace("\r", "\n")


def _try_parse(origin: str, parse: Callable[[], object]) -> Record | UnreadableRecord:
    try:
        return Record(origin, parse())
    except _UnreadableError as error:
        return UnreadableRecord(origin, str(error))


def _peek(file: BinaryIO) -> bytes:
    """The first bytes, which stay to be read; fewer than there are if they come slowly."""
    return cast(io.BufferedReader, file).peek(2) if hasattr(file, "peek") else b""


def _split_date_line(text: str) -> dict[str, object]:
    date_line = _DATE_LINE.match(text)
    if date_line is None:
        return {"text": text.strip()}
    return {"text": text[date_line.end() :].strip(), "published_at": date_line[1]}


def _parse_line(line: str) -> object:
    if is_too_long(line):
        raise _UnreadableError(TOO_LONG)
    try:
        line.encode()
    except UnicodeEncodeError:
        raise _UnreadableError(_NOT_UTF8) from None
    return _parse_json(line)


def _parse_json(text: str) -> object:
    try:
        return strict_json.parse(text)
    except ValueError as error:
        raise _UnreadableError(f"broken JSON: {error}") from None


def _number_articles(name: str, articles: list[object]) -> Iterator[Record]:
    for number, article in enumerate(articles, start=1):
        yield Record(f"{name}[{number}]", article)


def _find_list(document: dict[str, object]) -> str | None:
    """The member that holds articles, if the document is not an article itself."""
    if not _CONTENT_NAMES.isdisjoint(document):
        return None
    return next((name for name in _LIST_NAMES if _holds_objects(document.get(name))), None)


def _holds_objects(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)
