"""The JSON API: one nested blueprint for each resource."""

from __future__ import annotations

from flask import Blueprint

from service.web.api import (
    articles,
    batch,
    changes,
    decisions,
    events,
    feeds,
    health,
    miniflux,
    review_queue,
    webhooks,
)

api = Blueprint("api", __name__)
for resource in (
    *(articles, batch, events, changes, decisions, review_queue),
    *(webhooks, miniflux, feeds, health),
):
    api.register_blueprint(resource.blueprint)
