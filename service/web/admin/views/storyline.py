"""Page of a storyline: events that continue one another, as a line of time."""

from __future__ import annotations

import time
from typing import Final, cast

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from service import queries
from service.common import ids
from service.queries import EventFilter
from service.queries.storylines import MAX_EVENTS
from service.store.review import storyline_edits
from service.store.review.storyline_edits import EditKind
from service.web import extensions
from service.web.admin.page_revision import page_revision
from service.web.auth import authorization
from service.web.http import redirects

blueprint = Blueprint("storyline", __name__)

_KINDS: Final = ("tie", "cut")


@blueprint.get("/events/<event_id>/storyline")
def show_storyline(event_id: str) -> str:
    """Show the storyline of an event, the earliest event first."""
    page_revision()
    store, number = extensions.store(), ids.decode("e", event_id) or 0
    filters = EventFilter(storyline=number)
    events = queries.list_events(store, filters, limit=MAX_EVENTS).items[::-1]
    if not any(event.event_id == event_id for event in events):
        raise NotFound("There is no such event, or it was merged into another one.")
    links = queries.find_links(store, number)
    return render_template(
        "admin/storyline.html",
        event_id=event_id,
        events=sorted(events, key=lambda event: event.first_seen),
        links_to={
            event.event_id: [link for link in links if link.later_id == event.event_id]
            for event in events
        },
        headline_of={event.event_id: event.headline for event in events},
        return_url=redirects.local_url_or_none(request.args.get("back", "")),
    )


@blueprint.post("/storyline-edits")
def edit_storyline() -> Response:
    """Tie two events into one storyline, cut them apart, or take that back."""
    named = [value.strip() for value in request.form.getlist("event_ids")]
    numbers = [number for value in named if (number := ids.decode("e", value))]
    kind = request.form.get("kind")
    if len({*numbers}) != 2 or kind not in (*_KINDS, "forget"):
        raise BadRequest("Name two different events by their ids, such as e12.")
    edit = None if kind == "forget" else cast(EditKind, kind)
    actor = authorization.current_actor().recorded_name()
    with extensions.store().writing() as connection:
        storyline_edits.save_edit(connection, numbers[0], numbers[1], edit, actor, time.time())
    back = redirects.local_url_or_none(request.form.get("back", ""))
    return redirect(
        back or url_for("admin.storyline.show_storyline", event_id=f"e{numbers[0]}"), 303
    )
