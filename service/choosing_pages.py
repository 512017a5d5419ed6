"""Where to: the pages on which one chooses the event that an article, or another event, goes to."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template, request
from werkzeug.exceptions import NotFound

from service import browse, compared, current, ids, returning
from service.browse import EventFilter, EventSummary, PagedEvent
from service.deciding_pages import seen

_FOUND: Final = 10
_SAMPLE: Final = 50
"""Articles of an event whose neighbours are looked for, copies included."""

choosing_pages = Blueprint("choosing", __name__)


@choosing_pages.get("/moving/<id:article_id>")
def move(article_id: str) -> str:
    """Choose the event to move an article to."""
    seen()
    article = browse.article(current.store(), article_id)
    if article is None:
        raise NotFound("There is no such article, or it was removed.")
    event_id = article.assignment.event_id
    return _page(event_id, [article_id], article=article)


@choosing_pages.get("/merging/<event_id>")
def merge(event_id: str) -> str:
    """Choose the event to merge another one with."""
    seen()
    event = browse.event_page(current.store(), ids.decode("e", event_id) or 0, 1, _SAMPLE)
    if not isinstance(event, PagedEvent):
        raise NotFound("There is no such event any more.")
    return _page(event_id, [it.canonical_article_id for it in event.groups], event=event)


def _page(event_id: str, article_ids: list[str], **about: object) -> str:
    words = request.args.get("q", "").strip()
    found = _search(words) if words else ()
    return render_template(
        "admin/choose.html",
        near=compared.nearest(current.desk(), event_id, article_ids),
        q=words,
        found=[it for it in found if it.event_id != event_id],
        event_id=event_id,
        back=returning.own(request.args.get("back", "")),
        **about,
    )


def _search(words: str) -> tuple[EventSummary, ...]:
    """The event of that id, or events with such words."""
    store, number = current.store(), ids.decode("e", words)
    if number is None:
        return browse.events(store, EventFilter(q=words), limit=_FOUND).items
    event = browse.event_page(store, number, 1, 1)
    return (event,) if isinstance(event, PagedEvent) else ()
