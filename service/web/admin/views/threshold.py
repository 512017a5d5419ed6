"""The page of the line: where it is and was, what judgements say, and drawing it elsewhere."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import Conflict
from werkzeug.wrappers import Response

from clustering.events.neighbour_graph import DEFAULT_EVENT_THRESHOLD
from service.engine import recluster
from service.review.threshold import labels, proposal, update
from service.review.threshold.background_job import BackgroundJob, JobFunction
from service.review.threshold.proposal import describe_change
from service.store.review import thresholds
from service.web import extensions
from service.web.auth import authorization

blueprint = Blueprint("threshold", __name__, url_prefix="/calibration")
blueprint.add_app_template_filter(describe_change)


@blueprint.get("")
def show_threshold() -> str:
    """Show the line, and what judgements say of it."""
    store = extensions.store()
    with store.reading() as transaction:
        join, before = (
            thresholds.current_threshold(transaction),
            thresholds.find_previous(transaction),
        )
        history, decisions = thresholds.history(transaction), labels.count_decisions(transaction)
        unfinished = recluster.is_unfinished(transaction)
    return render_template(
        "admin/threshold.html",
        join=join,
        as_it_comes=DEFAULT_EVENT_THRESHOLD,
        before=before and before[1],
        history=history,
        unfinished=unfinished,
        decisions=decisions,
        found=proposal.load_proposal(store),
        job=extensions.background_job(),
    )


@blueprint.post("/work-out")
def fit_threshold() -> Response:
    """Work out what judgements say, beside what is served."""
    store = extensions.store()

    def work(job: BackgroundJob) -> None:
        proposal.save_proposal(store, proposal.propose_threshold(store, job.pause))

    return _start_job("Working out what the judgements say", work)


@blueprint.post("/apply")
def apply_proposal() -> Response:
    """Draw the line where it was proposed, and judge all events again."""
    desk, actor = extensions.index_writer(), authorization.current_actor().recorded_name()
    found = proposal.load_proposal(extensions.store())
    if found is None or request.form.get("proposal") != str(found.at.timestamp()):
        raise Conflict("This was worked out again meanwhile: look at it first.")

    def work(job: BackgroundJob) -> None:
        update.apply_proposal(desk, found, actor, _progress_reporter(job))

    return _start_job("Judging all events again", work)


@blueprint.post("/back")
def revert_threshold() -> Response:
    """Put the line before back, and judge all events again."""
    desk, actor = extensions.index_writer(), authorization.current_actor().recorded_name()

    def work(job: BackgroundJob) -> None:
        update.revert_threshold(desk, actor, _progress_reporter(job))

    return _start_job("Judging all events again", work)


@blueprint.post("/go-on")
def resume_reclustering() -> Response:
    """Go on judging all events again where that was interrupted."""
    desk = extensions.index_writer()

    def work(job: BackgroundJob) -> None:
        recluster.recluster(desk, _progress_reporter(job))

    return _start_job("Judging all events again", work)


def _progress_reporter(job: BackgroundJob) -> update.ProgressCallback:
    return lambda done: job.pause(f"Judging all events again: {done} articles done")


def _start_job(status: str, work: JobFunction) -> Response:
    if not extensions.background_job().start(status, work):
        raise Conflict("It is being worked on; wait for its end.")
    return redirect(url_for("admin.threshold.show_threshold"), 303)
