"""Pages of events: the list with its search and filters, and one event.

Each page calls the same functions as the API (`service.queries`). Pages work without a script,
and their content security policy allows nothing from other sites.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from service import queries
from service.common import ids
from service.queries import ArticleStub, Member, MergedInto, PagedEvent, event_texts
from service.store.review import reviewed_events, thresholds
from service.web import extensions
from service.web.admin.page_revision import page_revision
from service.web.admin.presenters import (
    display_names,
    event_list,
    similar_events,
    similarity_matrix,
    split_proposal,
    timeline,
)
from service.web.admin.views import found_objects
from service.web.auth import authorization
from service.web.http import query_params, redirects
from service.web.http.query_params import EventListQuery

ARTICLES_PER_PAGE: Final = 50
"""Articles of one event on a page, copies included."""
MAX_DECISIONS_SHOWN: Final = 10
"""Decisions listed on the page of an event or an article, newest first; the history has all."""
MAX_CHARS_SHOWN: Final = 20_000
"""Characters of each text in a list of articles or versions: they bound the size of the page."""

blueprint = Blueprint("events", __name__)


@blueprint.get("", endpoint="home", strict_slashes=False)
@blueprint.get("/events")
def list_events() -> str | WerkzeugResponse:
    """List events: those of the last day by rank, or what was searched for."""
    page_revision()
    if found_url := found_objects.find_url(request.args.get("q", "")):
        return redirect(found_url, 303)
    store = extensions.store()
    query = query_params.parse_query(EventListQuery, request.args)
    view = event_list.choose_view(query, queries.find_newest_time(store) or datetime.now(UTC))
    return render_template(
        "admin/events.html",
        listing=event_list.load_list(store, view),
        view=view,
        stats=queries.get_stats(store),
        parameters={name: value.strip() for name, value in request.args.items() if value.strip()},
        token_needed=not authorization.is_open(),
    )


@blueprint.get("/events/<event_id>")
def show_event(event_id: str) -> str | WerkzeugResponse:
    """Show one event: articles by duplicate group, timeline, and decisions."""
    page_revision()
    page_number = request.args.get("page", 1, type=int)
    number = ids.decode("e", event_id) or 0
    event = queries.get_event_page(extensions.store(), number, page_number, ARTICLES_PER_PAGE)
    if event is None:
        raise NotFound("There is no such event, or all its articles were removed.")
    if isinstance(event, MergedInto):
        kept = {name: request.args.get(name) for name in (redirects.FLASH_PARAM, "back")}
        survivor_id = ids.encode("e", event.number)
        return redirect(
            url_for("admin.events.show_event", event_id=survivor_id, **kept),  # type: ignore[arg-type]
            code=308,
        )
    return _render_event(event)


@blueprint.post("/reviewed")
def mark_reviewed() -> WerkzeugResponse:
    """Mark events as reviewed, or take the marks away, and return to the page of the form."""
    numbers = [ids.decode("e", event_id) or 0 for event_id in request.form.getlist("event_ids")]
    actor = authorization.current_actor().recorded_name()
    with extensions.store().writing() as connection:
        if request.form.get("reviewed") == "no":
            reviewed_events.unmark_reviewed(connection, numbers)
        else:
            reviewed_events.mark_reviewed(connection, numbers, actor, time.time())
    back = redirects.local_url_or_none(request.form.get("back", ""))
    return redirect(back or url_for("admin.events.list_events"), 303)


def _render_event(event: PagedEvent) -> str:
    store = extensions.store()
    matrix = similarity_matrix.build_similarity_matrix(extensions.index_writer(), event)
    dated = [stub for stub in event.article_stubs if stub.is_dated] or event.article_stubs
    decisions = queries.list_decisions_about(store, event.event_id, MAX_DECISIONS_SHOWN)
    with store.reading() as connection:
        reviewer = reviewed_events.find_reviewer(connection, ids.decode("e", event.event_id) or 0)
        event_threshold = thresholds.current_threshold(connection)
    return render_template(
        "admin/event.html",
        event=event,
        texts=_load_texts(event),
        max_chars=MAX_CHARS_SHOWN,
        timeline=timeline.build_timeline(map(_timeline_article, dated)),
        similarity_matrix=matrix,
        split_proposal=split_proposal.propose_split(event, matrix),
        undated=len(event.article_stubs) - len(dated),
        active_decisions=queries.get_decisions_by_id(store, {*_active_decision_ids(event)}),
        decisions=decisions,
        display_names=display_names.find_display_names(
            store, decisions, assignments=[*_members(event)]
        ),
        event_threshold=event_threshold,
        reviewer=reviewer,
        related_events=similar_events.find_similar_events(
            extensions.index_writer(),
            event.event_id,
            [group.canonical_article_id for group in event.groups],
        ),
        return_url=redirects.local_url_or_none(request.args.get("back", "")),
        page=event.page,
        pages=event.pages,
    )


def _members(event: PagedEvent) -> Iterator[Member]:
    for group in event.groups:
        yield from group.members


def _load_texts(event: PagedEvent) -> dict[str, str]:
    article_ids = [member.article_id for member in _members(event)]
    return event_texts.load_texts(extensions.store(), article_ids, MAX_CHARS_SHOWN)


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
