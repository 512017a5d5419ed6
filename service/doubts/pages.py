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

from service import access, current
from service.deciding_pages import seen
from service.doubts import pair, queue
from service.store import doubts as kept
from service.store.tables import articles

doubt_pages = Blueprint("doubts", __name__, url_prefix="/doubts")


@doubt_pages.get("")
def asked() -> str:
    """Ask the most useful question that is left."""
    store = current.store()
    seen()
    page = queue.doubts(current.desk(), access.actor().name, limit=1)
    doubt = page.items[0] if page.items else None
    return render_template(
        "admin/doubts.html",
        page=page,
        doubt=doubt,
        compared=doubt and pair.compare(store, doubt),
        skipped="skipped" in request.args,
    )


@doubt_pages.post("/skip")
def skip() -> Response:
    """Leave a doubt to others, and ask the next."""
    names = request.form.getlist("article_ids")
    with current.store().writing() as transaction:
        query = select(articles.c.key).where(articles.c.id.in_(names[:2]))
        first, second = [*sorted(transaction.scalars(query)), 0, 0][:2]
        actor = access.actor().signature()
        if not kept.skip(transaction, (first, second), actor, time.time()):
            raise NotFound("There is no such doubt any more.")
    return redirect(url_for("admin.doubts.asked", skipped=1), 303)


@doubt_pages.post("/unskip")
def unskip() -> Response:
    """Ask again what somebody skipped last."""
    actor = access.actor().signature()
    with current.store().writing() as transaction:
        last = kept.last_skip(transaction, actor)
        if last is None:
            raise NotFound("You have skipped nothing.")
        kept.take_back(transaction, (last.first, last.second), actor)
    return redirect(url_for("admin.doubts.asked"), 303)
