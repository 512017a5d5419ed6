"""Decision forms, their error pages, and the history of decisions.

A form has the fields of the API request, and both call the same functions.
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
from service.web.http import query_params, redirects
from service.web.http.error_page import render_error_page
from service.web.http.query_params import DecisionQuery

REPEATABLE_FIELDS: Final = ("event_ids", "article_ids")
"""Form fields that may occur more than once; they become lists."""

blueprint = Blueprint("decisions", __name__)
blueprint.add_app_template_global(redirects.current_url)
blueprint.add_app_template_global(redirects.url_to_return_to)


@blueprint.get("/history")
def show_history() -> str:
    """Show the decisions, newest first."""
    query = query_params.parse_query(DecisionQuery, request.args)
    store = extensions.store()
    page_revision()
    page = queries.list_decisions(store, query.filters(), query.cursor, query.limit)
    return render_template(
        "admin/history.html",
        page=page,
        display_names=display_names.find_display_names(store, page.items),
        filters={"active": "true" if query.active else None, "kind": query.kind}
        | {"actor": query.actor},
        cursor=query.cursor,
    )


@blueprint.post("/decisions")
def decide() -> Response:
    """Make a decision and return to the page whose form sent it."""
    decision_request = requests.parse_decision(_read_form())
    result = review_decisions.decide(
        extensions.index_writer(), decision_request, authorization.current_actor().recorded_name()
    )
    return _redirect_back(result.decision_id, _result_url(decision_request))


@blueprint.post("/decisions/<decision_id>/undo")
def undo(decision_id: str) -> Response:
    """Undo a decision and return to the page whose form asked for it."""
    number = ids.decode("d", decision_id)
    if number is None:
        raise NoSuchDecisionError
    payload = {name: request.form[name] for name in ("reason", "seen") if request.form.get(name)}
    actor = authorization.current_actor().recorded_name()
    result = review_decisions.undo(
        extensions.index_writer(), number, requests.parse_undo(payload), actor
    )
    return _redirect_back(result.decision_id, url_for("admin.decisions.show_history"))


@blueprint.errorhandler(ConflictError)
@blueprint.errorhandler(StaleDecisionError)
@blueprint.errorhandler(InvalidDecisionError)
def show_conflict(error: ConflictError | StaleDecisionError | InvalidDecisionError) -> Response:
    """Show why a decision was refused and how to continue; the page keeps what was typed."""
    store = extensions.store()
    decision_ids = error.decisions if isinstance(error, ConflictError) else ()
    changes = error.changes if isinstance(error, StaleDecisionError) else ()
    decisions_by_id = queries.get_decisions_by_id(store, decision_ids)
    conflicting = [decisions_by_id[id_] for id_ in decision_ids if id_ in decisions_by_id]
    return render_error_page(
        error,
        "admin/decision_conflict.html",
        conflicting_decisions=conflicting,
        changes=changes,
        display_names=display_names.find_display_names(store, conflicting, changes),
        resubmit_fields=_resubmit_fields(changes),
        return_url=redirects.local_url_or_none(request.form.get("back", "")),
    )


@blueprint.app_template_global()
def flash_decision() -> tuple[DecisionView, display_names.DisplayNames] | None:
    """Return the decision just made, which the page's URL names, with the names it mentions."""
    number = ids.decode("d", request.args.get(redirects.FLASH_PARAM, ""))
    store = extensions.store()
    decision = number and queries.get_decision(store, number)
    return (decision, display_names.find_display_names(store, [decision])) if decision else None


def _read_form() -> dict[str, Any]:
    """Return the form as the payload of an API request, without fields its kind does not have."""
    form, kind = request.form, request.form.get("kind", "")
    values = {
        name: form.getlist(name) if name in REPEATABLE_FIELDS else form[name] for name in form
    }
    return {"kind": kind} | {
        name: values[name] for name in requests.field_names(kind) - {"actor"} if values.get(name)
    }


def _resubmit_fields(changes: Sequence[ChangeView]) -> list[tuple[str, str]]:
    """The submitted form fields with `seen` set to the newest change, for sending them again.

    Empty if nothing has changed, or if the form names an event that was merged into another one:
    sending it again would fail.
    """
    fields = list(request.form.items(multi=True))
    merged_ids = {change.source_id for change in changes if change.kind.endswith(".merged")}
    if not changes or merged_ids.intersection(value for _, value in fields):
        return []
    resent_fields = [field for field in fields if field[0] not in ("seen", "csrf_token")]
    return [*resent_fields, ("seen", str(changes[-1].seq))]


def _redirect_back(decision_id: str, fallback: str) -> Response:
    url = redirects.local_url_or_none(request.form.get("back", "")) or fallback
    return redirect(redirects.with_flash_decision(url, decision_id), 303)


def _result_url(decision_request: DecisionRequest) -> str:
    """URL of the event or article that a decision is about."""
    payload = requests.to_payload(decision_request)
    for name in ("event_id", "event_ids"):
        if name in payload:
            event_id = payload[name] if isinstance(payload[name], str) else payload[name][0]
            return url_for("admin.events.show_event", event_id=event_id)
    article_id = payload["article_id"] if "article_id" in payload else payload["article_ids"][0]
    return url_for("admin.articles.show_article", article_id=article_id)
