"""/v1/search and /v1/similar: find articles by their words, or by what they are like."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request
from pydantic import TypeAdapter

from service import queries
from service.common.validation import FieldError
from service.review import similar
from service.review.similar import SimilarResult
from service.web import extensions
from service.web.http.problems import ProblemError
from service.web.http.query_params import SearchQuery, SimilarQuery, parse_api_query
from service.web.http.responses import found_or_404, json_response

blueprint = Blueprint("search", __name__)

_SEARCH_ADAPTER: Final = TypeAdapter(queries.SearchPage)
_SIMILAR_ADAPTER: Final = TypeAdapter(SimilarResult)


@blueprint.get("/v1/search")
def search_articles() -> Response:
    """Search titles and texts."""
    query = parse_api_query(SearchQuery, request.args)
    page = queries.search_articles(extensions.store(), query.filters(), query.cursor, query.limit)
    return json_response(_SEARCH_ADAPTER, page)


@blueprint.get("/v1/similar")
def get_similar() -> Response:
    """Look up the near-duplicates and the nearest events of an article or a text."""
    query, writer = parse_api_query(SimilarQuery, request.args), extensions.index_writer()
    if query.article_id:
        result = similar.find_similar_to_article(writer, query.article_id)
        return json_response(_SIMILAR_ADAPTER, found_or_404(result, "live article"))
    if not (query.title + query.text).strip():
        message = "one of article_id, title and text is required"
        raise ProblemError(422, message, FieldError("", message))
    return json_response(
        _SIMILAR_ADAPTER, similar.find_similar_to_text(writer, query.title, query.text)
    )
