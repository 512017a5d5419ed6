"""Extract strings from the numbers, lists and objects of crawlers.

Each reader returns the position of the string inside the value, as the end of a JSON pointer, and
the string. It returns None if the value has another structure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from service.ingest.parsing.field_mapping import text_blocks

NestedText = tuple[str, str]
"""End of a JSON pointer, and the string there."""

_DATETIME_PARTS: Final = 6
_DATE_PARTS: Final = 3
_MIN_YEAR: Final = 1900
"""Year from which on three numbers are a date."""
_MIN_POSIX_TIME: Final = 1e8
"""Smallest number that is a date (in 1973): smaller ones are years or parts of a date."""
_MAX_DEPTH: Final = 4
"""Deepest value that is looked for in lists and objects within each other."""
_XML_MEMBERS: Final = ("#text", "_text", "__text", "$t", "_", "#cdata-section", "__cdata")
"""Members for the text of an element, in XML converted to JSON."""
_LANGUAGE_KEY: Final = re.compile(r"[a-z]{2}(?:[-_][A-Za-z]{2,4})?\Z")

_MEMBERS: Final[dict[str, tuple[str, ...]]] = {
    "id": ("$oid", "value", "#text", "id"),
    "url": ("@id", "url", "href", "link", "value", "raw", "$", "@href", *_XML_MEMBERS),
    "title": ("main", "rendered", "value", "text", "name", "content", *_XML_MEMBERS),
    "text": ("text", "plain", "rendered", "value", "content", "body", "html", *_XML_MEMBERS),
    "html": ("content", "html", "rendered", "value", "raw", "body", "data", *_XML_MEMBERS),
    "published_at": (
        *("$date", "$numberLong", "@value", "value", "iso", "datetime", "date_time", "date"),
        *("seconds", "_seconds", "timestamp", *_XML_MEMBERS),
    ),
    "source": (
        *("name", "title", "label", "display_name", "uri", "href", "domain", "hostname", "host"),
        *("url", "value", *_XML_MEMBERS),
    ),
    "language": ("alternateName", "identifier", "code", "iso", "value", "id", "name"),
}
"""Members under which objects carry the value of a field, best first: of schema.org, feedparser,
WordPress, MongoDB, PHP, XML converted to JSON, and the interfaces of newspapers and aggregators."""
_NUMBERS_OF: Final = frozenset({"id", "title", "published_at", "source"})
"""Fields that may be sent as numbers: a date in POSIX seconds, a database's id, a title "1984"."""


def read_nested(field: str, value: object) -> NestedText | None:
    """Return the string that stands for a `value` of a field that is none itself, or None."""
    reader = _VALUE_READERS.get(field)
    special = reader(value) if reader is not None else None
    return special or _read_value(field, value, _MAX_DEPTH)


def _read_value(field: str, value: object, depth: int) -> NestedText | None:
    """Return the string in a number, the best member of an object, or the first of a list."""
    if isinstance(value, str):
        return ("", value) if value.strip() else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _read_number(field, value)
    if isinstance(value, Mapping) and depth:
        members = ((name, value.get(name)) for name in _MEMBERS.get(field, ()))
        found = _first_readable(field, members, depth - 1)
        return found or _read_translation(field, value)
    if (
        isinstance(value, list)
        and depth
        and not (field == "published_at" and _is_parts_of_date(value))
    ):
        return _first_readable(field, enumerate(value), depth - 1)
    return None


def _read_translation(field: str, value: Mapping[object, object]) -> NestedText | None:
    """The first translation by the codes of their languages, so that title and text agree."""
    if field not in ("title", "text") or not all(
        isinstance(name, str) and _LANGUAGE_KEY.match(name) for name in value
    ):
        return None
    texts = ((name, text) for name, text in sorted(value.items()) if isinstance(text, str))
    return next(((f"/{name}", text) for name, text in texts if text.strip()), None)


def _is_parts_of_date(value: list[object]) -> bool:
    """Whether a list holds the parts of one date, rather than several dates."""
    has_numbers = any(isinstance(element, int | float) for element in value)
    return len(value) > 1 and (has_numbers or len(value) >= _DATETIME_PARTS)


def _read_number(field: str, value: float) -> NestedText | None:
    if field not in _NUMBERS_OF or (field == "published_at" and value < _MIN_POSIX_TIME):
        return None
    return "", str(int(value) if float(value).is_integer() else value)


def _first_readable(
    field: str, members: Iterable[tuple[object, object]], depth: int
) -> NestedText | None:
    for name, member in members:
        found = _read_value(field, member, depth)
        if found is not None:
            return f"/{name}{found[0]}", found[1]
    return None


def _read_text(value: object) -> NestedText | None:
    if isinstance(value, Mapping) and (paragraphs := "\n\n".join(_fundus_body(value))):
        return "", paragraphs
    found = _feed_content(value) or _read_paragraphs(value)
    blocks = "" if found else text_blocks.read(value)
    return ("", blocks) if blocks else found


def _read_paragraphs(value: object) -> NestedText | None:
    """A list of more than one string, as selectors of crawlers return it."""
    paragraphs = list(_iter_strings(value)) if isinstance(value, list) else []
    return ("", "\n\n".join(paragraphs)) if len(paragraphs) > 1 else None


def _fundus_body(body: Mapping[object, object]) -> Iterator[str]:
    yield from _iter_strings(body.get("summary"))
    for section in _iter_objects(body.get("sections")):
        yield from _iter_strings(section.get("headline"))
        yield from _iter_strings(section.get("paragraphs"))


def _feed_content(value: object) -> NestedText | None:
    """Of feedparser's list of the same content in several types, the first is the feed's own."""
    for index, content in enumerate(_iter_objects(value)):
        if isinstance(text := content.get("value"), str) and text.strip():
            return f"/{index}/value", text
    return None


def _read_date(value: object) -> NestedText | None:
    if isinstance(value, Mapping):
        return _read_php_date(value) or _read_parts(value)
    return _read_struct_time(value)


def _read_parts(value: Mapping[object, object]) -> NestedText | None:
    """A date whose year, month and day are members of their own."""
    year, month, day = (_int_of(value.get(name)) for name in ("year", "month", "day"))
    if year is None or month is None or day is None:
        return None
    hour, minute = (_int_of(value.get(name)) for name in ("hour", "minute"))
    time_of_day = "" if hour is None else f"T{hour:02}:{minute or 0:02}"
    return "", f"{year:04}-{month:02}-{day:02}{time_of_day}"


def _int_of(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len("2025") else None


def _read_php_date(value: Mapping[object, object]) -> NestedText | None:
    """A ``DateTime`` of PHP, which has its zone beside the date."""
    date, zone = value.get("date"), value.get("timezone")
    return ("", f"{date} {zone}") if isinstance(date, str) and isinstance(zone, str) else None


def _read_struct_time(value: object) -> NestedText | None:
    """A ``time.struct_time`` in UTC, or a local date of Java, encoded in JSON as a list."""
    if not isinstance(value, list | tuple):
        return None
    parts = list(value[:_DATETIME_PARTS])
    if not all(isinstance(part, int) and not isinstance(part, bool) for part in parts):
        return None
    if len(parts) == _DATE_PARTS and parts[0] >= _MIN_YEAR:
        return "", "-".join(f"{part:02}" for part in parts)
    if len(parts) == _DATETIME_PARTS - 1:  # Java leaves out seconds of 0
        parts.append(0)
    if len(parts) < _DATETIME_PARTS:
        return None
    try:
        year, month, day, hour, minute, second = parts
        # Unlike datetime, struct_time allows a leap second.
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
        return "", moment.isoformat()
    except (ValueError, OverflowError):
        return None


_VALUE_READERS: Final[dict[str, Callable[[object], NestedText | None]]] = {
    "text": _read_text,
    "published_at": _read_date,
}


def _iter_strings(value: object) -> Iterator[str]:
    for element in value if isinstance(value, list) else [value]:
        if isinstance(element, str) and element.strip():
            yield element


def _iter_objects(value: object) -> Iterator[Mapping[object, object]]:
    if isinstance(value, list):
        yield from (element for element in value if isinstance(element, Mapping))
