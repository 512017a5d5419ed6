"""Page of all sources, those with the most articles first."""

from __future__ import annotations

from flask import Blueprint, render_template

from service import queries
from service.web import extensions

blueprint = Blueprint("sources", __name__, url_prefix="/sources")


@blueprint.get("")
def list_sources() -> str:
    """List the sources."""
    return render_template(
        "admin/sources.html", sources=queries.list_sources(extensions.store()).items
    )
