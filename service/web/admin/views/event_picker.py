"""Where to: the pages on which one chooses the event that an article, or another event, goes to."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template, request
from werkzeug.exceptions import NotFound

from service import queries
from service.common import ids
from service.queries import EventFilter, EventSummary, PagedEvent
from service.web import extensions
from service.web.admin.page_revision import page_revision
from service.web.admin.presenters import comparisons
from service.web.http import redirects

_MAX_SEARCH_RESULTS: Final = 10
_SAMPLED_ARTICLES: Final = 50
"""Articles of an event whose neighbours are looked for, copies included."""

blueprint = Blueprint("event_picker", __name__)


@blueprint.get("/moving/<id:article_id>")
def choose_move_target(article_id: str) -> str:
    """Choose the event to move an article to."""
    page_revision()
    article = queries.get_article(extensions.store(), article_id)
    if article is None:
        raise NotFound("There is no such article, or it was removed.")
    event_id = article.assignment.event_id
    return _render_picker(event_id, [article_id], article=article)


@blueprint.get("/merging/<event_id>")
def choose_merge_target(event_id: str) -> str:
    """Choose the event to merge another one with."""
    page_revision()
    event = queries.get_event_page(
        extensions.store(), ids.decode("e", event_id) or 0, 1, _SAMPLED_ARTICLES
    )
    if not isinstance(event, PagedEvent):
        raise NotFound("There is no such event any more.")
    return _render_picker(event_id, [it.canonical_article_id for it in event.groups], event=event)


def _render_picker(event_id: str, article_ids: list[str], **context: object) -> str:
    words = request.args.get("q", "").strip()
    found = _search_events(words) if words else ()
    return render_template(
        "admin/event_picker.html",
        near=comparisons.find_similar_events(extensions.index_writer(), event_id, article_ids),
        q=words,
        found=[it for it in found if it.event_id != event_id],
        event_id=event_id,
        back=redirects.local_url_or_none(request.args.get("back", "")),
        **context,
    )


def _search_events(words: str) -> tuple[EventSummary, ...]:
    """The event of that id, or events with such words."""
    store, number = extensions.store(), ids.decode("e", words)
    if number is None:
        return queries.list_events(store, EventFilter(q=words), limit=_MAX_SEARCH_RESULTS).items
    event = queries.get_event_page(store, number, 1, 1)
    return (event,) if isinstance(event, PagedEvent) else ()
