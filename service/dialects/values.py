"""Values that crawlers nest where this service has a plain string.

Each reader returns where in the value the string stands, as the end of a JSON pointer, and the
string; or None where the value is not of the shape that it knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

Found = tuple[str, str]

_PARTS_OF_A_MOMENT: Final = 6


def read(field: str, value: object) -> Found | None:
    """Return the string that `value` holds for a field."""
    reader = _READERS.get(field)
    return reader(value) if reader is not None else None


def _text(value: object) -> Found | None:
    if isinstance(value, Mapping):
        paragraphs = "\n\n".join(_fundus_body(value))
        return ("", paragraphs) if paragraphs else None
    return _feed_content(value)


def _fundus_body(body: Mapping[object, object]) -> Iterator[str]:
    yield from _strings(body.get("summary"))
    for section in _objects(body.get("sections")):
        yield from _strings(section.get("headline"))
        yield from _strings(section.get("paragraphs"))


def _feed_content(value: object) -> Found | None:
    """feedparser: the same content in several types; the first is the feed's own."""
    for at, content in enumerate(_objects(value)):
        if isinstance(text := content.get("value"), str) and text.strip():
            return f"/{at}/value", text
    return None


def _named(value: object) -> Found | None:
    return _member(value, ("name", "title", "uri", "href"))


def _address(value: object) -> Found | None:
    return _member(value, ("@id", "url", "href"))


def _language(value: object) -> Found | None:
    return _member(value, ("alternateName", "identifier", "name"))


def _moment(value: object) -> Found | None:
    """A ``time.struct_time`` in UTC, as JSON writes it."""
    if not isinstance(value, list) or len(value) < _PARTS_OF_A_MOMENT:
        return None
    parts = value[:_PARTS_OF_A_MOMENT]
    if not all(isinstance(part, int) and not isinstance(part, bool) for part in parts):
        return None
    try:
        year, month, day, hour, minute, second = parts
        # A struct_time may hold a leap second.
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
        return "", moment.isoformat()
    except (ValueError, OverflowError):
        return None


_READERS: Final[dict[str, Callable[[object], Found | None]]] = {
    "text": _text,
    "source": _named,
    "url": _address,
    "language": _language,
    "published_at": _moment,
}


def _member(value: object, names: tuple[str, ...]) -> Found | None:
    if isinstance(value, list):
        inner = next(_objects(value), None)
        found = _member(inner, names)
        return (f"/{value.index(inner)}{found[0]}", found[1]) if found else None
    if isinstance(value, Mapping):
        for name in names:
            if isinstance(text := value.get(name), str) and text.strip():
                return f"/{name}", text
    return None


def _strings(value: object) -> Iterator[str]:
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, str) and part.strip():
            yield part


def _objects(value: object) -> Iterator[Mapping[object, object]]:
    if isinstance(value, list):
        yield from (part for part in value if isinstance(part, Mapping))
