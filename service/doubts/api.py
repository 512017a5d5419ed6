"""The call that lists doubts."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request
from pydantic import TypeAdapter

from service import access, bodies, current
from service.doubts import queue
from service.doubts.queue import DoubtPage
from service.queries import DoubtQuery, query

_page: Final = TypeAdapter(DoubtPage)

doubt_api = Blueprint("doubt_api", __name__)


@doubt_api.get("/v1/doubts")
def get_doubts() -> Response:
    """List what is worth most to ask."""
    asked = query(DoubtQuery, request.args)
    found = queue.doubts(current.desk(), access.actor().name, asked.limit)
    return Response(_page.dump_json(found) + b"\n", mimetype=bodies.JSON)
