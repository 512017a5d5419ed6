"""Pages that choose an event: the one to move an article to, or the one to merge another with."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template, request
from werkzeug.exceptions import NotFound

from service import queries
from service.common import ids
from service.queries import EventFilter, EventSummary, PagedEvent
from service.web import extensions
from service.web.admin.page_revision import page_revision
from service.web.admin.presenters import similar_events
from service.web.http import redirects

_MAX_SEARCH_RESULTS: Final = 10
_SAMPLED_ARTICLES: Final = 50
"""Articles of an event, copies included, whose groups are candidates for finding similar events."""

blueprint = Blueprint("event_picker", __name__)


# An article id may contain slashes, so it ends the URL: "/articles/<id>/move" would be ambiguous.
@blueprint.get("/move-article/<id:article_id>")
def choose_move_target(article_id: str) -> str:
    """Choose the event to move an article to."""
    page_revision()
    article = queries.get_article(extensions.store(), article_id)
    if article is None:
        raise NotFound("There is no such article, or it was removed.")
    event_id = article.assignment.event_id
    return _render_picker(event_id, [article_id], article=article)


@blueprint.get("/merge-event/<event_id>")
def choose_merge_target(event_id: str) -> str:
    """Choose the event to merge an event with."""
    page_revision()
    event = queries.get_event_page(
        extensions.store(), ids.decode("e", event_id) or 0, 1, _SAMPLED_ARTICLES
    )
    if not isinstance(event, PagedEvent):
        raise NotFound("There is no such event, or it was merged into another one.")
    article_ids = [group.canonical_article_id for group in event.groups]
    return _render_picker(event_id, article_ids, event=event)


def _render_picker(event_id: str, article_ids: list[str], **context: object) -> str:
    search_text = request.args.get("q", "").strip()
    search_results = _search_events(search_text) if search_text else ()
    return render_template(
        "admin/event_picker.html",
        similar_events=similar_events.find_similar_events(
            extensions.index_writer(), event_id, article_ids
        ),
        q=search_text,
        search_results=[event for event in search_results if event.event_id != event_id],
        event_id=event_id,
        return_url=redirects.local_url_or_none(request.args.get("back", "")),
        **context,
    )


def _search_events(search_text: str) -> tuple[EventSummary, ...]:
    """The event with this id, or events whose headline or titles contain these words."""
    store, number = extensions.store(), ids.decode("e", search_text)
    if number is None:
        events_filter = EventFilter(q=search_text)
        return queries.list_events(store, events_filter, limit=_MAX_SEARCH_RESULTS).items
    event = queries.get_event_page(store, number, 1, 1)
    return (event,) if isinstance(event, PagedEvent) else ()
