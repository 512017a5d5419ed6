"""What readers find, and what is in files of text, format by format.

Every reader here takes a text stream and yields readings; none holds more than one article in
memory. Bytes that are not UTF-8 arrive as lone surrogates (PEP 383), so that one bad line spoils
only its own article.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, NoReturn, TextIO

from service import dialects

Format = Literal["txt", "jsonl", "json", "csv", "html", "feed", "warc", "parquet"]
Text = Literal["txt", "jsonl", "json", "csv", "html"]

LONGEST_ARTICLE: Final = 64 << 20
"""Characters after which a file can't be one article, or a line one record."""

_LONGEST_READ: Final = LONGEST_ARTICLE + 1

_CHARSET = re.compile(r"<meta[^<>]{1,200}charset\s*=\s*[\"']?([a-z0-9_:.-]{2,40})", re.IGNORECASE)
_HEAD: Final = 4096
_SURROGATE = re.compile("[\ud800-\udfff]")
_DATE_LINE = re.compile(r"\A\s*date[ \t]+(\d{4}-\d\d-\d\d)[ \t]*(?:\n|\Z)")
_CONTENT: Final = frozenset({"text", "html", "title"})
_NOT_UTF8 = "not UTF-8; convert it first, for example with: iconv -f latin1 -t utf-8"
_TOO_LONG = f"longer than {LONGEST_ARTICLE:,} characters"


@dataclass(frozen=True, slots=True)
class Record:
    """One article as the file holds it, not judged yet.

    Attributes
    ----------
    origin : str
        Where it begins: ``file:line``.
    article : object
        What a JSON body would hold: a dict, if it is well.
    excerpt : bool
        Whether it may be only the beginning: it shall not take the place of a longer text.
    """

    origin: str
    article: object
    excerpt: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A place where an article should be and can't be made out.

    Attributes
    ----------
    origin : str
    problem : str
    ends : bool
        Whether all that follows in the file is lost with it.
    """

    origin: str
    problem: str
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth knowing that costs no article."""

    origin: str
    message: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Articles that stand at another address, as an index of sitemaps names them."""

    origin: str
    address: str


Reading = Record | Unreadable | Note | Elsewhere


class _SpoiledError(Exception):
    """An article that can't be made out; the message says why."""


def plain_text(stream: TextIO, name: str) -> Iterator[Reading]:
    """One article without a title, as crawlers leave it: blank lines, perhaps a date line, text."""
    yield _attempt(f"{name}:1", lambda: _split_date_line(_sound(stream.read(_LONGEST_READ))))


def web_page(stream: TextIO, name: str) -> Iterator[Reading]:
    """One article with its page around it."""
    yield _attempt(f"{name}:1", lambda: {"html": _sound(_declared(stream.read(_LONGEST_READ)))})


def json_lines(stream: TextIO, name: str) -> Iterator[Reading]:
    """One JSON object a line, with the fields of the API. Blank lines are left out."""
    for number, line in enumerate(_lines(stream), start=1):
        if not line.isspace():
            yield _attempt(f"{name}:{number}", partial(_parse, line))


def json_document(stream: TextIO, name: str) -> Iterator[Reading]:
    """One JSON object, or an array of them, each with the fields of the API."""
    whole = _attempt(f"{name}:1", lambda: _parse(stream.read(_LONGEST_READ)))
    if isinstance(whole, Record) and isinstance(whole.article, list):
        for number, article in enumerate(whole.article, start=1):
            yield Record(f"{name}[{number}]", article)
    else:
        yield whole


def table(stream: TextIO, name: str) -> Iterator[Reading]:
    """CSV with a header of the API's field names; an empty cell is an absent field."""
    header: list[str] | None = None
    for number, row in _rows(stream):
        origin = f"{name}:{number}"
        if isinstance(row, csv.Error):
            yield Unreadable(origin, f"broken CSV: {row}")
        elif header is None:
            header = [column.strip().lower() for column in row]
            yield from judge_header(header, origin)
        elif has_content(header):
            yield _attempt(origin, partial(_cells, header, row))


READERS: Final[dict[Text, Callable[[TextIO, str], Iterator[Reading]]]] = {
    "txt": plain_text,
    "jsonl": json_lines,
    "json": json_document,
    "csv": table,
    "html": web_page,
}


def _attempt(origin: str, make: Callable[[], object]) -> Record | Unreadable:
    try:
        return Record(origin, make())
    except _SpoiledError as error:
        return Unreadable(origin, str(error))


def _declared(page: str) -> str:
    """Read a page that is not UTF-8 again, by the encoding that it declares."""
    declared = _CHARSET.search(page[:_HEAD])
    if declared is None or not _SURROGATE.search(page):
        return page
    try:
        return page.encode(errors="surrogateescape").decode(declared[1], errors="replace")
    except LookupError:
        return page


def _lines(stream: TextIO) -> Iterator[str]:
    """Yield each line; of one that is too long, only enough for `_sound` to refuse it."""
    while line := stream.readline(LONGEST_ARTICLE + 1):
        yield line
        while len(line) > LONGEST_ARTICLE and not line.endswith("\n"):
            line = stream.readline(LONGEST_ARTICLE + 1)


def _sound(text: str) -> str:
    if len(text) > LONGEST_ARTICLE:
        raise _SpoiledError(_TOO_LONG)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _SpoiledError(_NOT_UTF8) from None
    return text


def _split_date_line(text: str) -> dict[str, object]:
    dated = _DATE_LINE.match(text)
    if dated is None:
        return {"text": text.strip()}
    return {"text": text[dated.end() :].strip(), "published_at": dated[1]}


def _parse(line: str) -> object:
    try:
        return json.loads(_sound(line), parse_constant=_no_constant)
    except ValueError as error:
        raise _SpoiledError(f"broken JSON: {error}") from None
    except RecursionError:
        raise _SpoiledError("broken JSON: nested too deeply") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _rows(stream: TextIO) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Yield each row, or what is wrong with it, and the line it begins on."""
    csv.field_size_limit(LONGEST_ARTICLE)
    rows = csv.reader(_lines(stream), strict=True)
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


def judge_header(header: Collection[str], origin: str) -> Iterator[Reading]:
    """Say what is wrong with the columns of a table."""
    if not has_content(header):
        yield Unreadable(origin, "no column is called text, html or title (separated by commas)")
    elif unknown := [column for column in header if dialects.field_of(column) is None]:
        yield Note(origin, f"columns left out: {', '.join(unknown)}")


def has_content(header: Iterable[str]) -> bool:
    """Whether a table has a column that an article can't do without."""
    return any(dialects.field_of(column) in _CONTENT for column in header)


def _cells(header: list[str], row: list[str]) -> dict[str, object]:
    if len(row) != len(header):
        raise _SpoiledError(f"{len(row)} cells under a header of {len(header)}")
    return {
        column: _sound(cell)
        for column, cell in zip(header, row, strict=True)
        if cell and dialects.field_of(column)
    }
