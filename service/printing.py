"""Rows and events on paper: JSON, CSV, and a table for a terminal of 80 columns."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any, Final, TextIO

from pydantic_core import to_json, to_jsonable_python

from service.offline import Event, Group, Member
from service.wording import counted

_BETWEEN_VALUES: Final = "; "
_NARROWEST: Final = 60
_ORIGIN_WIDTH: Final = 20


def write_json_lines(rows: Iterable[object], file: TextIO) -> None:
    """Write dataclass values as JSON, one a line."""
    for row in rows:
        file.write(to_json(row).decode() + "\n")


def write_csv(rows: Iterable[object], kind: type[Any], file: TextIO) -> None:
    """Write dataclass values of one kind as CSV with a header; lists are joined by semicolons."""
    writer = csv.writer(file, lineterminator="\n")
    columns = [field.name for field in fields(kind)]
    writer.writerow(columns)
    for row in rows:
        values = to_jsonable_python(row)
        writer.writerow(_cell(values[column]) for column in columns)


def event_table(events: Iterable[Event], width: int = 80) -> Iterator[str]:
    """Lay events out for reading, line by line.

    Each event is a headline; under it stand its articles, copies indented below the canonical
    article of their duplicate group.

    Parameters
    ----------
    events : iterable of Event
    width : int
        Columns of the terminal.
    """
    width = max(width, _NARROWEST)
    for event in events:
        yield _headline(event, width)
        for group in event.groups:
            yield from _group_lines(group, width)
        yield ""


def fit(text: str, width: int) -> str:
    """Cut or pad a text to columns of a terminal, where Chinese characters take two each."""
    taken = 0
    shown = ""
    for character in " ".join(text.split()):
        taken += _columns(character)
        if taken > width:
            return _padded(_shortened(shown, width), width)
        shown += character
    return _padded(shown, width)


def _headline(event: Event, width: int) -> str:
    size = counted(event.size, "article")
    if len(event.groups) < event.size:
        size += f", {counted(len(event.groups), 'text')}"
    name = f"{event.event_id:4} "
    return f"{name}{fit(event.headline, width - len(name) - len(size) - 2)}  {size}"


def _group_lines(group: Group, width: int) -> Iterator[str]:
    for member in group.articles:
        copy = member.article_id != group.canonical_article_id
        yield _line("       = " if copy else "     ", member, width)


def _line(indent: str, member: Member, width: int) -> str:
    date = f"{member.published_at:%Y-%m-%d}" if member.published_at else "undated"
    origin = fit(member.source or member.origin, _ORIGIN_WIDTH)
    start = f"{indent}{date:10}  {origin}  "
    return (start + fit(member.title, width - _width(start))).rstrip()


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _width(text: str) -> int:
    return sum(map(_columns, text))


def _shortened(text: str, width: int) -> str:
    while _width(text) > width - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _cell(value: object) -> object:
    return _BETWEEN_VALUES.join(map(str, value)) if isinstance(value, list) else value
