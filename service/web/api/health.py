"""Health, readiness and metrics, for supervisors."""

from __future__ import annotations

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST

from service.web import extensions
from service.web.http.metrics_refresh import refresh_metrics
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
        raise extensions.index_writer().why_not_ready()
    return plain_json_response({"status": "ready"})


@blueprint.get("/metrics")
def metrics() -> Response:
    """Return the metrics for Prometheus."""
    refresh_metrics(extensions.metrics(), extensions.index_writer(), extensions.store())
    return Response(extensions.metrics().render(), content_type=CONTENT_TYPE_LATEST)
