"""/v1/sources: the sources of the stored articles."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response
from pydantic import TypeAdapter

from service import queries
from service.web import extensions
from service.web.http.responses import json_response

_LIST_ADAPTER: Final = TypeAdapter(queries.SourceList)

blueprint = Blueprint("sources", __name__)


@blueprint.get("/v1/sources")
def get_sources() -> Response:
    """List the sources, those with the most articles first."""
    return json_response(_LIST_ADAPTER, queries.list_sources(extensions.store()))
