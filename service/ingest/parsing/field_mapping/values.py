"""Values that crawlers nest where this service has a plain string.

Each reader returns where in the value the string stands, as the end of a JSON pointer, and the
string; or None where the value is not of the shape that it knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

NestedText = tuple[str, str]

_DATETIME_PARTS: Final = 6


def read_nested(field: str, value: object) -> NestedText | None:
    """Return the string that `value` holds for a field."""
    reader = _VALUE_READERS.get(field)
    return reader(value) if reader is not None else None


def _read_text(value: object) -> NestedText | None:
    if isinstance(value, Mapping):
        paragraphs = "\n\n".join(_fundus_body(value))
        return ("", paragraphs) if paragraphs else None
    return _feed_content(value)


def _fundus_body(body: Mapping[object, object]) -> Iterator[str]:
    yield from _iter_strings(body.get("summary"))
    for section in _iter_objects(body.get("sections")):
        yield from _iter_strings(section.get("headline"))
        yield from _iter_strings(section.get("paragraphs"))


def _feed_content(value: object) -> NestedText | None:
    """feedparser: the same content in several types; the first is the feed's own."""
    for at, content in enumerate(_iter_objects(value)):
        if isinstance(text := content.get("value"), str) and text.strip():
            return f"/{at}/value", text
    return None


def _read_source(value: object) -> NestedText | None:
    return _first_member(value, ("name", "title", "uri", "href"))


def _read_url(value: object) -> NestedText | None:
    return _first_member(value, ("@id", "url", "href"))


def _read_language(value: object) -> NestedText | None:
    return _first_member(value, ("alternateName", "identifier", "name"))


def _read_struct_time(value: object) -> NestedText | None:
    """A ``time.struct_time`` in UTC, as JSON writes it."""
    if not isinstance(value, list) or len(value) < _DATETIME_PARTS:
        return None
    parts = value[:_DATETIME_PARTS]
    if not all(isinstance(part, int) and not isinstance(part, bool) for part in parts):
        return None
    try:
        year, month, day, hour, minute, second = parts
        # A struct_time may hold a leap second.
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
        return "", moment.isoformat()
    except (ValueError, OverflowError):
        return None


_VALUE_READERS: Final[dict[str, Callable[[object], NestedText | None]]] = {
    "text": _read_text,
    "source": _read_source,
    "url": _read_url,
    "language": _read_language,
    "published_at": _read_struct_time,
}


def _first_member(value: object, names: tuple[str, ...]) -> NestedText | None:
    if isinstance(value, list):
        inner = next(_iter_objects(value), None)
        found = _first_member(inner, names)
        return (f"/{value.index(inner)}{found[0]}", found[1]) if found else None
    if isinstance(value, Mapping):
        for name in names:
            if isinstance(text := value.get(name), str) and text.strip():
                return f"/{name}", text
    return None


def _iter_strings(value: object) -> Iterator[str]:
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, str) and part.strip():
            yield part


def _iter_objects(value: object) -> Iterator[Mapping[object, object]]:
    if isinstance(value, list):
        yield from (part for part in value if isinstance(part, Mapping))
