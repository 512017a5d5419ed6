"""/feeds: lists of the API, with its filters, as RSS 2.0, JSON Feed 1.1 and CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Final
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from flask import Blueprint, Response, request, url_for
from pydantic import TypeAdapter

from service import queries
from service.common import spreadsheet_cells
from service.common.docstring_config import DOCSTRING_CONFIG
from service.common.formatting import format_count
from service.queries import ArticleItem, EventPage, EventSummary
from service.web import extensions
from service.web.http.query_params import ArticleQuery, DecisionQuery, EventQuery, parse_api_query

RSS: Final = "application/rss+xml"
JSON_FEED: Final = "application/feed+json"
CSV: Final = "text/csv"

_TITLE: Final = "Storyfold: events"
_DESCRIPTION: Final = "Events in the news, the one with the newest article first."
_JSON_FEED_VERSION: Final = "https://jsonfeed.org/version/1.1"
_ATOM_NAMESPACE: Final = "http://www.w3.org/2005/Atom"
_ARTICLE_COLUMNS: Final = (
    *("article_id", "title", "url", "source", "language", "published_at", "received_at"),
    *("duplicate_group_id", "duplicate_of", "event_id", "event_headline"),
)
_EVENT_COLUMNS: Final = (
    *("event_id", "headline", "size", "group_count", "independent_sources", "sources"),
    *("languages", "first_seen", "last_seen", "key_terms"),
)
_DECISION_COLUMNS: Final = (
    *("decision_id", "at", "actor", "kind", "reason", "result_event_id", "undoes", "undone_by"),
)
_SOURCE_COLUMNS: Final = ("name", "articles", "last_received_at")
_INVALID_XML_CHARS: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters outside the production `Char` of XML 1.0."""
_MAX_SOURCES_NAMED: Final = 5
"""Sources named in a description; the others are only counted."""

register_namespace("atom", _ATOM_NAMESPACE)
blueprint = Blueprint("feeds", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonItem:
    """An event in a JSON Feed."""

    __pydantic_config__ = DOCSTRING_CONFIG

    id: str
    """The id of the event."""
    url: str
    title: str
    content_text: str
    date_published: datetime
    """Publication time of its first article."""
    date_modified: datetime
    """Publication time of its newest article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonFeed:
    """A JSON Feed."""

    __pydantic_config__ = DOCSTRING_CONFIG

    version: str
    title: str
    description: str
    home_page_url: str
    feed_url: str
    next_url: str | None = None
    """The feed of older events."""
    items: tuple[JsonItem, ...]


_JSON_FEED_ADAPTER: Final = TypeAdapter(JsonFeed)


@blueprint.get("/feeds/events.rss")
def events_rss() -> Response:
    """Return the newest events as RSS."""
    page = _read_page()
    return _rss_response(_build_rss(page.items))


@blueprint.get("/feeds/events.json")
def events_json() -> Response:
    """Return the newest events as JSON Feed."""
    page = _read_page()
    feed = JsonFeed(
        version=_JSON_FEED_VERSION,
        title=_TITLE,
        description=_DESCRIPTION,
        home_page_url=url_for("admin.events.list_events", _external=True),
        feed_url=request.url,
        next_url=_older_page_url(page.next_cursor),
        items=tuple(map(_json_item, page.items)),
    )
    return _make_conditional(
        Response(_JSON_FEED_ADAPTER.dump_json(feed, exclude_none=True), content_type=JSON_FEED)
    )


@blueprint.get("/feeds/events.csv")
def events_csv() -> Response:
    """Return events as a table."""
    return _csv_response(_EVENT_COLUMNS, _read_page().items)


@blueprint.get("/feeds/articles.csv")
def articles_csv() -> Response:
    """Return articles as a table."""
    query = parse_api_query(ArticleQuery, request.args)
    page = queries.list_articles(extensions.store(), query.filters(), query.cursor, query.limit)
    return _csv_response(_ARTICLE_COLUMNS, page.items)


@blueprint.get("/feeds/articles.rss")
def articles_rss() -> Response:
    """Return articles as RSS, for example those of one event."""
    query = parse_api_query(ArticleQuery, request.args)
    page = queries.list_articles(extensions.store(), query.filters(), query.cursor, query.limit)
    root, channel = _begin_rss("Storyfold: articles", "Articles, those received last first.")
    for article in page.items:
        _add_article(channel, article)
    return _rss_response(root)


@blueprint.get("/feeds/sources.csv")
def sources_csv() -> Response:
    """Return the sources as a table."""
    return _csv_response(_SOURCE_COLUMNS, queries.list_sources(extensions.store()).items)


@blueprint.get("/feeds/decisions.csv")
def decisions_csv() -> Response:
    """Return editors' decisions as a table."""
    query = parse_api_query(DecisionQuery, request.args)
    page = queries.list_decisions(extensions.store(), query.filters(), query.cursor, query.limit)
    return _csv_response(_DECISION_COLUMNS, page.items)


def _csv_response(columns: Sequence[str], items: Iterable[object]) -> Response:
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(columns)
    writer.writerows(_csv_row(columns, item) for item in items)
    body = lines.getvalue().encode("utf-8-sig")  # the mark tells spreadsheets the encoding
    return _make_conditional(Response(body, content_type=f"{CSV}; charset=utf-8"))


def _csv_row(columns: Sequence[str], item: object) -> Iterator[object]:
    for name in columns:
        value = getattr(item, name)
        if isinstance(value, tuple):
            value = ", ".join(value)
        if isinstance(value, datetime):
            value = value.isoformat()
        yield spreadsheet_cells.quote(value) if isinstance(value, str) else value


def _read_page() -> EventPage:
    query = parse_api_query(EventQuery, request.args)
    return queries.list_events(
        extensions.store(), query.filters(), query.cursor, query.limit, query.sort
    )


def _make_conditional(response: Response) -> Response:
    """Answer 304 to a reader that already has this content."""
    response.add_etag()
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


def _older_page_url(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    return f"{request.base_url}?{urlencode({**request.args, 'cursor': cursor})}"


def _event_url(event: EventSummary) -> str:
    return url_for("admin.events.show_event", event_id=event.event_id, _external=True)


def _describe_event(event: EventSummary) -> str:
    """Describe an event: articles, copies and sources, and languages if it has several."""
    n_copies = event.size - event.group_count
    description = format_count(event.size, "article")
    if n_copies:
        description += f", {format_count(n_copies, 'of them a copy', 'of them copies')}"
    if event.sources:
        named_sources = ", ".join(event.sources[:_MAX_SOURCES_NAMED])
        n_more = len(event.sources) - _MAX_SOURCES_NAMED
        description += f": {named_sources}" + (f" and {n_more} more" if n_more > 0 else "")
    several = len(event.languages) > 1
    return f"{description}." + (f" Languages: {', '.join(event.languages)}." if several else "")


def _json_item(event: EventSummary) -> JsonItem:
    return JsonItem(
        id=event.event_id,
        url=_event_url(event),
        title=event.headline,
        content_text=_describe_event(event),
        date_published=event.first_seen,
        date_modified=event.last_seen,
    )


def _build_rss(events: Sequence[EventSummary]) -> Element:
    root, channel = _begin_rss(_TITLE, _DESCRIPTION)
    if events:
        _add_element(channel, "lastBuildDate", format_datetime(events[0].last_seen, usegmt=True))
    for event in events:
        _add_item(channel, event)
    return root


def _begin_rss(title: str, description: str) -> tuple[Element, Element]:
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    _add_element(channel, "title", title)
    _add_element(channel, "link", url_for("admin.events.list_events", _external=True))
    _add_element(channel, "description", description)
    self_link = {"href": request.url, "rel": "self", "type": RSS}
    SubElement(channel, f"{{{_ATOM_NAMESPACE}}}link", self_link)
    return root, channel


def _rss_response(root: Element) -> Response:
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return _make_conditional(Response(document, content_type=f"{RSS}; charset=utf-8"))


def _add_article(channel: Element, article: ArticleItem) -> None:
    page = url_for("admin.articles.show_article", article_id=article.article_id, _external=True)
    item = SubElement(channel, "item")
    _add_element(item, "title", article.title or article.article_id)
    _add_element(item, "link", article.url or page)
    _add_element(item, "description", escape(article.source or ""))
    _add_element(item, "guid", article.article_id).set("isPermaLink", "false")
    _add_element(item, "pubDate", format_datetime(article.seen_at, usegmt=True))


def _add_item(channel: Element, event: EventSummary) -> None:
    item = SubElement(channel, "item")
    _add_element(item, "title", event.headline)
    _add_element(item, "link", _event_url(event))
    _add_element(
        item, "description", escape(_describe_event(event))
    )  # feed readers parse it as HTML
    _add_element(item, "guid", event.event_id).set("isPermaLink", "false")
    _add_element(item, "pubDate", format_datetime(event.first_seen, usegmt=True))
    _add_element(item, f"{{{_ATOM_NAMESPACE}}}updated", event.last_seen.isoformat())


def _add_element(parent: Element, name: str, text: str) -> Element:
    element = SubElement(parent, name)
    element.text = _INVALID_XML_CHARS.sub("\ufffd", text)
    return element
