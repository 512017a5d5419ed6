"""Read CSV tables as spreadsheets, databases and pandas write them."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from typing import BinaryIO, Final

from service.common import date_order, spreadsheet_cells
from service.common.date_order import DateOrder
from service.ingest.parsing import field_mapping
from service.ingest.readers import ambiguous_dates, charsets, limits
from service.ingest.readers.items import ReaderItem, ReaderNote, Record, UnreadableRecord
from service.ingest.readers.limits import TOO_LONG, is_too_long, iter_lines

_SAMPLE_BYTES: Final = 128 << 10
"""Beginning of a table by which its encoding is found."""
_DELIMITERS: Final = ",;\t|"
_SEPARATOR_LINE: Final = re.compile(r"\"?sep=(.)\"?[,;\t|]*[\r\n]*\Z", re.IGNORECASE)
"""A first line for Excel, which names the delimiter."""
_MISSING_CELLS: Final = frozenset(
    {"NaT", "NaN", "nan", "<NA>", "#N/A", "N/A", "#VALUE!", "#REF!", "\\N", "null", "(null)"}
)
"""What pandas, spreadsheets and databases write for a missing value."""
_INDEX_COLUMN: Final = re.compile(r"(?:unnamed: ?\d+)?\Z")
"""Column names without meaning: an index that pandas writes, or an empty column."""
_CELL: Final = re.compile(r"[^,;\t|\"\r\n]{1,40}")
"""A short cell without quotes, as those of dates are."""
_CONTENT_FIELDS: Final = frozenset({"text", "html", "title"})


def read_csv(file: BinaryIO, name: str) -> Iterator[ReaderItem]:
    """Yield the rows of a table with the API's field names; empty cells are missing fields.

    The encoding and the delimiter (comma, semicolon, tab or bar) are found in the table.
    """
    sample = file.read(_SAMPLE_BYTES)
    is_whole = len(sample) < _SAMPLE_BYTES
    encoding = charsets.find_encoding(sample, is_whole=is_whole)
    for message in charsets.describe_encoding(encoding):
        yield ReaderNote(name, message)
    whole = io.BufferedReader(_ResumedFile(sample, file))
    stream = io.TextIOWrapper(whole, encoding.codec, errors="replace", newline="")
    order = _find_date_order(sample.decode(encoding.codec, errors="replace"))
    yield from _read_table(iter_lines(stream), name, encoding.codec, order)


class _ResumedFile(io.RawIOBase):
    """A file of which the beginning has been read already."""

    def __init__(self, beginning: bytes, rest: BinaryIO) -> None:
        self._beginning = io.BytesIO(beginning)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        chunk = self._beginning.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


def _find_date_order(sample: str) -> DateOrder | None:
    """The order of day and month that the cells at the beginning of a table show."""
    return date_order.find_order(_CELL.findall(sample))


def _read_table(
    lines: Iterator[str], name: str, codec: str, order: DateOrder | None
) -> Iterator[ReaderItem]:
    header: list[str] | None = None
    for number, row in _iter_rows(lines):
        origin = f"{name}:{number}"
        if isinstance(row, csv.Error):
            yield UnreadableRecord(origin, f"broken CSV: {row}")
        elif header is None:
            header = [column.strip().lower() for column in row]
            yield from check_header(header, origin)
        elif has_content_column(header):
            yield _parse_row(header, row, origin, codec, order)


def _iter_rows(lines: Iterator[str]) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Yield the first line number of each row, and its cells or the error in it."""
    csv.field_size_limit(limits.MAX_ARTICLE_CHARS)
    first = next(lines, "")
    delimiter = _SEPARATOR_LINE.match(first)
    # A line that only names the delimiter counts, so that numbers are those of the file.
    before = 1 if delimiter else 0
    header = next(lines, "") if delimiter else first
    rows = csv.reader(
        chain([header], lines),
        strict=True,
        delimiter=delimiter[1] if delimiter else _find_delimiter(header),
    )
    while True:
        number = before + rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, error
        else:
            if any(row):
                yield number, row


def _find_delimiter(header: str) -> str:
    """The delimiter that makes out most columns, of those that we know if there are any."""

    def count_columns(delimiter: str) -> tuple[int, int]:
        columns = [column.strip('" \t\r\n') for column in header.split(delimiter)]
        return sum(field_mapping.field_of(column) is not None for column in columns), len(columns)

    return max(_DELIMITERS, key=count_columns)


def check_header(header: Collection[str], origin: str) -> Iterator[ReaderItem]:
    """Yield an item if a table has no content column, or has columns that are ignored."""
    if not has_content_column(header):
        yield UnreadableRecord(
            origin, f"no column is named text, html or title: {', '.join(header)[:200]}", True
        )
        return
    unknown = [column for column in header if field_mapping.field_of(column) is None]
    if named := [column for column in unknown if not _INDEX_COLUMN.match(column)]:
        yield ReaderNote(origin, f"unknown columns, ignored: {', '.join(named)}")
    if repeated := [name for name, count in Counter(list(header)).items() if name and count > 1]:
        yield ReaderNote(
            origin, f"columns that come twice, the first is read: {', '.join(repeated)}"
        )


def has_content_column(header: Iterable[str]) -> bool:
    """Whether a table has a column for text, HTML or title; an article needs one of them."""
    return any(field_mapping.field_of(column) in _CONTENT_FIELDS for column in header)


def _parse_row(
    header: list[str], row: list[str], origin: str, codec: str, order: DateOrder | None
) -> ReaderItem:
    if len(row) != len(header) and (len(row) < len(header) or any(row[len(header) :])):
        cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
        return UnreadableRecord(origin, f"{cells}, but the header has {len(header)}")
    if any(map(is_too_long, row)):
        return UnreadableRecord(origin, TOO_LONG)
    article: dict[str, object] = {}
    for column, cell in zip(header, row, strict=False):
        if cell and cell not in _MISSING_CELLS and field_mapping.field_of(column):
            article.setdefault(column, spreadsheet_cells.unquote(cell))
    replaced = sum(cell.count("\ufffd") for cell in row)
    warnings = tuple(charsets.describe_replaced(replaced, codec))
    for column in article:
        if field_mapping.field_of(column) == "published_at":
            warnings += ambiguous_dates.resolve(article, column, order)
    return Record(origin, article, warnings=warnings)
