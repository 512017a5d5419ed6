"""The page of the line: where it is and was, what judgements say, and drawing it elsewhere."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import Conflict
from werkzeug.wrappers import Response

from clustering.likeness import JOIN
from service import access, current, reclustering
from service.calibration import drawing, labels, proposal
from service.calibration.job import Job, Work
from service.calibration.report import fate
from service.store import lines

calibration_pages = Blueprint("calibration", __name__, url_prefix="/calibration")
calibration_pages.add_app_template_filter(fate)


@calibration_pages.get("")
def looked_at() -> str:
    """Show the line, and what judgements say of it."""
    store = current.store()
    with store.reading() as transaction:
        join, before = lines.in_force(transaction), lines.before(transaction)
        history, decisions = lines.history(transaction), labels.count(transaction)
        unfinished = reclustering.is_unfinished(transaction)
    return render_template(
        "admin/calibration.html",
        join=join,
        as_it_comes=JOIN,
        before=before and before[1],
        history=history,
        unfinished=unfinished,
        decisions=decisions,
        found=proposal.newest(store),
        job=current.calibrating(),
    )


@calibration_pages.post("/work-out")
def work_out() -> Response:
    """Work out what judgements say, beside what is served."""
    store = current.store()

    def work(job: Job) -> None:
        proposal.keep(store, proposal.work_out(store, job.pause))

    return _begin("Working out what the judgements say", work)


@calibration_pages.post("/apply")
def apply() -> Response:
    """Draw the line where it was proposed, and judge all events again."""
    desk, actor = current.desk(), access.actor().signature()
    found = proposal.newest(current.store())
    if found is None or request.form.get("proposal") != str(found.at.timestamp()):
        raise Conflict("This was worked out again meanwhile: look at it first.")

    def work(job: Job) -> None:
        drawing.apply(desk, found, actor, _telling(job))

    return _begin("Judging all events again", work)


@calibration_pages.post("/back")
def back() -> Response:
    """Put the line before back, and judge all events again."""
    desk, actor = current.desk(), access.actor().signature()

    def work(job: Job) -> None:
        drawing.put_back(desk, actor, _telling(job))

    return _begin("Judging all events again", work)


@calibration_pages.post("/go-on")
def go_on() -> Response:
    """Go on judging all events again where that was interrupted."""
    desk = current.desk()

    def work(job: Job) -> None:
        reclustering.recluster(desk, _telling(job))

    return _begin("Judging all events again", work)


def _telling(job: Job) -> drawing.Progress:
    return lambda done: job.pause(f"Judging all events again: {done} articles done")


def _begin(doing: str, work: Work) -> Response:
    if not current.calibrating().start(doing, work):
        raise Conflict("It is being worked on; wait for its end.")
    return redirect(url_for("admin.calibration.looked_at"), 303)
