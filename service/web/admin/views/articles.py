"""Page of one article: its text, its assignment with the evidence, and its earlier versions."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from flask import Blueprint, render_template, request
from werkzeug.exceptions import NotFound

from service import queries
from service.common import dates
from service.store.review import thresholds
from service.web import extensions
from service.web.admin.page_revision import page_revision
from service.web.admin.presenters import comparisons, display_names, version_diff
from service.web.admin.presenters.version_diff import Revision
from service.web.admin.views.events import MAX_CHARS_SHOWN, MAX_DECISIONS_SHOWN
from service.web.http import redirects

MAX_VERSIONS_SHOWN: Final = 20
"""Newest versions of an article that the page compares; the API lists all."""

blueprint = Blueprint("articles", __name__, url_prefix="/articles")


@blueprint.get("/<id:article_id>")
def show_article(article_id: str) -> str:
    """Show one article."""
    page_revision()
    store = extensions.store()
    article = queries.get_article(store, article_id)
    if article is None:
        raise NotFound("There is no such article, or it was removed.")
    decisions = queries.list_decisions_about(store, article_id, MAX_DECISIONS_SHOWN)
    published_at = article.published_at
    with store.reading() as connection:
        event_threshold = thresholds.current_threshold(connection)
    return render_template(
        "admin/article.html",
        article=article,
        comparisons=comparisons.find_comparisons(extensions.index_writer(), article_id),
        decisions=decisions,
        display_names=display_names.find_display_names(
            store, decisions, assignments=[article.assignment]
        ),
        event_threshold=event_threshold,
        published=published_at and dates.from_timestamp(dates.parse(published_at)),
        return_url=redirects.local_url_or_none(request.args.get("back", "")),
        revisions=_list_revisions(article_id),
        max_chars=MAX_CHARS_SHOWN,
    )


def _list_revisions(article_id: str) -> list[Revision]:
    """The newest versions that were replaced, each compared with the next one."""
    page = queries.list_versions(extensions.store(), article_id, limit=MAX_VERSIONS_SHOWN)
    versions = page.items if page else ()
    return [
        version_diff.compare_versions(older, newer, MAX_CHARS_SHOWN)
        for newer, older in pairwise(versions)
    ]
