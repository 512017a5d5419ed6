"""Health, readiness and metrics, for supervisors."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST

from service import queries
from service.engine.writer import NotReadyError
from service.web import extensions
from service.web.http.responses import plain_json_response

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Report that the process answers."""
    return plain_json_response({"status": "ok"})


@blueprint.get("/readyz")
def readyz() -> Response:
    """Report whether articles can be stored.

    Raises
    ------
    NotReadyError
    """
    if not extensions.index_writer().is_ready:
        raise NotReadyError
    return plain_json_response({"status": "ready"})


@blueprint.get("/metrics")
def metrics() -> Response:
    """Return the metrics for Prometheus."""
    extensions.metrics().count_vectors(asdict(extensions.index_writer().vector_counts))
    text = extensions.metrics().render(
        queries.get_stats(extensions.store()), is_ready=extensions.index_writer().is_ready
    )
    return Response(text, content_type=CONTENT_TYPE_LATEST)
