"""What supervisors ask: alive, ready, and how much of everything."""

from __future__ import annotations

from flask import Blueprint, Response

from service import bodies, browse, current
from service.desk import NotReadyError

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> Response:
    """Say that the process answers."""
    return Response(bodies.dump({"status": "ok"}), mimetype=bodies.JSON)


@health.get("/readyz")
def readyz() -> Response:
    """Say that articles can be taken in."""
    if not current.desk().ready:
        raise NotReadyError
    return Response(bodies.dump({"status": "ready"}), mimetype=bodies.JSON)


@health.get("/metrics")
def metrics() -> Response:
    """Write the metrics down for Prometheus."""
    there = browse.stats(current.store())
    gauges = {
        "storyfold_ready": ("Whether articles can be taken in.", float(current.desk().ready)),
        "storyfold_articles": ("Articles in the store.", there.articles),
        "storyfold_duplicate_groups": ("Duplicate groups in the store.", there.duplicate_groups),
        "storyfold_events": ("Events in the store.", there.events),
    }
    text = current.metrics().render(gauges)
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")
