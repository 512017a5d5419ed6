"""What people decide on the pages: the forms, what they are told, and the log of it all.

The forms say what a call of the interface says, and the same functions do it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service import queries
from service.common import ids
from service.queries import ChangeView, DecisionView
from service.review import decisions as review_decisions
from service.review import requests
from service.review.concurrency import StaleDecisionError
from service.review.decisions import ConflictError, NoSuchDecisionError
from service.review.requests import DecisionRequest, InvalidDecisionError
from service.web import extensions
from service.web.admin.page_revision import page_revision
from service.web.admin.presenters import display_names
from service.web.auth import authorization
from service.web.http import errors, query_params, redirects
from service.web.http.query_params import DecisionQuery

REPEATABLE_FIELDS: Final = ("event_ids", "article_ids")
"""Fields that a form may repeat."""

blueprint = Blueprint("decisions", __name__, url_prefix="/decisions")
blueprint.add_app_template_global(redirects.current_url)


@blueprint.get("")
def list_decisions() -> str:
    """Show what was decided, the newest first."""
    given = query_params.parse_query(DecisionQuery, request.args)
    store = extensions.store()
    page_revision()
    page = queries.list_decisions(store, given.cursor, given.limit, active_only=given.active)
    return render_template(
        "admin/decisions.html",
        page=page,
        names=display_names.find_display_names(store, page.items),
        standing=given.active,
        cursor=given.cursor,
    )


@blueprint.post("")
def decide() -> Response:
    """Make a decision, and lead back to where it was made."""
    wanted = requests.parse_decision(_read_form())
    made = review_decisions.decide(
        extensions.index_writer(), wanted, authorization.current_actor().recorded_name()
    )
    return _redirect_back(made.decision_id, _result_url(wanted))


@blueprint.post("/<decision_id>/undo")
def undo(decision_id: str) -> Response:
    """Take a decision back."""
    number = ids.decode("d", decision_id)
    if number is None:
        raise NoSuchDecisionError
    said = {name: request.form[name] for name in ("reason", "seen") if request.form.get(name)}
    actor = authorization.current_actor().recorded_name()
    made = review_decisions.undo(
        extensions.index_writer(), number, requests.parse_undo(said), actor
    )
    return _redirect_back(made.decision_id, url_for("admin.decisions.list_decisions"))


@blueprint.errorhandler(ConflictError)
@blueprint.errorhandler(StaleDecisionError)
@blueprint.errorhandler(InvalidDecisionError)
def render_refusal(error: ConflictError | StaleDecisionError | InvalidDecisionError) -> Response:
    """Say what stands against a decision, and how to go on; what was typed is kept."""
    store = extensions.store()
    found = errors.problem_from_exception(error)
    decisions = error.decisions if isinstance(error, ConflictError) else ()
    known = queries.get_decisions_by_id(store, decisions)
    against = [known[it] for it in decisions if it in known]
    changes = error.changes if isinstance(error, StaleDecisionError) else ()
    page = render_template(
        "admin/decision_conflict.html",
        problem=found,
        against=against,
        changes=changes,
        names=display_names.find_display_names(store, against, changes),
        again=_resubmit_fields(changes),
        back=redirects.local_url_or_none(request.form.get("back", "")),
    )
    return Response(page, found.status, mimetype="text/html")


@blueprint.app_template_global()
def flash_decision() -> tuple[DecisionView, display_names.DisplayNames] | None:
    """Return the decision that this page tells of, by its address."""
    number = ids.decode("d", request.args.get(redirects.FLASH_PARAM, ""))
    made = number and queries.get_decision(extensions.store(), number)
    return (made, display_names.find_display_names(extensions.store(), [made])) if made else None


def _read_form() -> dict[str, Any]:
    """What the form says, as a call would; fields that its kind has no use for are left out."""
    form, kind = request.form, request.form.get("kind", "")
    given = {name: form.getlist(name) if name in REPEATABLE_FIELDS else form[name] for name in form}
    return {"kind": kind} | {
        name: given[name] for name in requests.field_names(kind) - {"actor"} if given.get(name)
    }


def _resubmit_fields(changes: Sequence[ChangeView]) -> list[tuple[str, str]]:
    """The form as it was sent, to be sent again by somebody who now knows what has changed.

    Nothing if that would be in vain: what it names is gone.
    """
    fields = list(request.form.items(multi=True))
    gone = {it.source_id for it in changes if it.kind.endswith(".merged")}
    if not changes or gone.intersection(value for _, value in fields):
        return []
    kept = [it for it in fields if it[0] not in ("seen", "csrf_token")]
    return [*kept, ("seen", str(changes[-1].seq))]


def _redirect_back(decision_id: str, fallback: str) -> Response:
    wanted = redirects.local_url_or_none(request.form.get("back", "")) or fallback
    return redirect(redirects.with_flash_decision(wanted, decision_id), 303)


def _result_url(decision_request: DecisionRequest) -> str:
    """Where to look at what a decision did."""
    said = requests.to_payload(decision_request)
    for name in ("event_id", "event_ids"):
        if name in said:
            event_id = said[name] if isinstance(said[name], str) else said[name][0]
            return url_for("admin.events.event", event_id=event_id)
    article_id = said["article_id"] if "article_id" in said else said["article_ids"][0]
    return url_for("admin.events.article", article_id=article_id)
