"""The calls about decisions: read the request, call, answer."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request, url_for
from pydantic import TypeAdapter

from service import queries
from service.common import ids, media_types
from service.review import decisions, requests
from service.review.decisions import DecisionResult
from service.web import extensions
from service.web.auth import authorization
from service.web.http import request_body
from service.web.http.problems import ProblemError
from service.web.http.query_params import DecisionQuery, parse_query

_RESULT_ADAPTER: Final = TypeAdapter(DecisionResult)
_DECISION_ADAPTER: Final = TypeAdapter(queries.DecisionView)
_PAGE_ADAPTER: Final = TypeAdapter(queries.DecisionPage)

blueprint = Blueprint("decisions", __name__)


@blueprint.post("/v1/decisions")
def post_decision() -> Response:
    """Make a decision."""
    wanted = requests.parse_decision(request_body.read_json(request))
    actor = authorization.current_actor().recorded_name(wanted.actor)
    return _created_response(decisions.decide(extensions.index_writer(), wanted, actor))


@blueprint.get("/v1/decisions")
def get_decisions() -> Response:
    """List decisions, newest first."""
    given = parse_query(DecisionQuery, request.args)
    store = extensions.store()
    page = queries.list_decisions(store, given.cursor, given.limit, active_only=given.standing)
    return Response(_PAGE_ADAPTER.dump_json(page) + b"\n", mimetype=media_types.JSON)


@blueprint.get("/v1/decisions/<decision_id>")
def get_decision(decision_id: str) -> Response:
    """Return a decision."""
    found = queries.get_decision(extensions.store(), _decode_decision_id(decision_id))
    if found is None:
        raise ProblemError(404, "no such decision")
    return Response(_DECISION_ADAPTER.dump_json(found) + b"\n", mimetype=media_types.JSON)


@blueprint.post("/v1/decisions/<decision_id>/undo")
def undo_decision(decision_id: str) -> Response:
    """Take a decision back."""
    wanted = requests.parse_undo(request_body.read_optional_json(request))
    actor = authorization.current_actor().recorded_name(wanted.actor)
    return _created_response(
        decisions.undo(extensions.index_writer(), _decode_decision_id(decision_id), wanted, actor)
    )


def _decode_decision_id(decision_id: str) -> int:
    number = ids.decode("d", decision_id)
    if number is None:
        raise ProblemError(404, "no such decision")
    return number


def _created_response(result: DecisionResult) -> Response:
    response = Response(_RESULT_ADAPTER.dump_json(result) + b"\n", 201, mimetype=media_types.JSON)
    response.location = url_for("api.decisions.get_decision", decision_id=result.decision_id)
    return response
