"""/v1/review-queue: the uncertain pairs, most useful first."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request
from pydantic import TypeAdapter

from service.review import queue
from service.review.queue import ReviewQueuePage
from service.web import extensions
from service.web.auth import authorization
from service.web.http.query_params import ReviewQueueQuery, parse_api_query
from service.web.http.responses import json_response

_PAGE_ADAPTER: Final = TypeAdapter(ReviewQueuePage)

blueprint = Blueprint("review_queue", __name__)


@blueprint.get("/v1/review-queue")
def get_review_queue() -> Response:
    """List the uncertain pairs, most useful first."""
    query = parse_api_query(ReviewQueueQuery, request.args)
    actor = authorization.current_actor().name
    page = queue.list_review_queue(extensions.index_writer(), actor, query.limit)
    return json_response(_PAGE_ADAPTER, page)
