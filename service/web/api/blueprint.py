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
    review_feeds,
    review_queue,
    search,
    sources,
    webhooks,
)
from service.web.api.known_parameters import refuse_unknown_parameters

api = Blueprint("api", __name__)
for resource in (
    *(articles, batch, search, sources, events, changes, decisions, review_queue),
    *(webhooks, miniflux, feeds, review_feeds, health),
):
    api.register_blueprint(resource.blueprint)
api.before_request(refuse_unknown_parameters)
