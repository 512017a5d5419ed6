"""Page of the state of this process: what the metrics say, in pictures."""

from __future__ import annotations

from typing import get_args

from flask import Blueprint, render_template

from service.common.stage_timer import Stage
from service.web import extensions
from service.web.admin.presenters.system_state import build_system_state
from service.web.http.metrics_refresh import refresh_metrics

blueprint = Blueprint("system", __name__, url_prefix="/system")


@blueprint.get("")
def show_system() -> str:
    """Show the metrics."""
    metrics = extensions.metrics()
    refresh_metrics(metrics, extensions.index_writer(), extensions.store())
    return render_template(
        "admin/system.html", state=build_system_state(metrics.collect(), get_args(Stage))
    )
