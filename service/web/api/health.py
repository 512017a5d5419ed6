"""What supervisors ask: alive, ready, and how much of everything."""

from __future__ import annotations

from flask import Blueprint, Response

from service import queries
from service.common import media_types
from service.engine.writer import NotReadyError
from service.web import extensions
from service.web.http import request_body

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Say that the process answers."""
    return Response(request_body.dump_json({"status": "ok"}), mimetype=media_types.JSON)


@blueprint.get("/readyz")
def readyz() -> Response:
    """Say that articles can be taken in."""
    if not extensions.index_writer().is_ready:
        raise NotReadyError
    return Response(request_body.dump_json({"status": "ready"}), mimetype=media_types.JSON)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Write the metrics down for Prometheus."""
    there = queries.get_stats(extensions.store())
    gauges = {
        "storyfold_ready": (
            "Whether articles can be taken in.",
            float(extensions.index_writer().is_ready),
        ),
        "storyfold_articles": ("Articles in the store.", there.articles),
        "storyfold_duplicate_groups": ("Duplicate groups in the store.", there.duplicate_groups),
        "storyfold_events": ("Events in the store.", there.events),
    }
    text = extensions.metrics().render(gauges)
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")
