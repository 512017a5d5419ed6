"""Extract strings from the nested values of crawlers.

Each reader returns the position of the string inside the value, as the end of a JSON pointer, and
the string. It returns None if the value has another structure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

NestedText = tuple[str, str]
"""End of a JSON pointer, and the string there."""

_DATETIME_PARTS: Final = 6


def read_nested(field: str, value: object) -> NestedText | None:
    """Return the string inside a nested `value` of a field, or None."""
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
    """Of feedparser's list of the same content in several types, the first is the feed's own."""
    for index, content in enumerate(_iter_objects(value)):
        if isinstance(text := content.get("value"), str) and text.strip():
            return f"/{index}/value", text
    return None


def _read_source(value: object) -> NestedText | None:
    return _first_member(value, ("name", "title", "uri", "href"))


def _read_url(value: object) -> NestedText | None:
    return _first_member(value, ("@id", "url", "href"))


def _read_language(value: object) -> NestedText | None:
    return _first_member(value, ("alternateName", "identifier", "name"))


def _read_struct_time(value: object) -> NestedText | None:
    """A ``time.struct_time`` in UTC, encoded in JSON as a list."""
    if not isinstance(value, list) or len(value) < _DATETIME_PARTS:
        return None
    parts = value[:_DATETIME_PARTS]
    if not all(isinstance(part, int) and not isinstance(part, bool) for part in parts):
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
    "source": _read_source,
    "url": _read_url,
    "language": _read_language,
    "published_at": _read_struct_time,
}


def _first_member(value: object, names: tuple[str, ...]) -> NestedText | None:
    if isinstance(value, list):
        element = next(_iter_objects(value), None)
        member = _first_member(element, names)
        return (f"/{value.index(element)}{member[0]}", member[1]) if member else None
    if isinstance(value, Mapping):
        for name in names:
            if isinstance(text := value.get(name), str) and text.strip():
                return f"/{name}", text
    return None


def _iter_strings(value: object) -> Iterator[str]:
    for element in value if isinstance(value, list) else [value]:
        if isinstance(element, str) and element.strip():
            yield element


def _iter_objects(value: object) -> Iterator[Mapping[object, object]]:
    if isinstance(value, list):
        yield from (element for element in value if isinstance(element, Mapping))
