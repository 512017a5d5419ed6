"""Read JSON Feed documents (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from service.ingest.parsing.html_fragment import html_to_text
from service.ingest.readers.feed_entries import Entry, Feed, build_records
from service.ingest.readers.items import ReaderItem, UnreadableRecord

_NO_OBJECT: Final = "an item must be an object"


def read_json_feed(
    document: Mapping[str, Any], name: str, address: str = "", base_url: str = ""
) -> Iterator[ReaderItem]:
    """Yield every item of a JSON Feed.

    Parameters
    ----------
    document : dict
    name : str
        The source, as shown.
    address : str
        Where it was requested, if it was.
    base_url : str
        What relative addresses refer to.
    """
    items = document.get("items")
    if not isinstance(items, list):
        yield UnreadableRecord(name, "a JSON Feed without items", is_fatal=True)
        return
    feed = Feed(
        name=name,
        address=address or _text(document, "feed_url"),
        base_url=base_url,
        site=_text(document, "home_page_url"),
        title=_text(document, "title"),
    )
    language = _text(document, "language")
    entries: dict[int, Entry | str] = {
        number: _parse_item(item, language) if isinstance(item, dict) else _NO_OBJECT
        for number, item in enumerate(items, start=1)
    }
    yield from build_records(entries, feed)


def _parse_item(item: Mapping[str, Any], language: str) -> Entry:
    html = html_to_text(_text(item, "content_html"))
    content = html or _text(item, "content_text")
    return Entry(
        guid=_text(item, "id"),
        link=_text(item, "url") or _text(item, "external_url"),
        title=html_to_text(_text(item, "title")),
        text=content or html_to_text(_text(item, "summary")),
        extent="content" if content else "summary",
        dates=_texts(item, ("date_published", "date_modified")),
        language=_text(item, "language") or language,
    )


def _texts(item: Mapping[str, Any], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(text for name in names if (text := _text(item, name)))


def _text(item: Mapping[str, Any], name: str) -> str:
    """A member as text; ids may be numbers in version 1."""
    value = item.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else ""
