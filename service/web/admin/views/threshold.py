"""Page of the event threshold: its history, a proposal from decisions, and changing it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import Conflict
from werkzeug.wrappers import Response

from clustering.events.thresholds import DEFAULT_EVENT_THRESHOLD
from service.engine import recluster
from service.review.threshold import labels, proposal, update
from service.review.threshold.background_job import BackgroundJob, JobFunction
from service.review.threshold.proposal import describe_change
from service.store.review import thresholds
from service.web import extensions
from service.web.auth import authorization

blueprint = Blueprint("threshold", __name__, url_prefix="/threshold")
blueprint.add_app_template_filter(describe_change)


@blueprint.get("")
def show_threshold() -> str:
    """Show the threshold, its history and the latest proposal."""
    store = extensions.store()
    with store.reading() as connection:
        event_threshold = thresholds.current_threshold(connection)
        previous = thresholds.find_previous(connection)
        history, n_decisions = thresholds.history(connection), labels.count_decisions(connection)
        unfinished = recluster.is_unfinished(connection)
    return render_template(
        "admin/threshold.html",
        event_threshold=event_threshold,
        default_threshold=DEFAULT_EVENT_THRESHOLD,
        previous_threshold=previous and previous[1],
        history=history,
        unfinished=unfinished,
        n_decisions=n_decisions,
        proposal=proposal.load_proposal(store),
        job=extensions.background_job(),
    )


@blueprint.post("/fit")
def fit_threshold() -> Response:
    """Compute a proposal from the decisions in the background; nothing is changed yet."""
    store = extensions.store()

    def work(job: BackgroundJob) -> None:
        proposal.save_proposal(store, proposal.propose_threshold(store, job.pause))

    return _start_job("Computing a proposal", work)


@blueprint.post("/apply")
def apply_proposal() -> Response:
    """Set the proposed threshold, and recluster all events in the background."""
    writer, actor = extensions.index_writer(), authorization.current_actor().recorded_name()
    latest = proposal.load_proposal(extensions.store())
    if latest is None or request.form.get("proposal") != str(latest.at.timestamp()):
        raise Conflict("A newer proposal was computed meanwhile. Look at it first.")

    def work(job: BackgroundJob) -> None:
        update.apply_proposal(writer, latest, actor, _progress_reporter(job))

    return _start_job("Sorting all events anew", work)


@blueprint.post("/revert")
def revert_threshold() -> Response:
    """Set the previous threshold again, and recluster all events in the background."""
    writer, actor = extensions.index_writer(), authorization.current_actor().recorded_name()

    def work(job: BackgroundJob) -> None:
        update.revert_threshold(writer, actor, _progress_reporter(job))

    return _start_job("Sorting all events anew", work)


@blueprint.post("/resume")
def resume_reclustering() -> Response:
    """Resume an interrupted reclustering of all events in the background."""
    writer = extensions.index_writer()

    def work(job: BackgroundJob) -> None:
        recluster.recluster(writer, _progress_reporter(job))

    return _start_job("Sorting all events anew", work)


def _progress_reporter(job: BackgroundJob) -> update.ProgressCallback:
    return lambda n_done: job.pause(f"Sorting all events anew: {n_done} articles done")


def _start_job(status: str, work: JobFunction) -> Response:
    if not extensions.background_job().start(status, work):
        raise Conflict("Another job is running. Wait until it has finished.")
    return redirect(url_for("admin.threshold.show_threshold"), 303)
