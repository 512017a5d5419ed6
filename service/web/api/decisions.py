"""/v1/decisions: make, list and undo decisions."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request, url_for
from pydantic import TypeAdapter

from service import queries
from service.common import ids
from service.review import decisions, requests
from service.review.decisions import DecisionResult
from service.web import extensions
from service.web.auth import authorization
from service.web.http import request_body
from service.web.http.query_params import DecisionQuery, parse_api_query
from service.web.http.responses import found_or_404, json_response

_RESULT_ADAPTER: Final = TypeAdapter(DecisionResult)
_DECISION_ADAPTER: Final = TypeAdapter(queries.DecisionView)
_PAGE_ADAPTER: Final = TypeAdapter(queries.DecisionPage)

blueprint = Blueprint("decisions", __name__)


@blueprint.post("/v1/decisions")
def post_decision() -> Response:
    """Make a decision."""
    decision_request = requests.parse_decision(request_body.read_json(request))
    actor = authorization.current_actor().recorded_name(decision_request.actor)
    return _created_response(decisions.decide(extensions.index_writer(), decision_request, actor))


@blueprint.get("/v1/decisions")
def get_decisions() -> Response:
    """List decisions, newest first."""
    query = parse_api_query(DecisionQuery, request.args)
    page = queries.list_decisions(extensions.store(), query.filters(), query.cursor, query.limit)
    return json_response(_PAGE_ADAPTER, page)


@blueprint.get("/v1/decisions/<decision_id>")
def get_decision(decision_id: str) -> Response:
    """Return a decision."""
    decision = queries.get_decision(extensions.store(), _decode_decision_id(decision_id))
    return json_response(_DECISION_ADAPTER, found_or_404(decision, "decision"))


@blueprint.post("/v1/decisions/<decision_id>/undo")
def undo_decision(decision_id: str) -> Response:
    """Undo a decision."""
    undo_request = requests.parse_undo(request_body.read_optional_json(request))
    actor = authorization.current_actor().recorded_name(undo_request.actor)
    number = _decode_decision_id(decision_id)
    return _created_response(decisions.undo(extensions.index_writer(), number, undo_request, actor))


def _decode_decision_id(decision_id: str) -> int:
    return found_or_404(ids.decode("d", decision_id), "decision")


def _created_response(result: DecisionResult) -> Response:
    response = json_response(_RESULT_ADAPTER, result, 201)
    response.location = url_for("api.decisions.get_decision", decision_id=result.decision_id)
    return response
