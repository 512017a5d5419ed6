"""What people decide on the pages: the forms, what they are told, and the log of it all.

The forms say what a call of the interface says, and the same functions do it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service import access, asked, browse, current, ids, named, problems, queries, returning, review
from service.asked import Asked, InvalidDecisionError
from service.browse import ChangeView, DecisionView
from service.queries import DecisionQuery
from service.review import ConflictError, NoSuchDecisionError
from service.stale import StaleDecisionError

LISTS: Final = ("event_ids", "article_ids")
"""Fields that a form may repeat."""

deciding_pages = Blueprint("deciding", __name__, url_prefix="/decisions")
deciding_pages.add_app_template_global(returning.here)


@deciding_pages.get("")
def listed() -> str:
    """Show what was decided, the newest first."""
    given = queries.query(DecisionQuery, request.args)
    store = current.store()
    seen()
    page = browse.decisions(store, given.cursor, given.limit, standing=given.standing)
    return render_template(
        "admin/decisions.html",
        page=page,
        names=named.names(store, page.items),
        standing=given.standing,
        cursor=given.cursor,
    )


@deciding_pages.post("")
def decide() -> Response:
    """Make a decision, and lead back to where it was made."""
    wanted = asked.read(_form())
    made = review.decide(current.desk(), wanted, access.actor().signature())
    return _back(made.decision_id, _scene(wanted))


@deciding_pages.post("/<decision_id>/undo")
def undo(decision_id: str) -> Response:
    """Take a decision back."""
    number = ids.decode("d", decision_id)
    if number is None:
        raise NoSuchDecisionError
    said = {name: request.form[name] for name in ("reason", "seen") if request.form.get(name)}
    actor = access.actor().signature()
    made = review.undo(current.desk(), number, asked.read_undo(said), actor)
    return _back(made.decision_id, url_for("admin.deciding.listed"))


@deciding_pages.errorhandler(ConflictError)
@deciding_pages.errorhandler(StaleDecisionError)
@deciding_pages.errorhandler(InvalidDecisionError)
def refuse(error: ConflictError | StaleDecisionError | InvalidDecisionError) -> Response:
    """Say what stands against a decision, and how to go on; what was typed is kept."""
    store = current.store()
    found = problems.problem_of(error)
    decisions = error.decisions if isinstance(error, ConflictError) else ()
    known = browse.decisions_by_id(store, decisions)
    against = [known[it] for it in decisions if it in known]
    changes = error.changes if isinstance(error, StaleDecisionError) else ()
    page = render_template(
        "admin/refused.html",
        problem=found,
        against=against,
        changes=changes,
        names=named.names(store, against, changes),
        again=_once_more(changes),
        back=returning.own(request.form.get("back", "")),
    )
    return Response(page, found.status, mimetype="text/html")


@deciding_pages.app_template_global()
def seen() -> int:
    """Return the newest change that the page of this request shows.

    A view calls it before it reads anything; what is decided on its page is checked against it.
    """
    if "seen" not in g:
        g.seen = browse.newest_change(current.store())
    newest: int = g.seen
    return newest


@deciding_pages.app_template_global()
def told() -> tuple[DecisionView, named.Names] | None:
    """Return the decision that this page tells of, by its address."""
    number = ids.decode("d", request.args.get(returning.DONE, ""))
    made = number and browse.decision(current.store(), number)
    return (made, named.names(current.store(), [made])) if made else None


def _form() -> dict[str, Any]:
    """What the form says, as a call would; fields that its kind has no use for are left out."""
    form, kind = request.form, request.form.get("kind", "")
    given = {name: form.getlist(name) if name in LISTS else form[name] for name in form}
    return {"kind": kind} | {
        name: given[name] for name in asked.fields(kind) - {"actor"} if given.get(name)
    }


def _once_more(changes: Sequence[ChangeView]) -> list[tuple[str, str]]:
    """The form as it was sent, to be sent again by somebody who now knows what has changed.

    Nothing if that would be in vain: what it names is gone.
    """
    fields = list(request.form.items(multi=True))
    gone = {it.source_id for it in changes if it.kind.endswith(".merged")}
    if not changes or gone.intersection(value for _, value in fields):
        return []
    kept = [it for it in fields if it[0] not in ("seen", "csrf_token")]
    return [*kept, ("seen", str(changes[-1].seq))]


def _back(decision_id: str, otherwise: str) -> Response:
    wanted = returning.own(request.form.get("back", "")) or otherwise
    return redirect(returning.telling(wanted, decision_id), 303)


def _scene(wanted: Asked) -> str:
    """Where to look at what a decision did."""
    said = asked.payload(wanted)
    for name in ("event_id", "event_ids"):
        if name in said:
            event_id = said[name] if isinstance(said[name], str) else said[name][0]
            return url_for("admin.event", event_id=event_id)
    article_id = said["article_id"] if "article_id" in said else said["article_ids"][0]
    return url_for("admin.article", article_id=article_id)
