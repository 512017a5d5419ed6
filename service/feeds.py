"""Events for feed readers: RSS 2.0 and JSON Feed 1.1, with the filters of the list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Final
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from flask import Blueprint, Response, request, url_for
from pydantic import TypeAdapter

from service import browse, current
from service.browse import EventPage, EventSummary
from service.queries import EventQuery, query
from service.shown import DESCRIBED
from service.wording import counted

RSS: Final = "application/rss+xml"
JSON_FEED: Final = "application/feed+json"

_TITLE: Final = "Storyfold: events"
_ABOUT: Final = "Events in the news, the one with the newest article first."
_VERSION: Final = "https://jsonfeed.org/version/1.1"
_ATOM: Final = "http://www.w3.org/2005/Atom"
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST_SOURCES: Final = 5

register_namespace("atom", _ATOM)
feeds = Blueprint("feeds", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonItem:
    """An event in a JSON Feed."""

    __pydantic_config__ = DESCRIBED

    id: str
    """The id of the event."""
    url: str
    title: str
    content_text: str
    date_published: datetime
    """When its first article was published."""
    date_modified: datetime
    """When its newest was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonFeed:
    """A JSON Feed."""

    __pydantic_config__ = DESCRIBED

    version: str
    title: str
    description: str
    home_page_url: str
    feed_url: str
    next_url: str | None = None
    """The feed of older events."""
    items: tuple[JsonItem, ...]


_json_feed: Final = TypeAdapter(JsonFeed)


@feeds.get("/feeds/events.rss")
def events_rss() -> Response:
    """Write the newest events as RSS."""
    page = _page()
    return _conditional(Response(_rss(page.items), content_type=f"{RSS}; charset=utf-8"))


@feeds.get("/feeds/events.json")
def events_json() -> Response:
    """Write the newest events as JSON Feed."""
    page = _page()
    feed = JsonFeed(
        version=_VERSION,
        title=_TITLE,
        description=_ABOUT,
        home_page_url=url_for("admin.events", _external=True),
        feed_url=request.url,
        next_url=_older(page.next_cursor),
        items=tuple(map(_item, page.items)),
    )
    return _conditional(
        Response(_json_feed.dump_json(feed, exclude_none=True), content_type=JSON_FEED)
    )


def _page() -> EventPage:
    asked = query(EventQuery, request.args)
    return browse.events(current.store(), asked.filters(), asked.cursor, asked.limit)


def _conditional(response: Response) -> Response:
    """Send nothing to a reader that has it all."""
    response.add_etag()
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


def _older(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    return f"{request.base_url}?{urlencode({**request.args, 'cursor': cursor})}"


def _link(event: EventSummary) -> str:
    return url_for("admin.event", event_id=event.event_id, _external=True)


def _said(event: EventSummary) -> str:
    """What is to be said of an event in one sentence."""
    copies = event.size - event.group_count
    said = counted(event.size, "article")
    if copies:
        said += f", {counted(copies, 'of them a copy', 'of them copies')}"
    if event.sources:
        named = ", ".join(event.sources[:_MOST_SOURCES])
        more = len(event.sources) - _MOST_SOURCES
        said += f": {named}" + (f" and {more} more" if more > 0 else "")
    return f"{said}."


def _item(event: EventSummary) -> JsonItem:
    return JsonItem(
        id=event.event_id,
        url=_link(event),
        title=event.headline,
        content_text=_said(event),
        date_published=event.first_seen,
        date_modified=event.last_seen,
    )


def _rss(events: Sequence[EventSummary]) -> bytes:
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    _add(channel, "title", _TITLE)
    _add(channel, "link", url_for("admin.events", _external=True))
    _add(channel, "description", _ABOUT)
    self = {"href": request.url, "rel": "self", "type": RSS}
    SubElement(channel, f"{{{_ATOM}}}link", self)
    if events:
        _add(channel, "lastBuildDate", format_datetime(events[0].last_seen, usegmt=True))
    for event in events:
        _add_item(channel, event)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _add_item(channel: Element, event: EventSummary) -> None:
    item = SubElement(channel, "item")
    _add(item, "title", event.headline)
    _add(item, "link", _link(event))
    _add(item, "description", escape(_said(event)))  # readers take it for HTML
    _add(item, "guid", event.event_id).set("isPermaLink", "false")
    _add(item, "pubDate", format_datetime(event.first_seen, usegmt=True))
    _add(item, f"{{{_ATOM}}}updated", event.last_seen.isoformat())


def _add(parent: Element, name: str, text: str) -> Element:
    element = SubElement(parent, name)
    element.text = _NOT_XML.sub("\ufffd", text)
    return element
