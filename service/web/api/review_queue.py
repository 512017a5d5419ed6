"""The call that lists doubts."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request
from pydantic import TypeAdapter

from service.common import media_types
from service.review import queue
from service.review.queue import ReviewQueuePage
from service.web import extensions
from service.web.auth import authorization
from service.web.http.query_params import ReviewQueueQuery, parse_query

_PAGE_ADAPTER: Final = TypeAdapter(ReviewQueuePage)

blueprint = Blueprint("review_queue", __name__)


@blueprint.get("/v1/doubts")
def get_review_queue() -> Response:
    """List what is worth most to ask."""
    asked = parse_query(ReviewQueueQuery, request.args)
    found = queue.list_review_queue(
        extensions.index_writer(), authorization.current_actor().name, asked.limit
    )
    return Response(_PAGE_ADAPTER.dump_json(found) + b"\n", mimetype=media_types.JSON)
