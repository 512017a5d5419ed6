"""Responses that are sent only to clients that do not have them yet."""

from __future__ import annotations

from flask import Response, request


def make_conditional(response: Response) -> Response:
    """Answer 304 to a reader that already has this content."""
    response.add_etag()
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response
