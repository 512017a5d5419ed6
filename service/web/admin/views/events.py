"""The review pages: what the service found, for people to read.

Each page asks the same functions as the API does (`service.browse`). A page needs no script, and
the content policy sent with it lets nothing in from outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from itertools import groupby, pairwise
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from service import queries
from service.common import dates, ids
from service.queries import charts
from service.web import extensions
from service.web.admin.page_revision import page_revision
from service.web.admin.presenters import charts as presenters_charts
from service.web.admin.presenters import comparisons, display_names, version_diff
from service.web.admin.presenters.version_diff import Revision
from service.web.admin.views import event as views_event
from service.web.admin.views.event import MAX_CHARS_SHOWN, MAX_DECISIONS_SHOWN
from service.web.http import query_params, redirects
from service.web.http.query_params import EventQuery

MAX_VERSIONS_SHOWN: Final = 20

blueprint = Blueprint("events", __name__)


@blueprint.get("", endpoint="home", strict_slashes=False)
@blueprint.get("/events")
def events() -> str:
    """Show events, newest first."""
    page_revision()
    store, asked = extensions.store(), _active_filters()
    query = query_params.parse_query(
        EventQuery, {**asked, "cursor": request.args.get("cursor", "")}
    )
    filters, cursor = query.filters(), query.cursor
    page = queries.list_events(store, filters, cursor, query.limit)
    return render_template(
        "admin/events.html",
        days=_group_by_day(page.items),
        page=page,
        cursor=cursor,
        newer=cursor and queries.find_newer_cursor(store, filters, cursor, query.limit),
        hours=_hourly_chart(query.until),
        stats=queries.get_stats(store),
        asked=asked,
        token_needed=not extensions.settings().is_open,
    )


@blueprint.get("/events/<event_id>")
def event(event_id: str) -> str | AnyResponse:
    """Show one event: its course, and its articles by duplicate group."""
    page_revision()
    found = views_event.read_event(ids.decode("e", event_id) or 0)
    if found is None:
        raise NotFound("There is no such event, or all its articles were removed.")
    if isinstance(found, queries.MergedInto):
        survivor, done = ids.encode("e", found.number), request.args.get(redirects.FLASH_PARAM)
        return redirect(url_for("admin.events.event", event_id=survivor, done=done), code=308)
    return views_event.render_event(found)


@blueprint.get("/articles/<id:article_id>")
def article(article_id: str) -> str:
    """Show one article: its text, where it was put and why, and its earlier versions."""
    page_revision()
    store = extensions.store()
    found = queries.get_article(store, article_id)
    if found is None:
        raise NotFound("There is no such article, or it was removed.")
    published = dates.read_stored(found.published_at)
    decisions = queries.list_decisions_about(store, article_id, MAX_DECISIONS_SHOWN)
    return render_template(
        "admin/article.html",
        article=found,
        compared=comparisons.find_comparisons(extensions.index_writer(), article_id),
        decisions=decisions,
        names=display_names.find_display_names(store, decisions),
        published=published and dates.from_timestamp(published.seconds),
        revisions=_list_revisions(article_id),
        longest=MAX_CHARS_SHOWN,
    )


def _list_revisions(article_id: str) -> list[Revision]:
    """The newest versions that were replaced, each with what the next one made of it."""
    page = queries.list_versions(extensions.store(), article_id, limit=MAX_VERSIONS_SHOWN)
    versions = page.items if page else ()
    return [
        version_diff.compare_versions(old, new, MAX_CHARS_SHOWN) for new, old in pairwise(versions)
    ]


def _active_filters() -> dict[str, str]:
    """The filters in the address that say something."""
    names = ("q", "since", "until", "source", "language", "min_size")
    given = {name: request.args.get(name, "").strip() for name in names}
    return {name: value for name, value in given.items() if value}


def _group_by_day(
    items: Sequence[queries.EventSummary],
) -> list[tuple[datetime, list[queries.EventSummary]]]:
    days = groupby(items, key=lambda item: item.last_seen.astimezone(UTC).date())
    return [(datetime.combine(day, time.min, UTC), list(members)) for day, members in days]


def _hourly_chart(until: datetime | None) -> presenters_charts.HourlyChart | None:
    found = charts.count_events_per_hour(extensions.store(), until or datetime.now(UTC))
    return (
        presenters_charts.build_hourly_chart(found.counts, found.last.timestamp())
        if found
        else None
    )
