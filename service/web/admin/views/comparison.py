"""Page that shows any two articles side by side."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from service.store.review import thresholds
from service.web import extensions
from service.web.admin.page_revision import page_revision
from service.web.admin.presenters import side_by_side
from service.web.admin.views import found_objects
from service.web.http import redirects

blueprint = Blueprint("comparison", __name__, url_prefix="/compare")


@blueprint.get("")
def compare_articles() -> str:
    """Show two articles, named by ids or addresses, side by side."""
    page_revision()
    store = extensions.store()
    named = (request.args.get("first", "").strip(), request.args.get("second", "").strip())
    first, second = (found_objects.find_article_id(name) for name in named)
    are_two = first is not None and second is not None and first != second
    with store.reading() as connection:
        event_threshold = thresholds.current_threshold(connection)
    return render_template(
        "admin/comparison.html",
        named=named,
        pair=side_by_side.compare_pair(store, (first, second)) if are_two else None,  # type: ignore[arg-type]
        event_threshold=event_threshold,
        return_url=redirects.local_url_or_none(request.args.get("back", "")),
    )
