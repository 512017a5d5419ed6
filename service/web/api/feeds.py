"""/feeds: lists of the API, with its filters, as RSS 2.0, JSON Feed 1.1 and CSV."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for
from pydantic import TypeAdapter

from service import queries
from service.common.docstring_config import DOCSTRING_CONFIG
from service.common.formatting import format_count
from service.queries import ArticleItem, EventPage, EventSummary
from service.web import extensions
from service.web.http.conditional import make_conditional
from service.web.http.csv_table import csv_response
from service.web.http.query_params import ArticleQuery, EventQuery, parse_api_query
from service.web.http.rss import RssFeed

JSON_FEED: Final = "application/feed+json"

_TITLE: Final = "Storyfold: events"
_DESCRIPTION: Final = "Events in the news, the one with the newest article first."
_JSON_FEED_VERSION: Final = "https://jsonfeed.org/version/1.1"
_ARTICLE_COLUMNS: Final = (
    *("article_id", "title", "url", "source", "language", "published_at", "received_at"),
    *("duplicate_group_id", "duplicate_of", "event_id", "event_headline"),
)
_EVENT_COLUMNS: Final = (
    *("event_id", "headline", "size", "group_count", "independent_sources", "sources"),
    *("languages", "first_seen", "last_seen", "key_terms"),
)
_SOURCE_COLUMNS: Final = ("name", "articles", "last_received_at")
_MAX_SOURCES_NAMED: Final = 5
"""Sources named in a description; the others are only counted."""

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
    feed = RssFeed(_TITLE, _DESCRIPTION, _list_url())
    if page.items:
        feed.set_last_build(page.items[0].last_seen)
    for event in page.items:
        url, description = _event_url(event), _describe_event(event)
        seen = (event.first_seen, event.last_seen)
        feed.add_item(event.event_id, event.headline, url, description, *seen)
    return feed.to_response()


@blueprint.get("/feeds/events.json")
def events_json() -> Response:
    """Return the newest events as JSON Feed."""
    page = _read_page()
    feed = JsonFeed(
        version=_JSON_FEED_VERSION,
        title=_TITLE,
        description=_DESCRIPTION,
        home_page_url=_list_url(),
        feed_url=request.url,
        next_url=_older_page_url(page.next_cursor),
        items=tuple(map(_json_item, page.items)),
    )
    return make_conditional(
        Response(_JSON_FEED_ADAPTER.dump_json(feed, exclude_none=True), content_type=JSON_FEED)
    )


@blueprint.get("/feeds/events.csv")
def events_csv() -> Response:
    """Return events as a table."""
    return csv_response(_EVENT_COLUMNS, _read_page().items)


@blueprint.get("/feeds/articles.csv")
def articles_csv() -> Response:
    """Return articles as a table."""
    query = parse_api_query(ArticleQuery, request.args)
    page = queries.list_articles(extensions.store(), query.filters(), query.cursor, query.limit)
    return csv_response(_ARTICLE_COLUMNS, page.items)


@blueprint.get("/feeds/articles.rss")
def articles_rss() -> Response:
    """Return articles as RSS, for example those of one event."""
    query = parse_api_query(ArticleQuery, request.args)
    page = queries.list_articles(extensions.store(), query.filters(), query.cursor, query.limit)
    feed = RssFeed("Storyfold: articles", "Articles, those received last first.", _list_url())
    for article in page.items:
        id_, url = article.article_id, article.url or _article_url(article)
        feed.add_item(id_, article.title or id_, url, article.source or "", article.seen_at)
    return feed.to_response()


@blueprint.get("/feeds/sources.csv")
def sources_csv() -> Response:
    """Return the sources as a table."""
    return csv_response(_SOURCE_COLUMNS, queries.list_sources(extensions.store()).items)


def _read_page() -> EventPage:
    query = parse_api_query(EventQuery, request.args)
    return queries.list_events(
        extensions.store(), query.filters(), query.cursor, query.limit, query.sort
    )


def _older_page_url(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    return f"{request.base_url}?{urlencode({**request.args, 'cursor': cursor})}"


def _list_url() -> str:
    return url_for("admin.events.list_events", _external=True)


def _article_url(article: ArticleItem) -> str:
    return url_for("admin.articles.show_article", article_id=article.article_id, _external=True)


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
