"""Write rows as JSON lines or CSV, and events as a table for a terminal."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any, Final, TextIO

from pydantic_core import to_json, to_jsonable_python

from service.cli.cluster_files import Event, Group, Member
from service.common import spreadsheet_cells
from service.common.formatting import format_count

_LIST_SEPARATOR: Final = "; "
_MIN_WIDTH: Final = 60
"""Columns below which a table is not squeezed further."""
_ORIGIN_WIDTH: Final = 20
"""Columns of an article's source, or file if that is unknown."""


def write_json_lines(rows: Iterable[object], file: TextIO) -> None:
    """Write dataclass rows as JSON, one per line."""
    for row in rows:
        file.write(to_json(row).decode() + "\n")


def write_csv(rows: Iterable[object], row_type: type[Any], file: TextIO) -> None:
    """Write rows of one dataclass as CSV with a header; lists are joined by semicolons.

    Cells that a spreadsheet would run as formulas begin with an apostrophe.
    """
    writer = csv.writer(file, lineterminator="\n")
    columns = [field.name for field in fields(row_type)]
    writer.writerow(columns)
    for row in rows:
        values = to_jsonable_python(row)
        writer.writerow(_format_cell(values[column]) for column in columns)


def format_events(events: Iterable[Event], width: int = 80) -> Iterator[str]:
    """Format events as text.

    Each event is a headline, followed by its articles. Duplicates are indented below the canonical
    article of their group.

    Parameters
    ----------
    events : iterable of Event
    width : int
        Columns of the terminal.

    Yields
    ------
    str
        One line, without the line break.
    """
    width = max(width, _MIN_WIDTH)
    for event in events:
        yield _format_headline(event, width)
        for group in event.groups:
            yield from _format_group(group, width)
        yield ""


def fit_to_width(text: str, width: int) -> str:
    """Cut or pad a text to terminal columns; wide characters, such as Chinese, take two."""
    used_columns = 0
    shown = ""
    for character in " ".join(text.split()):
        used_columns += _char_width(character)
        if used_columns > width:
            return _pad(_truncate(shown, width), width)
        shown += character
    return _pad(shown, width)


def _format_headline(event: Event, width: int) -> str:
    size = format_count(event.size, "article")
    if len(event.groups) < event.size:
        size += f", {format_count(len(event.groups), 'group')}"
    start = f"{event.event_id:4} "
    return f"{start}{fit_to_width(event.headline, width - len(start) - len(size) - 2)}  {size}"


def _format_group(group: Group, width: int) -> Iterator[str]:
    for member in group.articles:
        is_canonical = member.article_id == group.canonical_article_id
        yield _format_member("     " if is_canonical else "       = ", member, width)


def _format_member(indent: str, member: Member, width: int) -> str:
    date = f"{member.published_at:%Y-%m-%d}" if member.published_at else "undated"
    origin = fit_to_width(member.source or member.origin, _ORIGIN_WIDTH)
    start = f"{indent}{date:10}  {origin}  "
    return (start + fit_to_width(member.title, width - _text_width(start))).rstrip()


def _char_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _text_width(text: str) -> int:
    return sum(map(_char_width, text))


def _truncate(text: str, width: int) -> str:
    while _text_width(text) > width - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _text_width(text))


def _format_cell(value: object) -> object:
    if isinstance(value, list):
        value = _LIST_SEPARATOR.join(map(str, value))
    return spreadsheet_cells.quote(value) if isinstance(value, str) else value
