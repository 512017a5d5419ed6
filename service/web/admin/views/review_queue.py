"""Page of the review queue: one uncertain pair at a time, with a key for each answer.

An answer is an ordinary decision, sent by the form of all decisions. A skip is not a decision: it
hides the pair from one editor only.
"""

from __future__ import annotations

import time
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from service import queries
from service.review import queue
from service.store.review import uncertain_pairs
from service.store.schema import articles
from service.web import extensions
from service.web.admin.page_revision import page_revision
from service.web.admin.presenters import display_names, side_by_side
from service.web.auth import authorization

ANSWERS_SHOWN: Final = 10
"""Last answers of an editor that are listed, each with a button to undo it."""

blueprint = Blueprint("review_queue", __name__, url_prefix="/review-queue")


@blueprint.get("")
def show_next_pair() -> str:
    """Show the first pair of the queue."""
    store = extensions.store()
    page_revision()
    page = queue.list_review_queue(
        extensions.index_writer(), authorization.current_actor().name, limit=1
    )
    uncertain_pair = page.items[0] if page.items else None
    answers = queries.list_answers(store, authorization.current_actor().name, ANSWERS_SHOWN)
    return render_template(
        "admin/review_queue.html",
        page=page,
        uncertain_pair=uncertain_pair,
        side_by_side=uncertain_pair
        and side_by_side.compare_pair(store, uncertain_pair.article_ids),
        skipped="skipped" in request.args,
        answers=answers,
        display_names=display_names.find_display_names(store, answers),
    )


@blueprint.post("/skip")
def skip() -> Response:
    """Hide a pair from this editor and show the next one."""
    article_ids = request.form.getlist("article_ids")
    with extensions.store().writing() as connection:
        query = select(articles.c.key).where(articles.c.id.in_(article_ids[:2]))
        first, second = [*sorted(connection.scalars(query)), 0, 0][:2]
        actor = authorization.current_actor().recorded_name()
        if not uncertain_pairs.skip_pair(connection, (first, second), actor, time.time()):
            raise NotFound("This pair is not in the review queue any more.")
    return redirect(url_for("admin.review_queue.show_next_pair", skipped=1), 303)


@blueprint.post("/unskip")
def unskip() -> Response:
    """Show the pair again that this editor skipped last."""
    actor = authorization.current_actor().recorded_name()
    with extensions.store().writing() as connection:
        skipped_pair = uncertain_pairs.find_last_skip(connection, actor)
        if skipped_pair is None:
            raise NotFound("You have not skipped any pair.")
        uncertain_pairs.undo_skip(connection, (skipped_pair.first, skipped_pair.second), actor)
    return redirect(url_for("admin.review_queue.show_next_pair"), 303)
