"""Pages of events: the list with its search and filters, and one event.

Each page calls the same functions as the API (`service.queries`). Pages work without a script,
and their content security policy allows nothing from other sites.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from itertools import groupby
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from service import queries
from service.common import ids
from service.queries import ArticleStub, EventSummary, MergedInto, PagedEvent, charts
from service.web import extensions
from service.web.admin.page_revision import page_revision
from service.web.admin.presenters import display_names, hourly_chart, similarity_matrix, timeline
from service.web.http import query_params, redirects
from service.web.http.query_params import EventQuery

ARTICLES_PER_PAGE: Final = 50
"""Articles of one event on a page, copies included."""
MAX_DECISIONS_SHOWN: Final = 10
"""Decisions listed on the page of an event or an article, newest first; the history has all."""
MAX_CHARS_SHOWN: Final = 20_000
"""Characters of each text in a list of articles or versions: they bound the size of the page."""

blueprint = Blueprint("events", __name__)


@blueprint.get("", endpoint="home", strict_slashes=False)
@blueprint.get("/events")
def list_events() -> str:
    """List events, newest first."""
    page_revision()
    store, active_filters = extensions.store(), _active_filters()
    query = query_params.parse_query(
        EventQuery, {**active_filters, "cursor": request.args.get("cursor", "")}
    )
    filters, cursor = query.filters(), query.cursor
    page = queries.list_events(store, filters, cursor, query.limit)
    return render_template(
        "admin/events.html",
        days=_group_by_day(page.items),
        page=page,
        cursor=cursor,
        newer=cursor and queries.find_newer_cursor(store, filters, cursor, query.limit),
        hourly_chart=_hourly_chart(query.until),
        stats=queries.get_stats(store),
        filters=active_filters,
        token_needed=not extensions.settings().is_open,
    )


@blueprint.get("/events/<event_id>")
def show_event(event_id: str) -> str | WerkzeugResponse:
    """Show one event: timeline, articles by duplicate group, and decisions."""
    page_revision()
    page_number = request.args.get("page", 1, type=int)
    number = ids.decode("e", event_id) or 0
    event = queries.get_event_page(extensions.store(), number, page_number, ARTICLES_PER_PAGE)
    if event is None:
        raise NotFound("There is no such event, or all its articles were removed.")
    if isinstance(event, MergedInto):
        survivor_id, flash_id = (
            ids.encode("e", event.number),
            request.args.get(redirects.FLASH_PARAM),
        )
        url = url_for("admin.events.show_event", event_id=survivor_id, done=flash_id)
        return redirect(url, code=308)
    return _render_event(event)


def _active_filters() -> dict[str, str]:
    """The filters of the URL that have a value."""
    names = ("q", "since", "until", "source", "language", "min_size")
    values = {name: request.args.get(name, "").strip() for name in names}
    return {name: value for name, value in values.items() if value}


def _group_by_day(events: Sequence[EventSummary]) -> list[tuple[datetime, list[EventSummary]]]:
    days = groupby(events, key=lambda event: event.last_seen.astimezone(UTC).date())
    return [
        (datetime.combine(day, time.min, UTC), list(events_of_day)) for day, events_of_day in days
    ]


def _hourly_chart(until: datetime | None) -> hourly_chart.HourlyChart | None:
    hours = charts.count_events_per_hour(extensions.store(), until or datetime.now(UTC))
    return hourly_chart.build_hourly_chart(hours.counts, hours.last.timestamp()) if hours else None


def _render_event(event: PagedEvent) -> str:
    store = extensions.store()
    dated = [stub for stub in event.article_stubs if stub.is_dated] or event.article_stubs
    decisions = queries.list_decisions_about(store, event.event_id, MAX_DECISIONS_SHOWN)
    return render_template(
        "admin/event.html",
        event=event,
        texts=_load_texts(event),
        max_chars=MAX_CHARS_SHOWN,
        timeline=timeline.build_timeline(map(_timeline_article, dated)),
        similarity_matrix=similarity_matrix.build_similarity_matrix(
            extensions.index_writer(), event
        ),
        undated=len(event.article_stubs) - len(dated),
        active_decisions=queries.get_decisions_by_id(store, {*_active_decision_ids(event)}),
        decisions=decisions,
        display_names=display_names.find_display_names(store, decisions),
        page=event.page,
        pages=event.pages,
    )


def _load_texts(event: PagedEvent) -> dict[str, str]:
    article_ids = [member.article_id for group in event.groups for member in group.members]
    return charts.load_texts(extensions.store(), article_ids, MAX_CHARS_SHOWN)


def _active_decision_ids(event: PagedEvent) -> Iterator[str]:
    """The active decisions behind the lock, the headline and the pinned canonical articles."""
    decision_ids = (
        event.locked_by,
        event.headline_by,
        *(group.canonical_by for group in event.groups),
    )
    yield from (decision_id for decision_id in decision_ids if decision_id)


def _timeline_article(stub: ArticleStub) -> timeline.TimelineArticle:
    return timeline.TimelineArticle(stub.seen, stub.source, stub.title, stub.is_copy)
