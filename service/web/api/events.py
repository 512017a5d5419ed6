"""/v1/events and /v1/duplicate-groups."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request, url_for
from pydantic import TypeAdapter

from service import queries
from service.common import ids, media_types
from service.web import extensions
from service.web.http import request_body
from service.web.http.query_params import EventQuery, parse_query
from service.web.http.responses import found_or_404, json_response

blueprint = Blueprint("events", __name__)

_EVENTS_ADAPTER: Final = TypeAdapter(queries.EventPage)


_EVENT_ADAPTER: Final = TypeAdapter(queries.EventView)


_GROUP_ADAPTER: Final = TypeAdapter(queries.GroupView)


@blueprint.get("/v1/events")
def get_events() -> Response:
    """List events, newest first."""
    asked = parse_query(EventQuery, request.args)
    page = queries.list_events(extensions.store(), asked.filters(), asked.cursor, asked.limit)
    return json_response(_EVENTS_ADAPTER, page)


@blueprint.get("/v1/events/<event_id>")
def get_event(event_id: str) -> Response:
    """Return an event with its articles."""
    found = queries.get_event(extensions.store(), _decode_id("e", event_id, "event"))
    if isinstance(found, queries.MergedInto):
        name = ids.encode("e", found.number)
        return _merged_response(name, url_for("api.events.get_event", event_id=name))
    return json_response(_EVENT_ADAPTER, found_or_404(found, "event"))


@blueprint.get("/v1/duplicate-groups/<group_id>")
def get_duplicate_group(group_id: str) -> Response:
    """Return a duplicate group with its articles."""
    found = queries.get_group(extensions.store(), _decode_id("g", group_id, "duplicate group"))
    if isinstance(found, queries.MergedInto):
        name = ids.encode("g", found.number)
        return _merged_response(name, url_for("api.events.get_duplicate_group", group_id=name))
    return json_response(_GROUP_ADAPTER, found_or_404(found, "duplicate group"))


def _decode_id(id_kind: ids.IdKind, public_id: str, noun: str) -> int:
    return found_or_404(ids.decode(id_kind, public_id), noun)


def _merged_response(survivor_id: str, location: str) -> Response:
    response = Response(
        request_body.dump_json({"merged_into": survivor_id}), 308, mimetype=media_types.JSON
    )
    response.location = location
    return response
