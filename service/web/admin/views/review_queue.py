"""The page of doubts: one at a time, with a key for each answer.

An answer is a decision like any other, by the form that all decisions are made by; a skip is not,
and only somebody's own.
"""

from __future__ import annotations

import time

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from service.review import queue
from service.store.review import uncertain_pairs as kept
from service.store.schema import articles
from service.web import extensions
from service.web.admin.page_revision import page_revision
from service.web.admin.presenters import side_by_side
from service.web.auth import authorization

blueprint = Blueprint("review_queue", __name__, url_prefix="/doubts")


@blueprint.get("")
def show_next_pair() -> str:
    """Ask the most useful question that is left."""
    store = extensions.store()
    page_revision()
    page = queue.list_review_queue(
        extensions.index_writer(), authorization.current_actor().name, limit=1
    )
    doubt = page.items[0] if page.items else None
    return render_template(
        "admin/review_queue.html",
        page=page,
        doubt=doubt,
        compared=doubt and side_by_side.compare_pair(store, doubt),
        skipped="skipped" in request.args,
    )


@blueprint.post("/skip")
def skip() -> Response:
    """Leave a doubt to others, and ask the next."""
    names = request.form.getlist("article_ids")
    with extensions.store().writing() as transaction:
        query = select(articles.c.key).where(articles.c.id.in_(names[:2]))
        first, second = [*sorted(transaction.scalars(query)), 0, 0][:2]
        actor = authorization.current_actor().recorded_name()
        if not kept.skip_pair(transaction, (first, second), actor, time.time()):
            raise NotFound("There is no such doubt any more.")
    return redirect(url_for("admin.review_queue.show_next_pair", skipped=1), 303)


@blueprint.post("/unskip")
def unskip() -> Response:
    """Ask again what somebody skipped last."""
    actor = authorization.current_actor().recorded_name()
    with extensions.store().writing() as transaction:
        last = kept.find_last_skip(transaction, actor)
        if last is None:
            raise NotFound("You have skipped nothing.")
        kept.undo_skip(transaction, (last.first, last.second), actor)
    return redirect(url_for("admin.review_queue.show_next_pair"), 303)
