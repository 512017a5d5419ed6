"""/v1/events and /v1/duplicate-groups."""

from __future__ import annotations

from typing import Any, Final, NamedTuple, TypeVar

from flask import Blueprint, Response, request, url_for
from pydantic import TypeAdapter

from service import queries
from service.common import ids
from service.queries import MergedInto
from service.web import extensions
from service.web.http.query_params import EventQuery, parse_api_query
from service.web.http.responses import found_or_404, json_response, plain_json_response

blueprint = Blueprint("events", __name__)

_View = TypeVar("_View")

_EVENTS_ADAPTER: Final = TypeAdapter(queries.EventPage)
_EVENT_ADAPTER: Final = TypeAdapter(queries.EventView)
_GROUP_ADAPTER: Final = TypeAdapter(queries.GroupView)


class _Resource(NamedTuple):
    """What can merge into another of its kind: an event or a duplicate group."""

    id_kind: ids.IdKind
    noun: str
    endpoint: str
    id_param: str

    def decode_id(self, public_id: str) -> int:
        return found_or_404(ids.decode(self.id_kind, public_id), self.noun)

    def response(self, adapter: TypeAdapter[_View], entity: _View | MergedInto | None) -> Response:
        """Return the entity, a redirect to the one it has merged into, or 404."""
        if not isinstance(entity, MergedInto):
            return json_response(adapter, found_or_404(entity, self.noun))
        survivor_id = ids.encode(self.id_kind, entity.number)
        redirect = plain_json_response({"merged_into": survivor_id}, 308)
        values: dict[str, Any] = {self.id_param: survivor_id}
        redirect.location = url_for(self.endpoint, **values)
        return redirect


_EVENT: Final = _Resource("e", "event", "api.events.get_event", "event_id")
_GROUP: Final = _Resource("g", "duplicate group", "api.events.get_duplicate_group", "group_id")


@blueprint.get("/v1/events")
def get_events() -> Response:
    """List events."""
    query = parse_api_query(EventQuery, request.args)
    page = queries.list_events(
        extensions.store(), query.filters(), query.cursor, query.limit, query.sort
    )
    return json_response(_EVENTS_ADAPTER, page)


@blueprint.get("/v1/events/<event_id>")
def get_event(event_id: str) -> Response:
    """Return an event with its articles."""
    event = queries.get_event(extensions.store(), _EVENT.decode_id(event_id))
    return _EVENT.response(_EVENT_ADAPTER, event)


@blueprint.get("/v1/duplicate-groups/<group_id>")
def get_duplicate_group(group_id: str) -> Response:
    """Return a duplicate group with its articles."""
    group = queries.get_group(extensions.store(), _GROUP.decode_id(group_id))
    return _GROUP.response(_GROUP_ADAPTER, group)
