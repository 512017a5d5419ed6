"""The calls about decisions: read the request, call, answer."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request, url_for
from pydantic import TypeAdapter

from service import access, asked, bodies, browse, current, ids, review
from service.problems import ProblemError
from service.queries import DecisionQuery, query
from service.review import Decided

_decided: Final = TypeAdapter(Decided)
_one: Final = TypeAdapter(browse.DecisionView)
_page: Final = TypeAdapter(browse.DecisionPage)

decision_api = Blueprint("decision_api", __name__)


@decision_api.post("/v1/decisions")
def post_decision() -> Response:
    """Make a decision."""
    wanted = asked.read(bodies.one(request))
    actor = access.actor().signature(wanted.actor)
    return _made(review.decide(current.desk(), wanted, actor))


@decision_api.get("/v1/decisions")
def get_decisions() -> Response:
    """List decisions, newest first."""
    given = query(DecisionQuery, request.args)
    store = current.store()
    page = browse.decisions(store, given.cursor, given.limit, standing=given.standing)
    return Response(_page.dump_json(page) + b"\n", mimetype=bodies.JSON)


@decision_api.get("/v1/decisions/<decision_id>")
def get_decision(decision_id: str) -> Response:
    """Return a decision."""
    found = browse.decision(current.store(), _number(decision_id))
    if found is None:
        raise ProblemError(404, "no such decision")
    return Response(_one.dump_json(found) + b"\n", mimetype=bodies.JSON)


@decision_api.post("/v1/decisions/<decision_id>/undo")
def undo_decision(decision_id: str) -> Response:
    """Take a decision back."""
    wanted = asked.read_undo(bodies.one_or_none(request))
    actor = access.actor().signature(wanted.actor)
    return _made(review.undo(current.desk(), _number(decision_id), wanted, actor))


def _number(name: str) -> int:
    number = ids.decode("d", name)
    if number is None:
        raise ProblemError(404, "no such decision")
    return number


def _made(made: Decided) -> Response:
    response = Response(_decided.dump_json(made) + b"\n", 201, mimetype=bodies.JSON)
    response.location = url_for("decision_api.get_decision", decision_id=made.decision_id)
    return response
