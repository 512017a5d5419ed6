"""Page of the review queue: one uncertain pair at a time, with a key for each answer.

An answer is an ordinary decision, sent by the form of all decisions. A skip is not a decision: it
hides the pair from one editor only. A flag does the same, and lists the pair for all editors.
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
from service.web.admin.presenters import display_names, question_text, side_by_side
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
    flagged_pairs = queue.list_flagged(extensions.index_writer())
    shown = [*page.items, *(flagged.pair for flagged in flagged_pairs)]
    return render_template(
        "admin/review_queue.html",
        page=page,
        uncertain_pair=uncertain_pair,
        side_by_side=uncertain_pair
        and side_by_side.compare_pair(store, uncertain_pair.article_ids),
        hidden=request.args.get("hidden"),
        answers=answers,
        flagged_pairs=flagged_pairs,
        questions=question_text.QUESTIONS,
        names=question_text.find_names(store, shown),
        display_names=display_names.find_display_names(store, answers),
    )


@blueprint.post("/skip")
def skip() -> Response:
    """Hide a pair from this editor and show the next one; a flagged one is listed for all."""
    flagged = request.form.get("flag") == "yes"
    article_ids = request.form.getlist("article_ids")
    with extensions.store().writing() as connection:
        query = select(articles.c.key).where(articles.c.id.in_(article_ids[:2]))
        first, second = [*sorted(connection.scalars(query)), 0, 0][:2]
        actor = authorization.current_actor().recorded_name()
        pair, now = (first, second), time.time()
        if not uncertain_pairs.skip_pair(connection, pair, actor, now, flagged=flagged):
            raise NotFound("This pair is not in the review queue any more.")
    hidden = "flagged" if flagged else "skipped"
    return redirect(url_for("admin.review_queue.show_next_pair", hidden=hidden), 303)


@blueprint.post("/unskip")
def unskip() -> Response:
    """Show the pair again that this editor skipped or flagged last."""
    actor = authorization.current_actor().recorded_name()
    with extensions.store().writing() as connection:
        skipped_pair = uncertain_pairs.find_last_skip(connection, actor)
        if skipped_pair is None:
            raise NotFound("You have not skipped any pair.")
        uncertain_pairs.undo_skip(connection, (skipped_pair.first, skipped_pair.second), actor)
    return redirect(url_for("admin.review_queue.show_next_pair"), 303)
