"""/v1/changes and /v1/assignments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from flask import Blueprint, Response, request
from pydantic import TypeAdapter

from service import queries
from service.common import media_types
from service.web import extensions
from service.web.http.query_params import ChangeQuery, parse_api_query
from service.web.http.responses import json_response, ndjson_lines

blueprint = Blueprint("changes", __name__)

_LINES_PER_WRITE: Final = 1000
"""Lines joined into one write to the connection: a write costs more than a line."""

_CHANGES_ADAPTER: Final = TypeAdapter(queries.ChangePage)
_ASSIGNMENT_ADAPTER: Final = TypeAdapter(queries.AssignmentItem)


@blueprint.get("/v1/assignments")
def get_assignments() -> Response:
    """Stream every current assignment."""
    assignments = queries.iter_assignments(extensions.store())
    lines = ndjson_lines(map(_ASSIGNMENT_ADAPTER.dump_json, assignments))
    return Response(_join_lines(lines), mimetype=media_types.NDJSON)


@blueprint.get("/v1/changes")
def get_changes() -> Response:
    """Return the changes after a cursor."""
    query, store = parse_api_query(ChangeQuery, request.args), extensions.store()
    if query.wait:
        extensions.long_poll_slots().wait_until(
            lambda: queries.get_last_seq(store) > query.since, query.wait
        )
    return json_response(_CHANGES_ADAPTER, queries.list_changes(store, query.since, query.limit))


def _join_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    remaining = iter(lines)
    while chunk := b"".join(islice(remaining, _LINES_PER_WRITE)):
        yield chunk
